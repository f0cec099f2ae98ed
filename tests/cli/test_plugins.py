"""``studio plugins list``."""

from studio.cli.plugins import families_of
from studio.hooks.installed import read_catalogue


def test_list(answer, run):
    plugins = {plugin["name"]: plugin for plugin in answer("plugins", "list", "--safe-mode")["plugins"]}
    assert plugins["vae"]["distribution"] == "generative-studio"
    assert plugins["vae"]["bundled"]
    assert [family["id"] for family in plugins["vae"]["families"]] == ["vae"]
    assert plugins["vae"]["reason"] == ""


def test_a_broken_one_is_listed_with_its_reason(run, answer, tmp_path, monkeypatch):
    (tmp_path / "toy_broken.py").write_text("raise RuntimeError('\\x1b[31mred')\n")
    info = tmp_path / "toy_broken-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-broken\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text("[studio]\nbroken = toy_broken:plugin\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(str(tmp_path))
    # To list them imports nothing; who uses them finds out.
    assert "cannot be used: It was not looked at yet." in run("plugins", "list").out
    run("families")
    plugins = {plugin["name"]: plugin for plugin in answer("plugins", "list")["plugins"]}
    assert plugins["broken"]["families"] == []
    assert plugins["broken"]["reason"] == "It cannot be imported: RuntimeError: \x1b[31mred"
    assert plugins["vae"]["families"]
    words = run("plugins", "list").out
    assert "cannot be used: It cannot be imported: RuntimeError: \\x1b[31mred" in words
    assert "toy-broken 2.0" in words
    assert "broken" not in run("plugins", "list", "--safe-mode").out


def test_families_in_words():
    families = [family.model_copy(update={"id": id}) for id in ("one", "two") for family in _vae().families]
    assert families_of(_vae()) == "family vae"
    assert families_of(_vae().model_copy(update={"families": tuple(families)})) == "families one, two"


def _vae():
    return read_catalogue(safe_mode=True).plugin_of("vae")
