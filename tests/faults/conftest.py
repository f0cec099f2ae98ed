"""Fixtures of the faults: runs and data sets to damage, and a folder outside the workspace that must stay as it is."""

import hashlib

import pytest

from studio.store.run import RunDocument, create_run


@pytest.fixture
def make_run(workspace):
    """Make a run in the workspace; gives its folder."""

    def make(name="a run", **values):
        values = {"dataset": "d", "dataset_name": "d", "fingerprint": "f", "family": "vae", **values}
        return create_run(workspace, RunDocument(id="", name=name, **values))

    return make


def _tree(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in folder.rglob("*")
    }


@pytest.fixture
def outside(tmp_path):
    """A folder outside the workspace with something in it, which must be the same at the end of the test."""
    folder = tmp_path / "outside"
    for name in ("step-3", "step-5"):
        (folder / name).mkdir(parents=True)
        (folder / name / "thesis.txt").write_text("the only copy")
    before = _tree(folder)
    yield folder
    assert _tree(folder) == before


@pytest.fixture
def studio_answer(workspace, capsys):
    """Run a verb in this process; gives its JSON."""
    import json

    from studio.cli.app import main

    def run(*words):
        code = main([*map(str, words), "--json", "--workspace", str(workspace.path)])
        out, err = capsys.readouterr()
        assert code == 0, err
        return json.loads(out.splitlines()[-1])

    return run
