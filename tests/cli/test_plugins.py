"""``studio plugins list``."""

import os

import pytest

from studio.cli.plugins import contents_of
from studio.core.modality import ImageSpec
from studio.hooks.install.folder import find_installation, put_in_place
from studio.hooks.install.plan import InstallPlan, PlannedWheel
from studio.hooks.install.wheel import read_wheel
from studio.hooks.installed import read_catalogue
from studio.store.lock import ProcessLock
from studio.store.run import RunDocument, RunStatus, create_run, write_status
from tests.wheels import make_wheel


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
    assert contents_of(_vae()) == "family vae"
    assert contents_of(_vae().model_copy(update={"families": tuple(families)})) == "families one, two"


def _vae():
    return read_catalogue(bundled_only=True).plugin_of("vae")


@pytest.fixture
def wheel(tmp_path):
    """A wheel whose plugin declares one family and cannot train."""
    source = (
        "from studio.api import Family, FamilySettings, Preset, hookimpl\n"
        "class Plugin:\n"
        "    @hookimpl\n"
        "    def studio_families(self):\n"
        "        presets = (Preset(name='cpu', title='t', summary='s'),)\n"
        "        return [Family('mine', 'Mine', 'S.', FamilySettings, ('loss', 'min'), presets)]\n"
        "    @hookimpl\n"
        "    def studio_train(self, session):\n"
        "        pass\n"
        "    @hookimpl\n"
        "    def studio_sample(self, trained):\n"
        "        pass\n"
        "plugin = Plugin()\n"
    )
    return make_wheel(tmp_path / "wheels", "mine", {"toy_mine/__init__.py": source})


def states(answer):
    return {plugin["name"]: plugin["reason"] for plugin in answer("plugins", "list")["plugins"]}


def test_from_the_wheel_to_its_removal(run, answer, wheel, tmp_path):
    """Installed and off after a card that fails, on by hand, listed for elsewhere, removed."""
    refused = run("plugins", "install", str(wheel))
    assert refused.code == 1
    assert refused.err.splitlines()[-1].endswith("Install it? Nobody can be asked here; agree with --yes.")
    assert "mine" not in states(answer)
    installed = run("plugins", "install", str(wheel), "--yes")
    assert installed.code == 1
    assert "mine 1.0 is installed and off. 2 of 11 checks passed." in installed.out
    assert "took no batch" in installed.err
    assert states(answer)["mine"].startswith("It was not approved yet")
    assert run("plugins", "enable", "mine").code == 0
    assert states(answer)["mine"] == ""
    assert answer("plugins", "export", "-o", str(tmp_path / "list.json"))["plugins"] == 1
    assert "'mine' trains" not in run("plugins", "remove", "mine").err
    assert answer("plugins", "remove", "mine", "--yes")["removed"]
    assert "mine" not in states(answer)
    again = run("plugins", "remove", "mine", "--yes")
    assert again.err.startswith("studio: The studio has installed no plugin 'mine'; 'studio plugins list' shows")
    # The same from the list, whose wheel lies beside it.
    wheel.rename(tmp_path / wheel.name)
    run("plugins", "import", str(tmp_path / "list.json"), "--yes")
    assert states(answer)["mine"].startswith("It was not approved yet")


def _run(distribution):
    values = {"id": "r", "name": "r", "dataset": "d", "dataset_name": "d", "fingerprint": "", "family": "f"}
    return RunDocument(**values, spec=ImageSpec(shape=(4, 4, 1)), distribution=distribution)


@pytest.mark.parametrize("state", ["queued", "running", "paused"])
@pytest.mark.fault("F10")
def test_a_plugin_that_a_run_trains_with_is_not_removed(run, workspace, wheel, state):
    put_in_place(InstallPlan(PlannedWheel(wheel, read_wheel(wheel))), lambda *_: None)
    folder = create_run(workspace, _run("mine"))
    lock = ProcessLock(folder / "lock")
    assert lock.acquire()
    try:
        write_status(folder, RunStatus(state=state, pid=os.getpid()))
        refused = run("plugins", "remove", "mine", "--yes")
    finally:
        lock.release()
    assert refused.err == f"studio: '{folder.name}' trains with mine; stop it first.\n"
    assert find_installation("mine").lock.version == "1.0"
    write_status(folder, RunStatus(state="finished"))
    assert run("plugins", "remove", "mine", "--yes").code == 0


def test_a_run_needs_the_plugin_of_its_codec_and_its_transforms_too():
    run = _run("generative-studio").model_copy(update={"train": {"codec": "My_Codec:c", "transforms": "a:b, d:e"}})
    assert all(run.needs(name) for name in ("my-codec", "a", "D", "generative-studio"))
    assert not run.needs("other")
    assert not _run("").needs("other")
