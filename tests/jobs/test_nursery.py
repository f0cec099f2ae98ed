"""A process that imports once and forks what is asked for."""

import os
import sys

import pytest

from studio.core.errors import ForeignEntryError
from studio.jobs.nursery import Nursery, can_fork

pytestmark = pytest.mark.skipif(not can_fork(), reason="processes are forked on Linux only")

SLOW = "import os\nos.environ['IMPORTED'] = str(os.getpid())\nPID = os.getpid()\n"
CHILD = """
import os, sys, slow_library
print(slow_library.PID, os.getpid(), os.getsid(0), *sys.argv[1:], os.environ.get("WORD"), os.environ.get("IMPORTED"))
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def nursery(tmp_path, modules):
    modules("slow_library", SLOW)
    modules("child", CHILD)
    made = Nursery(tmp_path, ["slow_library"], tmp_path / "nursery.log")
    yield made
    made.close()


def environment(**words):
    return {**os.environ, **words}


def test_each_is_a_process_of_its_own_with_what_was_imported_once(nursery, tmp_path, wait_for):
    children = [
        nursery.start("child", [str(code)], tmp_path / f"{code}.txt", environment(WORD=f"w{code}")) for code in (0, 7)
    ]
    wait_for(lambda: all(child.poll() is not None for child in children))
    assert [child.returncode for child in children] == [0, 7]
    said = [(tmp_path / f"{code}.txt").read_text().split() for code in (0, 7)]
    assert [words[3:] for words in said] == [["0", "w0", "None"], ["7", "w7", "None"]]
    assert {words[0] for words in said} == {str(nursery._process.pid)}
    assert all(words[1] == words[2] for words in said)
    assert said[0][1] != said[1][1]


def test_what_a_module_says_and_how_it_fails(nursery, tmp_path, modules, wait_for):
    modules("broken", "raise RuntimeError('not today')\n")
    modules("saying", "import sys\nsys.exit('no luck')\n")
    children = [nursery.start(name, [], tmp_path / name, environment()) for name in ("broken", "saying", "no_such")]
    wait_for(lambda: all(child.poll() is not None for child in children))
    assert [child.returncode for child in children] == [1, 1, 1]
    assert (tmp_path / "broken").read_text().endswith("RuntimeError: not today\n")
    assert (tmp_path / "saying").read_text() == "no luck\n"
    assert "no_such" in (tmp_path / "no_such").read_text()


def test_its_children_outlive_it(nursery, tmp_path, modules, wait_for):
    modules("patient", "import time\nprint('begin', flush=True)\ntime.sleep(1)\nprint('end')\n")
    child = nursery.start("patient", [], tmp_path / "out", environment())
    wait_for(lambda: (tmp_path / "out").read_text() == "begin\n")
    nursery.close()
    assert not nursery.alive
    assert child.returncode is None
    wait_for(lambda: (tmp_path / "out").read_text() == "begin\nend\n")


def test_it_writes_through_no_link(nursery, tmp_path):
    (tmp_path / "out").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ForeignEntryError):
        nursery.start("child", ["0"], tmp_path / "out", environment())
    assert not (tmp_path / "elsewhere").exists()


def test_what_it_cannot_import_ends_it(tmp_path, modules, wait_for):
    made = Nursery(tmp_path, ["no_such_library"], tmp_path / "log")
    wait_for(lambda: not made.alive)
    made.close()
    assert "no_such_library" in (tmp_path / "log").read_text()
    assert sys.platform == "linux"
