"""Models in the workspace: listed by their manifest.json, found, removed."""

import os

import pytest

from studio.core.certificate import UNSEALED, seal
from studio.core.errors import DataError, WorkspaceError
from studio.core.manifest import Manifest, Parity, noise_input
from studio.store.model import list_models, model_created, read_manifest, remove_model, write_manifest


@pytest.fixture
def make_model(workspace):
    """A model's folder, its ONNX file a stand-in that nobody opens here."""

    def make(id, created=100, **values):
        folder = workspace.folder("models") / id
        folder.mkdir()
        (folder / "sample.onnx").write_bytes(b"onnx")
        os.utime(folder / "sample.onnx", (created, created))
        manifest = Manifest(inputs=(noise_input((4,)),), **{"model": id, "title": "T", **values})
        write_manifest(folder, manifest)
        return folder, manifest

    return make


def test_round_trip(workspace, make_model):
    folder, manifest = make_model("m-1", classes=("a", "b"), metrics={"elbo": -92.1})
    assert read_manifest(folder) == manifest
    assert list_models(workspace) == [(folder, manifest)]


def test_oldest_first(workspace, make_model):
    late, early = make_model("late", 300)[0], make_model("early", 200)[0]
    assert [folder for folder, _ in list_models(workspace)] == [early, late]
    assert model_created(early) == 200


def test_one_without_manifest_says_what_to_do(workspace, make_model):
    folder, _ = make_model("m-1")
    (folder / "manifest.json").unlink()
    ((_, error),) = list_models(workspace)
    assert str(error) == "The model m-1 has no manifest.json; open its sample.onnx once to read it."


@pytest.mark.parametrize("data", [b"", b"{}", b'{"format": 1, "inputs": 3}', b'{"format": 1, "inputs": [{}]}'])
def test_a_damaged_one_is_listed_with_its_error(workspace, make_model, data):
    folder, _ = make_model("m-1")
    make_model("m-2")
    (folder / "manifest.json").write_bytes(data)
    rows = dict(list_models(workspace))
    assert isinstance(rows[folder], WorkspaceError)
    assert len(rows) == 2
    assert remove_model(workspace, "m-1").exists()


def test_a_newer_one_is_refused(make_model):
    folder, _ = make_model("m-1")
    (folder / "manifest.json").write_text('{"format": 99, "inputs": []}')
    with pytest.raises(WorkspaceError, match="newer studio"):
        read_manifest(folder)


def test_removed_to_the_trash(workspace, make_model):
    folder, _ = make_model("m-1")
    place = remove_model(workspace, "m-1")
    assert place.parent == workspace.folder("trash")
    assert not folder.exists()
    for name in ("m-1", "", "..", "../runs"):
        with pytest.raises(DataError, match="There is no model"):
            remove_model(workspace, name)


@pytest.mark.fault("D10")
def test_a_model_whose_file_was_changed_is_listed_without_its_certificate(workspace):
    """S10: the list went by what lies beside the file."""
    values = {"max_abs": 0.0, "mean_abs": 0.0, "tolerance": 1.0, "passed": True, "count": 1, "provider": "p"}
    open_manifest = Manifest(inputs=(), model="m", parity=Parity(**values, sha256=UNSEALED))
    data, digits = seal(b"weights" + open_manifest.model_dump_json().encode())
    folder = workspace.folder("models") / "m"
    folder.mkdir()
    (folder / "sample.onnx").write_bytes(data)
    write_manifest(folder, Manifest(inputs=(), model="m", parity=Parity(**values, sha256=digits)))
    ((_, listed),) = list_models(workspace)
    assert listed.parity.passed
    # Another time of the file alone, as after a copy of the workspace, costs nothing.
    os.utime(folder / "sample.onnx", (1, 1))
    ((_, listed),) = list_models(workspace)
    assert listed.parity.passed
    (folder / "sample.onnx").write_bytes(data.replace(b"weights", b"weightz"))
    ((_, listed),) = list_models(workspace)
    assert listed.parity is None
    assert listed.edited
    (folder / "sample.onnx").write_bytes(b"")
    ((_, listed),) = list_models(workspace)
    assert listed.edited
