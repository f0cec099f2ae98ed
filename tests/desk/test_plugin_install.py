"""Installing by steps: real processes, with a person's yes between them, and nothing of Qt."""

import os
import tempfile
import time

import pytest

from studio.desk.plugin_install import PluginInstall
from studio.hooks.found import find_plugins
from studio.store.place import plugins_folder
from tests.wheels import make_wheel

SOURCE = """
from studio.api import Family, FamilySettings, Preset, hookimpl


class Plugin:
    @hookimpl
    def studio_families(self):
        presets = (Preset(name="cpu", title="t", summary="s"),)
        return [Family("mine", "Mine", "S.", FamilySettings, ("loss", "min"), presets)]

    @hookimpl
    def studio_train(self, session):
        pass

    @hookimpl
    def studio_sample(self, trained):
        pass


plugin = Plugin()
"""


@pytest.fixture
def wheel(tmp_path):
    return make_wheel(tmp_path / "wheels", "mine", {"toy_mine/__init__.py": SOURCE})


@pytest.fixture
def install(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    told = []
    made = PluginInstall(desk, lambda: told.append(made.state.step), lambda: told.append("installed"), told.append)
    made.told = told
    yield made
    made.close()


@pytest.fixture
def until(install, worker):
    """Wait until a step is reached."""

    def wait(step):
        end = time.monotonic() + 90
        while install.state.step != step or worker.waiting:
            worker.settle()
            assert time.monotonic() < end, (install.state, install.told)
            time.sleep(0.02)

    return wait


def row():
    return next((row for row in find_plugins() if row.name == "mine"), None)


def test_from_a_wheel_to_its_removal_and_back(install, until, wheel, said, worker, tmp_path):
    install.install(str(wheel))
    assert install.state.step == "working"
    until("agree")
    assert (install.state.name, install.state.version) == ("mine", "1.0")
    assert any("runs with your rights" in line for line in install.state.lines)
    assert row() is None
    install.agree()
    until("card")
    assert os.listdir(tmp_path / "temporary") == []
    assert not install.state.card.passed
    assert install.state.waits
    assert any("took no batch" in line.why for line in install.state.card.lines)
    assert row().entry is None
    install.turn_on("mine")
    until("nothing")
    assert said.texts == ["mine 1.0 is on."]
    assert row().entry is not None
    install.remove("mine")
    until("nothing")
    assert row() is None
    assert said.texts[-1] == "Removed mine. Models that it trained can still be sampled."
    said.press()
    until("nothing")
    assert row().entry is not None
    assert said.texts[-1] == "mine is back."
    assert install.told.count("installed") >= 4


def test_a_no_leaves_nothing(install, until, wheel, tmp_path):
    install.install(str(wheel))
    until("agree")
    install.dismiss()
    assert install.state.step == "nothing"
    assert os.listdir(tmp_path / "temporary") == []
    assert not plugins_folder().exists()


def test_cancelled_while_it_works(install, until, wheel, tmp_path):
    install.install(str(wheel))
    install.dismiss()
    until("nothing")
    assert os.listdir(tmp_path / "temporary") == []
    assert row() is None


def test_what_cannot_be_installed_is_said(install, until):
    install.install("no-such-file.whl")
    until("nothing")
    assert "There is no no-such-file.whl." in install.told


def test_a_read_only_workspace_is_left_alone(install, desk, wheel):
    object.__setattr__(desk, "read_only", True)
    install.install(str(wheel))
    install.check("mine")
    install.remove("mine")
    assert install.state.step == "nothing"
    assert set(install.told) == {"This workspace can only be read; open another to change plugins."}
