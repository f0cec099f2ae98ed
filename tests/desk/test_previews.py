"""The previews of a run, and the samples in them."""

import numpy as np

from studio.core.modality import TableSpec
from studio.desk.previews import Preview, list_previews, read_preview

SPEC = TableSpec(shape=(2,), columns=("x", "y"))


def test_they_are_listed_in_order_of_steps_and_links_are_not(tmp_path):
    folder = tmp_path / "previews"
    folder.mkdir()
    for name in ("step-00000020.npy", "now-00000009-3.npy", "step-100000000.png", "other.npy"):
        (folder / name).write_bytes(b"")
    (folder / "step-00000001.npy").symlink_to(folder / "other.npy")
    assert list_previews(tmp_path) == [
        Preview(9, folder / "now-00000009-3.npy"),
        Preview(20, folder / "step-00000020.npy"),
        Preview(100000000, folder / "step-100000000.png"),
    ]
    assert list_previews(tmp_path / "nowhere") == []


def test_samples_that_fit_the_data_are_read(tmp_path, monkeypatch):
    path = tmp_path / "step-00000001.npy"
    rows = np.arange(6, dtype=np.float32).reshape(3, 2)
    np.save(path, rows)
    assert np.array_equal(read_preview(path, SPEC), rows)
    monkeypatch.setattr("studio.desk.previews._MOST_BYTES", 23)
    assert read_preview(path, SPEC) is None
    np.save(path, rows.astype(np.float64))
    assert read_preview(path, SPEC) is None
    assert read_preview(tmp_path / "gone.npy", SPEC) is None


def test_previews_of_translations_know_their_sources(tmp_path, monkeypatch):
    from types import SimpleNamespace

    from studio.desk import previews
    from studio.store.workspace import Workspace
    from studio.testing.toy_data import toy_pairs

    dataset = toy_pairs(Workspace(tmp_path))
    monkeypatch.setattr(previews, "read_run", lambda folder: SimpleNamespace(dataset=dataset.document.id))
    path = tmp_path / "runs" / "r" / "previews" / "step-00000001.npy"
    found = previews.preview_sources(path, dataset.spec, 30)
    held_out = dataset.sources_of(dataset.indices("validation"))
    assert len(found) == 30
    assert found[0] == found[len(held_out)]
    assert set(found[0]) <= set("abc")
    assert previews.preview_sources(path, SPEC, 3) == []
    monkeypatch.setattr(previews, "read_run", lambda folder: SimpleNamespace(dataset="gone"))
    assert previews.preview_sources(path, dataset.spec, 3) == []
