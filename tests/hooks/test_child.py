"""The process that imports plugins is asked, and survived whatever a plugin does to it."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from studio.core.errors import PluginError
from studio.hooks import child


@pytest.fixture
def process(monkeypatch):
    """A process that answers what a test says; gives how it was started."""
    started = {}

    def answer(stdout="", stderr="", code=0, error=None):
        def run(command, **options):
            started.update(command=command, **options)
            if error is not None:
                raise error
            return SimpleNamespace(stdout=stdout, stderr=stderr, returncode=code)

        monkeypatch.setattr(child.subprocess, "run", run)
        return started

    return answer


def test_the_answer_is_the_last_line_whatever_a_plugin_prints(process):
    started = process('hello\n{"not": "this"}\n\n{"a": [1, null]}\n\n')
    assert child.ask(["--only", "x"], "text") == {"a": [1, None]}
    assert started["command"] == [sys.executable, "-m", "studio.hooks", "--only", "x"]
    assert (started["input"], started["timeout"]) == ("text", child.TIMEOUT_S)


def test_its_own_time(process):
    started = process("1")
    child.ask([], timeout_s=2.5)
    assert started["timeout"] == 2.5


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"code": 139}, "The declaration ended its process (exit code 139); remove the plugin or start with"),
        (
            {"stdout": "no json", "stderr": "Traceback\n  x\nKeyError: 3\n"},
            "The declaration ended its process (KeyError: 3)",
        ),
        (
            {"error": subprocess.TimeoutExpired("x", 1)},
            "The declaration does not return; remove the plugin or start with",
        ),
    ],
)
def test_what_it_may_do_instead_is_one_sentence(process, answer, said):
    process(**answer)
    with pytest.raises(PluginError) as raised:
        child.ask([])
    assert str(raised.value).startswith(said)
    assert "--safe-mode" in str(raised.value)
