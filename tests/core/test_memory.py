"""What a process and its machine have of memory, and a limit that ends in an error rather than a kill."""

import subprocess
import sys

import pytest

from studio.core import memory
from studio.core.memory import available_memory, limit_memory, memory_limit, memory_of_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the numbers and the limit are those of Linux")


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A system that says of its memory what a test writes."""
    (tmp_path / "meminfo").write_text("MemTotal:  9000 kB\nMemAvailable:   4000 kB\n")
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    return tmp_path


def test_the_machine_has_what_it_says(system):
    assert available_memory() == 4000 * 1024


@pytest.mark.parametrize(
    ("most", "taken", "expected"),
    [("max", 5, 4000 * 1024), (10_000, 2000, 8000), (2000, 5000, 0), (10**12, 0, 4000 * 1024)],
)
def test_a_container_may_have_less(system, most, taken, expected):
    (system / "memory.max").write_text(f"{most}\n")
    (system / "memory.current").write_text(f"{taken}\n")
    assert available_memory() == expected


def test_a_system_that_does_not_say_it(system):
    (system / "meminfo").write_text("MemTotal:  9000 kB\n")
    with pytest.raises(OSError, match="meminfo has no MemAvailable"):
        available_memory()


def test_a_process_knows_its_own():
    assert 2**20 < memory_of_process("VmRSS") <= memory_of_process("VmHWM")
    with pytest.raises(OSError, match="has no VmNothing"):
        memory_of_process("VmNothing")


def limits(monkeypatch, before):
    import resource

    held = {"limit": before}
    monkeypatch.setattr(resource, "getrlimit", lambda kind: held["limit"])
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limit: held.update(limit=limit))
    monkeypatch.setattr(memory, "memory_of_process", lambda name: 1000)
    return held


@pytest.mark.parametrize(
    ("before", "expected"),
    [((-1, -1), (1050, -1)), ((-1, 1020), (1020, 1020)), ((1010, -1), (1010, -1)), ((2000, 3000), (1050, 3000))],
)
def test_a_limit_is_on_top_of_what_it_has_and_never_above_an_earlier_one(monkeypatch, before, expected):
    held = limits(monkeypatch, before)
    limit_memory(50)
    assert held["limit"] == expected


def test_a_limit_of_a_block_ends_with_it(monkeypatch):
    held = limits(monkeypatch, (2000, 3000))

    def fail():
        with memory_limit(50):
            assert held["limit"] == (1050, 3000)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert held["limit"] == (2000, 3000)


@pytest.mark.fault("B5")
def test_what_does_not_fit_is_an_error_rather_than_a_kill():
    code = (
        "import torch; from studio.core.memory import limit_memory; limit_memory(2**28);"
        "a = torch.ones(2**25 // 4); print('fits');"
        "torch.ones(2**29 // 4)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("fits\n", 1), done.stderr
    assert "can't allocate memory" in done.stderr
