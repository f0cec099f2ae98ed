"""The verb that writes a new plugin."""

import json

import pytest


def test_it_says_where_and_what_next(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("plugins", "new", "soft-edges")
    assert done.code == 0
    assert done.out == (
        "soft-edges is a plugin that trains as it stands; 'studio plugins install soft-edges' tries it out.\n"
    )
    assert (tmp_path / "soft-edges" / "soft_edges" / "plugin.py").is_file()
    done = run("plugins", "new", "soft-edges", "-o", tmp_path / "other", "--json")
    document = json.loads(done.out.splitlines()[-1])
    assert document["folder"] == str(tmp_path / "other")
    assert str(tmp_path / "other" / "pyproject.toml") in document["files"]


@pytest.mark.parametrize(("name", "said"), [("Soft", "is no name for a plugin"), ("soft-edges", "is there already")])
def test_it_refuses_in_one_sentence(run, tmp_path, monkeypatch, name, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "soft-edges").mkdir()
    done = run("plugins", "new", name)
    assert done.code == 1
    assert said in done.err
    assert done.err.count("\n") == 1
    assert list((tmp_path / "soft-edges").iterdir()) == []
