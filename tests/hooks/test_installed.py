"""What every installed plugin brings, or why it brings nothing; asked in processes of their own, and kept."""

import json
import os
import signal
import sys
import threading

import pytest

from studio.core.errors import PluginError, SettingsError
from studio.hooks import child
from studio.hooks.catalogue import build_catalogue
from studio.hooks.installed import installed_plugins, read_catalogue, validate_settings
from studio.store.switches import switch_plugin

BUNDLED = {"vae", "diffusion"}


def rows(catalogue):
    found = {plugin.name: plugin for plugin in catalogue.plugins}
    for name in BUNDLED:
        assert found[name].families, found[name].reason
    return found


def test_the_bundled_ones():
    found = rows(read_catalogue(safe_mode=True))
    assert {name for name, plugin in found.items() if plugin.bundled} == set(found)
    vae = found["vae"].families[0]
    assert vae.monitor == ("loss", "min")
    assert vae.presets[0].settings["train.minutes"] > 0
    assert vae.settings_schema["properties"]["lr"]["default"] == 0.002
    assert "encode" in vae.abilities


def test_the_schema_of_the_studio_is_part_of_it():
    schema = read_catalogue(safe_mode=True).train_schema
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
def test_a_plugin_that_hangs_costs_itself_only(install, source, monkeypatch, tmp_path):
    monkeypatch.setattr(child, "TIMEOUT_S", 2.5)
    monkeypatch.setattr(child, "ONE_TIMEOUT_S", 2.5)
    install("sleeps", "import time\ntime.sleep(60)")
    install("good", source("good"))
    cache = tmp_path / "catalogue.json"
    found = rows(read_catalogue(cache))
    assert found["sleeps"].reason == ("The declaration does not return; remove the plugin or start with --safe-mode.")
    assert found["good"].families[0].id == "good"
    # It may have been the machine; the next look asks again.
    assert not cache.exists()


@pytest.mark.fault("F1")
def test_plugins_that_end_the_process_cost_themselves_only(install, source):
    install("exits", "import os\nos._exit(3)")
    install("crashes", "import ctypes\nctypes.string_at(0)")
    install("good", source("good"))
    install("twin", source("good"))
    install("second", source("vae"))
    install("several", source("new", more=["good"]))
    found = rows(read_catalogue())
    assert found["exits"].reason == (
        "The declaration ended its process (exit code 3); remove the plugin or start with --safe-mode."
    )
    assert "exit code -11" in found["crashes"].reason
    assert found["good"].families[0].id == "good"
    assert found["twin"].reason == "It declares the family 'good', which good has already."
    assert found["several"].reason == "It declares the family 'good', which good has already."
    assert found["several"].families == ()
    assert found["second"].reason == "It declares the family 'vae', which generative-studio has already."


def test_safe_mode_imports_no_strangers(install, tmp_path):
    marker = tmp_path / "imported"
    install("stranger", f"open({str(marker)!r}, 'w').close()\nraise RuntimeError")
    assert "stranger" not in rows(read_catalogue(safe_mode=True))
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


def test_the_cache_is_used_until_a_source_changes(install, source, tmp_path, counted):
    cache = tmp_path / "catalogue.json"
    file = install("mine", source("mine"))
    os.utime(file, (1000, 1000))
    first = read_catalogue(cache)
    assert read_catalogue(cache) == first
    assert len(counted) == 1
    file.write_text(source("renamed"))
    found = rows(read_catalogue(cache))
    assert found["mine"].families[0].id == "renamed"
    assert len(counted) == 2
    read_catalogue(cache)
    assert len(counted) == 2


def test_the_cache_sees_a_module_without_a_package_change(site, install, source, tmp_path, counted):
    cache = tmp_path / "catalogue.json"
    install("single", "", "[studio]\nsingle = toy_file:plugin\n")
    (site / "toy_file.py").write_text(source("before"))
    assert rows(read_catalogue(cache))["single"].families[0].id == "before"
    (site / "toy_file.py").write_text(source("after"))
    os.utime(site / "toy_file.py", (2**31, 2**31))
    assert rows(read_catalogue(cache))["single"].families[0].id == "after"


def test_the_cache_sees_what_is_installed_and_removed(install, source, tmp_path, site, counted):
    cache = tmp_path / "catalogue.json"
    read_catalogue(cache)
    install("mine", source("mine"))
    assert "mine" in rows(read_catalogue(cache))
    (site / "mine-1.0.dist-info" / "entry_points.txt").unlink()
    assert "mine" not in rows(read_catalogue(cache))
    assert len(counted) == 3


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"key": 1}', "\x00", "KEY", "FORMAT"])
def test_a_damaged_cache_is_made_again(tmp_path, text, monkeypatch):
    cache = tmp_path / "catalogue.json"
    made = build_catalogue(safe_mode=True)
    monkeypatch.setattr(child, "ask", lambda *_, **__: made.model_dump(mode="json"))
    if text == "KEY":
        # The right key over a catalogue that is none.
        read_catalogue(cache, safe_mode=True)
        text = json.dumps({**json.loads(cache.read_text()), "catalogue": {"plugins": 3}})
    elif text == "FORMAT":
        # The right key over a catalogue of the format before.
        read_catalogue(cache, safe_mode=True)
        document = json.loads(cache.read_text())
        del document["format"]
        for plugin in document["catalogue"]["plugins"]:
            (plugin["family"],) = plugin.pop("families")
        text = json.dumps(document)
    cache.write_text(text)
    assert read_catalogue(cache, safe_mode=True) == made
    assert json.loads(cache.read_text())["catalogue"]["plugins"]


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    (tmp_path / "file").write_text("x")
    rows(read_catalogue(tmp_path / "file" / "catalogue.json", safe_mode=True))


def test_validate_fills_in_the_defaults():
    train, settings = validate_settings("vae", {"lr": 0.01, "train.steps": 7})
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
        validate_settings("vae", values)
    assert str(raised.value).startswith(text)


def test_validate_an_unknown_family():
    with pytest.raises(PluginError, match="No installed plugin brings the family 'nothing'"):
        validate_settings("nothing", {})


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


def test_it_is_kept_in_the_workspace_apart_for_safe_mode(workspace):
    assert installed_plugins(workspace, read_only=True, safe_mode=True).plugin_of("vae").bundled
    assert not list(workspace.path.glob("catalogue*.json"))
    installed_plugins(workspace, safe_mode=True)
    installed_plugins(workspace)
    assert sorted(path.name for path in workspace.path.glob("catalogue*.json")) == [
        "catalogue-safe.json",
        "catalogue.json",
    ]


def test_what_is_turned_off_brings_nothing(workspace):
    switch_plugin(workspace.path, "vae", on=False)
    vae = next(plugin for plugin in installed_plugins(workspace, safe_mode=True).plugins if plugin.name == "vae")
    assert vae.off
    assert vae.families == ()
