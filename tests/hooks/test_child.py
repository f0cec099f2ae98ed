"""The process that imports plugins is asked, and survived whatever a plugin does to it."""

import os
import time

import psutil
import pytest

from studio.core.errors import PluginError
from studio.hooks import child


@pytest.fixture
def refusal(install):
    """Why a distribution of some source does not answer."""

    def make(source, **options):
        install("odd", source)
        with pytest.raises(PluginError) as raised:
            child.ask(["--distribution", "odd"], **options)
        return str(raised.value)

    return make


def test_the_answer_comes_whatever_a_plugin_prints(install, source):
    install("loud", "import sys\nprint('{}' * 10**5)\nprint('x' * 10**6, file=sys.stderr)\n" + source("loud"))
    (plugin,) = child.ask(["--distribution", "loud"])["plugins"]
    assert plugin["families"][0]["id"] == "loud"


@pytest.mark.fault("F1")
def test_one_that_hangs(refusal, tmp_path):
    mark = tmp_path / "child"
    # It leaves a process behind, which holds its pipes too.
    source = (
        "import subprocess, sys, time\n"
        "code = 'import time; time.sleep(600)'\n"
        f"open({str(mark)!r}, 'w').write(str(subprocess.Popen([sys.executable, '-c', code]).pid))\n"
        "time.sleep(600)\n"
    )
    begun = time.monotonic()
    said = refusal(source, timeout_s=3.0)
    assert said == "It does not return: its import and its declaration take more than 3 s."
    assert time.monotonic() - begun < 30
    left = int(mark.read_text())
    assert not psutil.pid_exists(left) or psutil.Process(left).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import os\nos._exit(3)", "exit code 3"),
        ("import ctypes\nctypes.string_at(0)", "signal SIGSEGV"),
        ("import os, sys\nprint('no luck', file=sys.stderr, flush=True)\nos._exit(1)", "no luck"),
    ],
)
@pytest.mark.fault("F1")
def test_one_that_ends_the_process(refusal, source, why):
    assert refusal(source) == f"It ends the process that imports it ({why})."


@pytest.mark.skipif(os.name == "nt", reason="limits are those of POSIX")
@pytest.mark.fault("F1")
def test_one_that_wants_all_memory_gets_none(install):
    install("greedy", "held = bytearray(64 * 2**30)")
    (plugin,) = child.ask(["--distribution", "greedy"])["plugins"]
    assert plugin["reason"].startswith("It cannot be imported: the machine ran out of memory")


@pytest.mark.fault("F1")
def test_one_that_declares_too_much(install, source):
    long = source("long").replace('"Title"', '"T" * 5_000_000')
    install("long", long)
    (plugin,) = child.ask(["--distribution", "long"])["plugins"]
    assert plugin["reason"] == "Its declaration is not sound: title: String should have at most 200 characters."


@pytest.mark.fault("F1")
def test_one_that_floods_its_answer(refusal):
    flood = """
import os
while True:
    for number in range(3, 20):
        try:
            os.write(number, b"x" * 10**6)
        except OSError:
            pass
"""
    said = refusal(flood, timeout_s=20.0)
    assert said == "It declares more than 4 MB."
