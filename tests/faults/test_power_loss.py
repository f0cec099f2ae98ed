"""Power loss: what is renamed into place was synced before, and the rename itself is synced before it is told.

A disk may lose all that was not synced and keep any of the renames, so this order is all there is to hold. Every call
that changes a name or syncs is noted; a file that is written to after its last fsync counts as lost.
"""

import os
from pathlib import Path

import pytest
import torch

from studio.store.atomic import new_folder, write_document
from studio.train.checkpoint import Checkpoint, CheckpointFolder


class Disk:
    """Notes what is durable, by watching the calls that make it so."""

    def __init__(self, monkeypatch):
        self.synced = {}
        self.renamed = []
        self.told = []
        for name in ("fsync", "replace", "rename"):
            real = getattr(os, name)
            monkeypatch.setattr(os, name, lambda *words, name=name, real=real: self._note(name, real, *words))

    def _note(self, name, real, *words):
        if name == "fsync":
            real(*words)
            path = os.readlink(f"/proc/self/fd/{words[0]}")
            self.synced[path] = self._state(Path(path))
            return
        source = Path(words[0])
        inside = sorted(source.rglob("*")) if source.is_dir() else []
        for path in [source, *inside]:
            assert self.synced.get(str(path)) == self._state(path), f"{path} was renamed before it was synced"
        real(*words)
        self.renamed.append(Path(words[1]))

    @staticmethod
    def _state(path):
        if path.is_dir():
            return sorted(os.listdir(path))
        found = path.stat()
        return found.st_size, found.st_mtime_ns

    def check(self):
        """Every rename is durable by now."""
        assert self.renamed
        for path in self.renamed:
            if path.exists():
                assert path.name in self.synced.get(str(path.parent), []), f"{path.parent} was not synced"


@pytest.fixture
def disk(monkeypatch):
    return Disk(monkeypatch)


@pytest.mark.fault("C3")
def test_a_document_is_durable_once_it_is_told(tmp_path, disk):
    for number in range(3):
        write_document(tmp_path / "a.json", {"number": number})
        disk.check()


@pytest.mark.fault("C3")
def test_a_folder_is_durable_once_it_is_told(tmp_path, disk):
    with new_folder(tmp_path / "whole") as folder:
        (folder / "inner").mkdir()
        (folder / "inner" / "a.bin").write_bytes(b"a")
        (folder / "b.bin").write_bytes(b"b")
    disk.check()


@pytest.mark.fault("C3")
def test_a_checkpoint_is_durable_once_it_is_told(tmp_path, disk):
    groups = {name: {} for name in ("modules", "averaged", "optimizers", "random", "state")}
    groups["modules"]["net/weight"] = torch.ones(3)
    folder = CheckpointFolder(tmp_path)
    folder.save(Checkpoint(1, groups, {"best": None}))
    disk.check()


@pytest.mark.fault("C3")
def test_the_watch_itself_sees_a_rename_without_a_sync(tmp_path, disk):
    (tmp_path / "a").write_text("a")
    with pytest.raises(AssertionError, match="before it was synced"):
        os.replace(tmp_path / "a", tmp_path / "b")
