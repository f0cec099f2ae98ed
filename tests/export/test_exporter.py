"""An export as it lies in the workspace."""

from studio.core.sampling import Manifest
from studio.runtime.model import OnnxModel
from studio.store.model import list_models, read_manifest
from studio.testing import Trial, toy_dataset
from studio_vae.plugin import plugin


def test_the_folder_says_what_its_file_says(workspace):
    trial = Trial(plugin, workspace, toy_dataset(workspace), {"channels": 8}, {"steps": 2})
    trial.train()
    folder = trial.export().folder
    manifest = read_manifest(folder)
    assert manifest == OnnxModel(folder / "sample.onnx", "cpu", threads=1).manifest
    assert manifest.role == "sample"
    assert manifest.parity is not None
    assert manifest.model == folder.name
    ((listed, found),) = list_models(workspace)
    assert (listed, isinstance(found, Manifest)) == (folder, True)
    roles = {"sample", "encode", "decode", "log_prob"}
    assert {path.name for path in folder.iterdir()} == {"manifest.json", *(f"{role}.onnx" for role in roles)}
    likelihood = OnnxModel(folder / "log_prob.onnx", "cpu", threads=1).manifest.likelihood
    assert likelihood is not None
    assert (likelihood.kind, likelihood.protocol, likelihood.dims) == ("bound", "dynamically binarised", 64)
