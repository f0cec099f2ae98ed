"""What an installation would do is worked out by the real pip, and nothing of the plugin is run."""

import sys

import pytest

from studio.core.errors import PluginError
from studio.hooks.install import plan as planning
from studio.hooks.install.plan import NeedsBuild, make_plan
from studio.store.place import plugins_folder


def refusal(what, place, **options):
    with pytest.raises(PluginError) as raised:
        make_plan(str(what), place, False, lambda *_: None, **options)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_one_that_says_it_has_no_families(wheel, source, place):
    path = wheel(files={"toy_mine/__init__.py": source("mine"), "toy_mine/studio.json": '{"families": []}'})
    assert "families: none" in make_plan(str(path), place, False, lambda *_: None).lines()


def test_a_wheel_without_dependencies(wheel, source, place, tree, tmp_path):
    marker = tmp_path / "imported"
    code = f"open({str(marker)!r}, 'w').close()\n" + source("mine")
    says = '{"title": "Mine", "summary": "One of mine.", "families": ["mine"]}'
    path = wheel(files={"toy_mine/__init__.py": code, "toy_mine/studio.json": says})
    stages = []
    before = tree(path.parent)
    plan = make_plan(str(path), place, False, lambda stage, done, total: stages.append(stage))
    assert plan.others == ()
    assert (plan.plugin.facts.name, plan.plugin.facts.version, plan.replaces) == ("mine", "1.0", "")
    lines = "\n".join(plan.lines())
    assert lines.startswith("Mine 1.0\nOne of mine.\nauthor: A Stranger\nlicence: MIT\nfamilies: mine\n")
    assert plan.plugin.facts.sha256 in lines
    assert "code that runs with your rights" in lines
    assert plan.document()["plugin"]["static"]["families"] == ["mine"]
    assert {"resolve", "get"} <= set(stages)
    assert not marker.exists()
    assert "toy_mine" not in sys.modules
    assert not plugins_folder().exists()
    assert tree(path.parent) == before


def test_what_it_depends_on_comes_along_and_what_the_studio_has_does_not(wheel, place):
    path = wheel(requires=["other-thing>=1", "numpy", "generative-studio"])
    wheel("other-thing", files={"other_thing/__init__.py": ""}, entries="")
    plan = make_plan(str(path), place, False, lambda *_: None, links=path.parent)
    assert [other.facts.name for other in plan.others] == ["other-thing"]
    assert any(line.startswith("along with it: other-thing 1.0, ") for line in plan.lines())


@pytest.mark.fault("F6")
def test_one_that_asks_for_another_numpy(wheel, place):
    text = refusal(wheel(requires=["numpy<1.5"]), place)
    assert text.startswith("mine 1.0 needs numpy<1.5, but the studio has numpy==")
    assert text.endswith("; get a release that goes with it.")


@pytest.mark.fault("F6")
def test_one_for_another_machine(wheel, place):
    text = refusal(wheel(tag="cp27-cp27m-win32"), place)
    assert text == "mine-1.0-cp27-cp27m-win32.whl was made for another system or Python; get the one for this machine."


@pytest.mark.fault("F6")
def test_source_is_built_on_a_second_yes_only(tmp_path, place):
    marker = tmp_path / "ran"
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "setup.py").write_text(
        f"from setuptools import setup\nopen({str(marker)!r}, 'w').close()\n"
        "entries = {'studio': ['mine = toy_mine:plugin']}\n"
        "setup(name='mine', version='1.0', py_modules=['toy_mine'], entry_points=entries)\n"
    )
    (folder / "toy_mine.py").write_text("plugin = None\n")
    with pytest.raises(NeedsBuild, match="is source: to make a wheel of it runs its code with your rights"):
        make_plan(str(folder), place, False, lambda *_: None)
    assert not marker.exists()
    before = sorted(folder.rglob("*"))
    plan = make_plan(str(folder), place, True, lambda *_: None)
    assert marker.exists()
    # The person's own folder is as it was: it is built in a copy.
    assert sorted(folder.rglob("*")) == before
    assert plan.built
    assert plan.plugin.facts.plugins == {"mine": "toy_mine:plugin"}
    assert "built from its source on this machine" in plan.lines()


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("no-such-file.whl", "There is no no-such-file.whl."),
        ("./nothing", "There is no ./nothing."),
        ("--index-url=x", "'--index-url=x' is neither a wheel, nor a folder, nor a name such as my-plugin or"),
        ("", "'' is neither a wheel, nor a folder, nor a name"),
        ("a b", "'a b' is neither a wheel"),
        ("git+ssh://x", "There is no git+ssh://x."),
    ],
)
def test_what_is_nothing_to_install(place, what, said):
    assert refusal(what, place).startswith(said)


def test_a_folder_and_a_file_that_are_no_plugin(place, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "picture.png").write_bytes(b"x")
    assert refusal(tmp_path / "empty", place).endswith("is no plugin's folder: it has no pyproject.toml.")
    assert refusal(tmp_path / "picture.png", place).endswith("is no wheel; give a .whl file, a folder or a name.")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"entries": ""}, "mine is no plugin of the studio: it has no entry point in the group 'studio'."),
        ({"entries": "[studio]\nvae = toy_mine:plugin\n"}, "mine has a plugin called 'vae', as generative-studio has"),
        ({"entries": "nonsense"}, "Its entry points cannot be read; get it again."),
        (
            {"files": {"toy_mine/__init__.py": "", "toy_mine/studio.json": '{"api": [7, 8]}'}},
            "The plugin 'mine' was written for the versions 7 to 8 of the plugin contract",
        ),
        ({"files": {"toy_mine/studio.json": "x"}}, "The studio.json of mine-1.0-py3-none-any.whl is not one; "),
        ({"files": {"torch/__init__.py": ""}}, "mine-1.0-py3-none-any.whl brings 'torch', which the studio or"),
    ],
)
@pytest.mark.fault("F2")
def test_a_plugin_that_cannot_live_here(wheel, place, options, said):
    assert refusal(wheel(**options), place).startswith(said)


def test_what_pip_put_into_the_studios_own_environment(place, monkeypatch):
    monkeypatch.setattr(planning, "_resolve", lambda *_: [])
    assert "lies in the studio's own environment already" in refusal("mine", place)


def test_without_a_network_the_index_alone_does_not_work(place, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    assert refusal("no-such-plugin-of-the-studio", place) == (
        "The package index cannot be reached; a wheel and a folder that need nothing from it work without it."
    )


def test_it_can_be_cancelled(wheel, place):
    class Cancel(BaseException):
        pass

    def cancel(stage, done, total):
        raise Cancel

    with pytest.raises(Cancel):
        make_plan(str(wheel()), place, False, cancel)
