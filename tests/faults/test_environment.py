"""Odd surroundings: no home, no locale, files that may not be read, names that are too long, programs as models."""

import json
import os
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from studio.store.dataset import list_datasets


def save_picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (6, 6), np.uint8)).save(path)
    return path


@pytest.mark.fault("C9")
def test_without_home_locale_and_temporary_folder(workspace, tmp_path):
    """The studio starts and imports; what it writes is for its owner alone under a strict umask."""
    for number in range(3):
        save_picture(tmp_path / "pictures" / f"{number}.png")
    words = [sys.executable, "-m", "studio.cli", "data", "add", str(tmp_path / "pictures"), "--json"]
    done = subprocess.run(
        ["sh", "-c", 'umask 077; exec "$@"', "sh", *words, "--workspace", str(workspace.path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": os.environ["PATH"], "LANG": "C", "LC_ALL": "C", "TMPDIR": "/nonexistent"},
    )
    assert done.returncode == 0, done.stderr
    ((folder, document),) = list_datasets(workspace)
    assert document.count == 3
    assert all(path.stat().st_mode & 0o077 == 0 for path in [folder, *folder.iterdir()])


def _as_nobody():
    """Words before a command that take root's leave to read everything."""
    if os.geteuid() != 0:
        return []
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-U", "true"], check=False).returncode:
        pytest.skip("this machine lets the tests give up no rights")
    return ["unshare", "-U"]


@pytest.mark.fault("A13")
def test_what_may_not_be_read_is_listed_and_the_rest_imported(workspace, tmp_path):
    source = tmp_path / "pictures"
    for name in ("a.png", "closed.png", "dark/b.png", "whole/c.png"):
        save_picture(source / name)
    os.chmod(source / "closed.png", 0)
    os.chmod(source / "dark", 0o600)
    os.chmod(source / "whole", 0o500)
    request = tmp_path / "request.json"
    request.write_text(json.dumps({"workspace": str(workspace.path), "paths": [str(source)]}))
    try:
        done = subprocess.run(
            [*_as_nobody(), sys.executable, "-m", "studio.data", str(request)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.chmod(source / "dark", 0o700)
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["event"] == "done", last
    assert (last["items"], last["rejected"]) == (2, 2)
    ((folder, _),) = list_datasets(workspace)
    rejects = (folder / "rejects.csv").read_text()
    assert "closed.png,permission is denied" in rejects
    assert "dark" in rejects


LISTS = """
import json, sys
from pathlib import Path
from studio.desk.snapshot import WorkspaceReader
from studio.store.dataset import list_datasets
from studio.store.gallery import list_batches
from studio.store.model import list_models
from studio.store.run import list_runs
from studio.store.workspace import Workspace

workspace = Workspace(Path(sys.argv[1]))
lists = (list_runs, list_datasets, list_models, list_batches)
found = [sorted((path.name, str(row)) for path, row in rows(workspace)) for rows in lists]
snapshot = WorkspaceReader(workspace).read()
found += [sorted((row.folder.name, row.error) for row in (*snapshot.runs, *snapshot.datasets, *snapshot.models))]
print(json.dumps(found))
"""


@pytest.mark.fault("C7")
def test_a_folder_that_nobody_may_look_into_is_one_row(workspace, make_run):
    """Finding S7: one such folder ended every list, and the window said that the workspace cannot be read."""
    closed, good = [make_run("closed")], make_run("good")
    for kind in ("datasets", "models", "gallery"):
        closed.append(workspace.folder(kind) / "closed")
        closed[-1].mkdir()
    for folder in closed:
        folder.chmod(0)
    try:
        command = [*_as_nobody(), sys.executable, "-c", LISTS, str(workspace.path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    finally:
        for folder in closed:
            folder.chmod(0o700)
    runs, *others, watched = json.loads(done.stdout)
    assert {name for name, _ in runs} == {closed[0].name, good.name}
    for folder, rows in zip(closed, (runs, *others), strict=True):
        ((_, said),) = [row for row in rows if row[0] == folder.name]
        assert f"{folder} cannot be read: " in said
        assert "permission is denied" in said
    assert {name for name, _ in watched} == {closed[0].name, good.name, "closed"}


@pytest.mark.fault("A12")
def test_names_and_paths_that_are_too_long(workspace, tmp_path, studio_answer, capsys):
    from studio.cli.app import main

    picture = save_picture(tmp_path / ("n" * 251 + ".png"))
    added = studio_answer("data", "add", picture)
    assert added["items"] == 1
    assert len(added["dataset"]) < 60
    code = main(["data", "add", str(tmp_path) + "/x" * 3000, "--workspace", str(workspace.path)])
    said = capsys.readouterr().err
    assert code == 1
    assert said.count("\n") == 1
    assert "the name is too long" in said


class Payload:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (open, (self.mark, "w"))


@pytest.mark.fault("D7")
@pytest.mark.parametrize("name", ["model.onnx", "model.pt", "model.bin", "model.safetensors", "items.npy", "items.npz"])
def test_a_program_named_like_a_model_or_data_is_not_run(workspace, tmp_path, capsys, name):
    from studio.cli.app import main

    mark = tmp_path / "mark"
    path = tmp_path / name
    path.write_bytes(pickle.dumps(Payload(str(mark))))
    verb = ["data", "add"] if name.startswith("items") else ["sample"]
    assert main([*verb, str(path), "--workspace", str(workspace.path)]) == 1
    assert capsys.readouterr().err.strip().count("\n") == 0
    assert not mark.exists()


@pytest.mark.fault("D7")
def test_a_checkpoint_that_is_a_pickle_is_not_run(make_run, tmp_path):
    from studio.core.errors import ModelError
    from studio.train.checkpoint import CheckpointFolder
    from studio.train.checkpoint_state import hash_file

    mark = tmp_path / "mark"
    step = make_run() / "checkpoints" / "step-1"
    step.mkdir()
    groups = ("modules", "averaged", "optimizers", "random", "state")
    for group in groups:
        (step / f"{group}.safetensors").write_bytes(pickle.dumps(Payload(str(mark))))
    hashes = {group: hash_file(step / f"{group}.safetensors") for group in groups}
    (step / "state.json").write_text(json.dumps({"format": 1, "step": 1, "finite": True, "sha256": hashes}))
    with pytest.raises(ModelError, match="damaged"):
        CheckpointFolder(step.parent).load(1)
    assert not mark.exists()
