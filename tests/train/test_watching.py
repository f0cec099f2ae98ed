"""The process of a plugin that watches a run: told how the run ends, ended with a sentence where the plugin failed."""

import subprocess
import sys

import pytest

from studio.core.errors import PluginError
from studio.store.run import RunDocument, create_run
from studio.store.switches import switch_plugin
from studio.train.watching import plugins_of
from tests.hooks.conftest import install, site, source

__all__ = ["install", "site", "source"]

CODE = """
import threading

from studio.train.watching import watch_run


def watch(folder, distribution, row, ended):
    while (state := ended()) is None:
        threading.Event().wait(0.01)
    print(folder, distribution, row, state)
    BODY


watch_run(watch)
"""


def watching(body="pass", said="finished\n"):
    words = [sys.executable, "-c", CODE.replace("BODY", body), "a run", "mine", "7"]
    return subprocess.run(words, input=said, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(("said", "state"), [("finished\n", "finished"), ("stopped\n", "stopped"), ("", "interrupted")])
def test_it_is_told_how_the_run_ended(said, state):
    ended = watching(said=said)
    assert (ended.returncode, ended.stdout) == (0, f"a run mine 7 {state}\n")


@pytest.mark.parametrize("body", ["raise ValueError('no\\nluck')", "raise SystemExit('no luck')"])
def test_whatever_it_raises_is_one_sentence(body):
    ended = watching(body)
    assert ended.returncode == 1
    assert ended.stderr.endswith(": no luck\n")
    assert ended.stderr.count("\n") == 1


def test_threads_that_it_leaves_do_not_keep_it():
    assert watching("threading.Thread(target=threading.Event().wait).start()").returncode == 0


def test_only_plugins_that_are_on_are_loaded(install, source, workspace):
    install("mine", source("mine"))
    values = dict.fromkeys(("id", "name", "dataset", "dataset_name", "fingerprint", "family"), "r")
    folder = create_run(workspace, RunDocument(**values))
    (plugin,) = plugins_of(folder, "mine")
    assert plugin.name == "mine"
    assert plugins_of(folder, "other") == []
    switch_plugin(workspace.path, "mine", on=False)
    with pytest.raises(PluginError, match="turned off"):
        plugins_of(folder, "mine")
