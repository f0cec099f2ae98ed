"""Hostile data: what a small file may cost the importer."""

import errno
import io
import json
import os
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest
from PIL import Image

from studio.core.errors import DataError
from studio.data.array_file import open_arrays
from studio.data.labels import _distinct
from studio.store.lock import held_folder


def write_npz(path, **arrays):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, array)
            archive.writestr(f"{name}.npy", buffer.getvalue())
    return path


def run_importer(workspace, tmp_path, *paths, code=None):
    request = tmp_path / "request.json"
    request.write_text(json.dumps({"workspace": str(workspace.path), "paths": [str(path) for path in paths]}))
    command = [sys.executable, "-m", "studio.data"] if code is None else [sys.executable, "-c", code]
    begun = time.monotonic()
    done = subprocess.run([*command, str(request)], capture_output=True, text=True, timeout=100, check=False)
    return json.loads(done.stdout.splitlines()[-1]), time.monotonic() - begun


@pytest.mark.fault("A19")
def test_more_items_than_a_data_set_may_have_are_refused_before_they_are_read(tmp_path):
    """S6: 39 KB of (N, 1, 1) images with byte labels held the importer for over 80 s and 2 GB."""
    count = 30_000_000
    path = write_npz(tmp_path / "a.npz", x=np.zeros((count, 1, 1), np.uint8), y=np.zeros(count, "S1"))
    assert path.stat().st_size < 100_000
    begun = time.monotonic()
    with pytest.raises(DataError, match="claims 30,000,000 images"):
        open_arrays(path)
    assert time.monotonic() - begun < 0.5


@pytest.mark.fault("A19")
def test_millions_of_labels_are_decoded_once_each(tmp_path):
    """S6: every label was decoded by itself."""
    labels = np.tile(np.array([b"cat", b"", b"d\xff"]), 1_000_000)
    begun = time.monotonic()
    names, places = _distinct(labels, "y")
    assert time.monotonic() - begun < 3
    assert names.tolist() == ["cat", "d\\xff"]
    assert places[:4].tolist() == [0, -1, 1, 0]


def test_labels_that_tell_every_item_apart_are_no_classes():
    with pytest.raises(DataError, match="70,000 different values"):
        _distinct(np.arange(70_000), "y")


@pytest.mark.fault("A6")
def test_the_importer_has_a_memory_limit(workspace, tmp_path):
    """S6: the decoders had one, the importer none."""
    path = write_npz(tmp_path / "a.npz", x=np.zeros((4, 2, 2), np.uint8))
    greedy = (
        "import sys, studio.data.__main__ as importer\n"
        "importer.run_import = lambda *_: bytearray(6 * 2**30)\n"
        "sys.exit(importer.main(sys.argv[1:]))"
    )
    answer, seconds = run_importer(workspace, tmp_path, path, code=greedy)
    assert answer["event"] == "error"
    assert "out of memory" in answer["message"]
    assert seconds < 20
    assert os.listdir(workspace.folder("datasets")) == []


@pytest.mark.fault("A17")
@pytest.mark.parametrize("failures", [1, 2])
def test_a_read_error_is_tried_once_more_then_told(tmp_path, monkeypatch, failures):
    """A disk that fails now and then cost every file it failed at."""
    from studio.data.image import decode

    path = tmp_path / "a.png"
    Image.fromarray(np.zeros((3, 2), np.uint8)).save(path)
    left = [failures]
    real = decode._open_file

    def failing(name):
        if left[0]:
            left[0] -= 1
            raise OSError(errno.EIO, "Input/output error", name)
        return real(name)

    monkeypatch.setattr(decode, "_open_file", failing)
    monkeypatch.setattr(decode, "_PAUSE_S", 0.0)
    if failures == 1:
        assert decode.probe(str(path), "a.png") == (3, 2, True)
    else:
        with pytest.raises(decode.Refused, match="the disk reported a read or write error"):
            decode.probe(str(path), "a.png")


@pytest.mark.fault("A21")
def test_the_next_import_clears_what_a_killed_one_left(workspace, tmp_path):
    """It lay there for an hour, hidden, with all that had been imported."""
    path = write_npz(tmp_path / "a.npz", x=np.zeros((4, 2, 2), np.uint8))
    left, alive = (workspace.folder("datasets") / f".{name}.tmp" for name in ("left", "alive"))
    for folder in (left, alive):
        folder.mkdir()
        (folder / "items.npy").write_bytes(bytes(1000))
        os.utime(folder, (time.time() - 60, time.time() - 60))
    with held_folder(alive):
        answer, _ = run_importer(workspace, tmp_path, path)
        assert answer["event"] == "done"
        assert not left.exists()
        assert alive.exists()
