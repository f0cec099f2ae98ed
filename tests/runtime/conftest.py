import pytest

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
