"""An export as it lies in the workspace."""

import pytest

from studio.core.manifest import Manifest
from studio.runtime.model import OnnxModel
from studio.store.model import list_models, read_manifest
from studio.testing import Trial, toy_dataset
from studio_gan.plugin import plugin


def test_the_folder_says_what_its_file_says(workspace, uncaptured):
    trial = Trial(plugin, workspace, toy_dataset(workspace), {"channels": 8, "latent_dim": 4}, {"steps": 2})
    trial.train()
    exported = trial.export()
    folder, best = exported.folder, trial.checkpoint().document["best"]
    # Which step was taken, and why (W7).
    assert exported.step == best["step"]
    measured = f"{trial.family.declared.monitor[0]} {best['value']:.4g}"
    assert exported.chosen == f"step {best['step']} of 2, the best by validation ({measured})"
    manifest = read_manifest(folder)
    assert manifest.title == "gan trial"
    assert manifest == OnnxModel(folder / "sample.onnx", "cpu", threads=1).manifest
    assert manifest.role == "sample"
    assert manifest.parity is not None
    assert manifest.model == folder.name
    ((listed, found),) = list_models(workspace)
    assert (listed, isinstance(found, Manifest)) == (folder, True)
    assert {path.name for path in folder.iterdir()} == {"manifest.json", "sample.onnx", "decode.onnx"}


@pytest.mark.fault("D4")
def test_a_model_above_2_gb_is_said_and_leaves_nothing(tmp_path, monkeypatch):
    """protobuf writes no more than that, and says so only when it is asked to."""
    import onnx_ir as ir

    from studio.core.errors import ModelError
    from studio.core.manifest import Manifest
    from studio.export.exporter import write_model_file

    class Huge:
        def SerializeToString(self):
            raise ValueError("Message onnx.ModelProto exceeds maximum protobuf size of 2GB: 2147483649")

    monkeypatch.setattr(ir.serde, "serialize_model", lambda model: Huge())
    model = ir.Model(ir.Graph([], [], nodes=[]), ir_version=10)
    with pytest.raises(ModelError, match="above 2 GB"):
        write_model_file(model, Manifest(inputs=()), tmp_path / "m.onnx", lambda trial: pytest.fail("not reached"))
    assert list(tmp_path.iterdir()) == []
