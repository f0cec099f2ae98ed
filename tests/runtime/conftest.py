import pytest

<<<<<<< HEAD
from studio.core.manifest import Manifest, label_input, noise_input, scalar_input, steps_input
from studio.core.modality import ImageSpec
from studio.core.spec import Continuous
from studio.export.exporter import write_model_file
from studio.export.graph import assemble
from studio.export.parity import measure_parity
from studio.nn import Sampler, Stage, make_codec
=======
>>>>>>> fa882a1 (Share exports, classifiers and the catalogue between the suite's processes)
from studio.runtime.client import SamplerClient


@pytest.fixture(scope="session")
def model_path(export_file):
    """A small sampler with classes."""
    return export_file("m-1")[0]


@pytest.fixture(scope="session")
def heavy_path(export_file):
    """The same with steps that take as long as a request needs to last."""
    return export_file("m-1", 1500)[0]


@pytest.fixture
def client(tmp_path):
    with SamplerClient(tmp_path / "service.log") as client:
        yield client
