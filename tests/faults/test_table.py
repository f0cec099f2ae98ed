"""The list of faults is whole, and the README says of it what the tests say."""

import subprocess
import sys

import pytest

from tests.faults.table import SECTIONS, TESTS, read_faults, table

SIZES = {"A": 28, "B": 24, "C": 14, "D": 10, "E": 8, "F": 11, "G": 8}


def test_the_list_is_whole():
    faults = read_faults()
    assert [fault.number for fault in faults] == [
        f"{letter}{n}" for letter in SECTIONS for n in range(1, SIZES[letter] + 1)
    ]
    assert len(faults) == 103
    for fault in faults:
        assert bool(fault.note) == (fault.standing != "held"), f"{fault.number}: a note says why no test holds it"


def test_the_readme_has_the_table_that_the_command_prints(repository):
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.table"], cwd=repository, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    section = (repository / "README.md").read_text().split("\n## Faults\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    assert "\n".join(rows) == done.stdout.strip() == table(read_faults())


def test_every_test_that_holds_a_fault_is_collected(pytestconfig):
    """A mark on something that pytest does not run would hold nothing."""
    held = {test for fault in read_faults() for test in fault.tests}
    assert len(held) > 150
    for test in held:
        path, _, name = test.partition("::")
        assert (TESTS.parent / path).name.startswith("test_")
        assert "benchmarks" not in path
        assert not name or name.startswith("test_")
    assert any(line.startswith("fault(") for line in pytestconfig.getini("markers"))


def test_a_mark_of_an_unknown_fault_is_said(tmp_path, monkeypatch):
    from tests.faults import table as source

    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text("@pytest.mark.fault('Z9')\ndef test_x(): ...\n")
    monkeypatch.setattr(source, "TESTS", tmp_path / "tests")
    with pytest.raises(ValueError, match="Z9, which is not in"):
        source.read_faults()
