"""What every installed plugin brings, or why it brings nothing; asked in processes of their own, and kept."""

import json
import os
import signal
import sys
import threading

import pytest

from studio.core.errors import PluginError, SettingsError
from studio.hooks import child
from studio.hooks.installed import installed_plugins, read_catalogue, validate_settings
from studio.store.place import catalogue_folder
from studio.store.switches import switch_plugin

BUNDLED = {"vae", "diffusion"}
OURS = "generative-studio"


def rows(catalogue):
    found = {plugin.name: plugin for plugin in catalogue.plugins}
    for name in BUNDLED:
        assert found[name].families, found[name].reason
    return found


def test_the_bundled_ones():
    found = rows(read_catalogue(bundled_only=True))
    assert {name for name, plugin in found.items() if plugin.bundled} == set(found)
    vae = found["vae"].families[0]
    assert vae.monitor == ("loss", "min")
    assert vae.presets[0].settings["train.minutes"] > 0
    assert vae.settings_schema["properties"]["lr"]["default"] == 0.002
    assert "encode" in vae.abilities


def test_the_schema_of_the_studio_is_part_of_it():
    schema = read_catalogue(bundled_only=True).train_schema
    assert schema["properties"]["batch_size"]["maximum"] == 65536


@pytest.mark.fault("F1")
def test_broken_plugins_are_rows_with_their_reason(install, source):
    install(
        "good", source("good", "(Preset(name='cpu', title='t', summary='s', settings={'lr': 0.5, 'train.steps': 3}),)")
    )
    install("raises", "raise RuntimeError('two\\nlines')")
    install("quits", "raise SystemExit(3)")
    install("leaves", "class Odd(BaseException): pass\nraise Odd('neither')")
    install("typo", "def broken(:\n")
    install("prints", "print('hello')\nprint('{\"plugins\": []}')\n" + source("prints"))
    install("preset", source("preset", "(Preset(name='cpu', title='t', summary='s', settings={'lrr': 1}),)"))
    install("strange", source("strange", "{'cpu': 'fast'}"))
    install("second", source("vae"))
    calls = "from collections.abc import Callable\n" + source("calls")
    install("calls", calls.replace("lr: float = 0.1", "lr: float = 0.1\n    f: Callable[[], int] = int"))
    install("slots", source("slots").replace("return [first", "raise ValueError('later')\n        return [first"))
    found = rows(read_catalogue())
    reasons = {name: plugin.reason for name, plugin in found.items() if not plugin.families}
    assert found["good"].families[0].presets[0].settings == {"lr": 0.5, "train.steps": 3}
    assert found["good"].version == "1.0"
    assert found["prints"].families[0].id == "prints"
    assert reasons.pop("raises") == "It cannot be imported: RuntimeError: two lines"
    assert reasons.pop("quits") == "It cannot be imported: SystemExit: 3"
    assert reasons.pop("leaves") == "It cannot be imported: Odd: neither"
    assert reasons.pop("slots") == "It cannot be imported: ValueError: later"
    assert reasons.pop("typo").startswith("It cannot be imported: SyntaxError: ")
    assert reasons.pop("preset") == (
        "Its declaration is not sound: In the preset 'cpu': There is no setting 'lrr'; known are lr."
    )
    assert reasons.pop("strange") == (
        "The presets of the family 'strange' of the plugin 'strange' are not a tuple of Preset."
    )
    assert reasons.pop("second") == "It declares the family 'vae', which generative-studio has already."
    assert reasons.pop("calls").startswith("Its declaration is not sound: PydanticInvalidForJsonSchema: ")
    assert reasons == {}


def test_a_plugin_of_several_families(install, source):
    install("several", source("one", more=["two", "three"]))
    install("taken", source("five", more=["two"]))
    install("free", source("four"))
    catalogue = read_catalogue()
    found = rows(catalogue)
    assert [family.id for family in found["several"].families] == ["one", "two", "three"]
    assert catalogue.family("two").title == "Title"
    assert catalogue.plugin_of("three").distribution == "several"
    assert {"vae", "one", "two", "three"} <= {family.id for family in catalogue.families}
    # Bundled first, then by name: what comes later with a family that is there is refused whole.
    assert [family.id for family in found["free"].families] == ["four"]
    assert found["taken"].families == ()
    assert found["taken"].reason == "It declares the family 'two', which several has already."


@pytest.mark.fault("F1")
def test_plugins_that_hang_or_end_the_process_cost_themselves_only_and_once(install, source, monkeypatch, counted):
    monkeypatch.setattr(child, "TIMEOUT_S", 4.0)
    install("sleeps", "import time\ntime.sleep(60)")
    install("exits", "import os\nos._exit(3)")
    install("good", source("good"))
    install("twin", source("good"))
    install("several", source("new", more=["good"]))
    found = rows(read_catalogue())
    assert found["sleeps"].reason == "It does not return: its import and its declaration take more than 4 s."
    assert found["exits"].reason == "It ends the process that imports it (exit code 3)."
    assert found["good"].families[0].id == "good"
    assert found["good"].seconds > 0
    assert found["twin"].reason == "It declares the family 'good', which good has already."
    assert found["several"].reason == "It declares the family 'good', which good has already."
    assert found["several"].families == ()
    asked = len(counted)
    assert rows(read_catalogue()) == found
    assert len(counted) == asked
    # It may have been the machine: who asks for it gets another look, of those that failed.
    monkeypatch.setattr(child, "TIMEOUT_S", 0.5)
    read_catalogue(again=True)
    assert [words[1] for words in counted[asked:]] == ["exits", "sleeps"]


@pytest.mark.fault("F1")
def test_what_a_plugin_leaves_for_the_exit_is_never_run(install, source):
    """P1: one printed line at exit disabled every plugin verb, the cure included."""
    install("bye", "import atexit\natexit.register(lambda: print('null'))\n" + source("bye"))
    assert rows(read_catalogue())["bye"].families[0].id == "bye"


@pytest.mark.fault("F5")
def test_one_that_replaces_functions_of_the_studio_changes_itself_only(install, source):
    """P2: it poisoned the bundled five."""
    spoil = "import studio.hooks.catalogue as c\nc._describe_family = lambda *words: None\n"
    install("spoils", spoil + source("spoils"))
    found = rows(read_catalogue())
    assert found["spoils"].families == ()
    assert found["spoils"].reason.startswith("Its declaration is not sound: ")


def test_nothing_is_imported_to_list_them(install, source, tmp_path, site):
    marker = tmp_path / "imported"
    install("stranger", f"open({str(marker)!r}, 'w').close()\n" + source("stranger"))
    (site / "toy_stranger" / "studio.json").write_text('{"families": ["stranger"]}')
    found = rows(read_catalogue(ask=False))
    assert found["stranger"].reason == "It was not looked at yet. It says that it brings stranger."
    assert not marker.exists()
    assert rows(read_catalogue())["stranger"].families
    assert rows(read_catalogue(ask=False))["stranger"].families


def test_safe_mode_imports_no_strangers(install, tmp_path):
    marker = tmp_path / "imported"
    install("stranger", f"open({str(marker)!r}, 'w').close()\nraise RuntimeError")
    assert "stranger" not in rows(read_catalogue(bundled_only=True))
    assert not marker.exists()
    assert "stranger" in rows(read_catalogue())
    assert marker.exists()


def test_find_a_family(install, source):
    install("loud", "raise RuntimeError('no luck')")
    catalogue = read_catalogue()
    assert catalogue.family("vae").id == "vae"
    with pytest.raises(PluginError, match="The family 'loud' cannot be used: It cannot be imported: RuntimeError: no"):
        catalogue.family("loud")
    known = "autoregressive, diffusion, flow, gan, vae"
    with pytest.raises(PluginError, match=f"There is no family 'nothing'; installed are {known}"):
        catalogue.family("nothing")


@pytest.fixture
def counted(monkeypatch):
    """How many child processes were asked."""
    asked = []
    real = child.ask

    def ask(arguments, *rest, **options):
        asked.append(arguments)
        return real(arguments, *rest, **options)

    monkeypatch.setattr(child, "ask", ask)
    return asked


@pytest.fixture
def unanswered():
    """Nobody has asked the bundled plugins yet."""
    for path in catalogue_folder().iterdir():
        path.unlink()


def test_an_answer_is_kept_until_a_source_changes(install, source, counted, unanswered):
    file = install("mine", source("mine"))
    os.utime(file, (1000, 1000))
    first = read_catalogue()
    assert read_catalogue() == first
    assert [words[1] for words in counted] == ["generative-studio", "mine"]
    file.write_text(source("renamed"))
    found = rows(read_catalogue())
    assert found["mine"].families[0].id == "renamed"
    assert [words[1] for words in counted[2:]] == ["mine"]
    read_catalogue()
    assert len(counted) == 3


def test_a_change_of_a_module_without_a_package_is_seen(site, install, source):
    install("single", "", "[studio]\nsingle = toy_file:plugin\n")
    (site / "toy_file.py").write_text(source("before"))
    assert rows(read_catalogue())["single"].families[0].id == "before"
    (site / "toy_file.py").write_text(source("after"))
    os.utime(site / "toy_file.py", (2**31, 2**31))
    assert rows(read_catalogue())["single"].families[0].id == "after"


def test_what_is_installed_and_removed_is_seen(install, source, site):
    read_catalogue()
    install("mine", source("mine"))
    assert "mine" in rows(read_catalogue())
    (site / "mine-1.0.dist-info" / "entry_points.txt").unlink()
    assert "mine" not in rows(read_catalogue())


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"key": 1}', "\x00", "KEY", "FORMAT"])
def test_a_damaged_answer_is_asked_again(text, counted, unanswered):
    made = read_catalogue(bundled_only=True)
    (cache,) = catalogue_folder().iterdir()
    document = json.loads(cache.read_text())
    if text == "KEY":
        # The right key over an answer that is none.
        text = json.dumps({**document, "answer": {"plugins": 3}})
    elif text == "FORMAT":
        text = json.dumps({**document, "format": 1})
    cache.write_text(text)
    again = read_catalogue(bundled_only=True)
    assert [plugin.families for plugin in again.plugins] == [plugin.families for plugin in made.plugins]
    assert len(counted) == 2
    assert json.loads(cache.read_text())["answer"]["plugins"]


def test_answers_that_cannot_be_kept_are_done_without(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    rows(read_catalogue(bundled_only=True))


def test_validate_fills_in_the_defaults():
    train, settings = validate_settings("vae", OURS, {"lr": 0.01, "train.steps": 7})
    assert settings["lr"] == 0.01
    assert settings["latent_dim"] == 16
    assert train["steps"] == 7
    assert train["batch_size"] == 64


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"lr": 7}, "lr = 7 must be at most 1."),
        ({"train.steps": 1, "train.minutes": 1}, "Give the length of the run either in steps or in minutes, not both."),
        ({"train.lr": 1}, "There is no setting 'train.lr'; known are train.batch_size"),
    ],
)
def test_validate_says_what_is_wrong(values, text):
    with pytest.raises(SettingsError) as raised:
        validate_settings("vae", OURS, values)
    assert str(raised.value).startswith(text)


def test_validate_an_unknown_family():
    with pytest.raises(PluginError, match="The package 'generative-studio' brings no family 'nothing'"):
        validate_settings("nothing", OURS, {})


@pytest.mark.fault("F5")
def test_what_a_plugin_does_to_its_process_stays_there(install, source, tmp_path):
    """It changes folder, signals, environment, locale and libraries, seeds, and leaves threads and children behind."""
    spoil = """
import json, locale, os, pathlib, random, signal, sys, threading, time
os.chdir("/")
os.environ["OMP_NUM_THREADS"] = "99"
os.umask(0o777)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
random.seed(0)
sys.setrecursionlimit(100)
json.dumps = lambda *words, **options: "nothing"
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
"""
    install("spoils", spoil + source("spoils"))
    install("good", source("good"))

    def state():
        return os.getcwd(), os.environ.get("OMP_NUM_THREADS"), signal.getsignal(signal.SIGTERM), sys.getrecursionlimit()

    before = state()
    dumps, threads = json.dumps, threading.active_count()
    found = rows(read_catalogue())
    assert found["good"].families[0].id == "good"
    assert (
        os.getcwd(),
        os.environ.get("OMP_NUM_THREADS"),
        signal.getsignal(signal.SIGTERM),
        sys.getrecursionlimit(),
    ) == before
    assert json.dumps is dumps
    assert threading.active_count() == threads
    (tmp_path / "made").touch()
    assert (tmp_path / "made").stat().st_mode & 0o600


def test_what_is_turned_off_brings_nothing(workspace):
    switch_plugin(workspace.path, "vae", on=False)
    vae = next(plugin for plugin in installed_plugins(workspace).plugins if plugin.name == "vae")
    assert vae.off
    assert vae.families == ()
