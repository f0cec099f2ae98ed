"""``studio plugins list``."""


def test_list(answer, run):
    plugins = {plugin["name"]: plugin for plugin in answer("plugins", "list", "--safe-mode")["plugins"]}
    assert plugins["vae"]["distribution"] == "generative-studio"
    assert plugins["vae"]["bundled"]
    assert plugins["vae"]["family"]["id"] == "vae"
    assert plugins["vae"]["reason"] == ""


def test_a_broken_one_is_listed_with_its_reason(run, answer, tmp_path, monkeypatch):
    (tmp_path / "toy_broken.py").write_text("raise RuntimeError('\\x1b[31mred')\n")
    info = tmp_path / "toy_broken-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-broken\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text("[studio]\nbroken = toy_broken:plugin\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    plugins = {plugin["name"]: plugin for plugin in answer("plugins", "list")["plugins"]}
    assert plugins["broken"]["family"] is None
    assert plugins["broken"]["reason"] == "It cannot be imported: RuntimeError: \x1b[31mred"
    assert plugins["vae"]["family"] is not None
    words = run("plugins", "list").out
    assert "cannot be used: It cannot be imported: RuntimeError: \\x1b[31mred" in words
    assert "toy-broken 2.0" in words
    assert "broken" not in run("plugins", "list", "--safe-mode").out
