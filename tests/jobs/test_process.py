"""Processes that outlive whoever starts them."""

import os
import subprocess
import sys

from studio.jobs.process import start_detached, trainer_environment


def test_output_goes_to_files(tmp_path, modules):
    modules("toy", "import sys\nprint('out', *sys.argv[1:])\nprint('err', file=sys.stderr)\n")
    assert start_detached("toy", ["a b"], tmp_path / "out", errors=tmp_path / "err").wait() == 0
    assert (tmp_path / "out").read_text() == "out a b\n"
    assert (tmp_path / "err").read_text() == "err\n"
    assert start_detached("toy", [], tmp_path / "out").wait() == 0
    assert sorted((tmp_path / "out").read_text().splitlines()) == ["err", "out", "out a b"]


def test_output_that_nobody_is_to_read(tmp_path, modules):
    modules("toy", "import sys\nprint('out')\nprint('err', file=sys.stderr)\n")
    assert start_detached("toy", [], None).wait() == 0
    assert start_detached("toy", [], None, errors=tmp_path / "err").wait() == 0
    assert (tmp_path / "err").read_text() == "err\n"


def test_it_has_a_session_of_its_own_and_no_input(tmp_path, modules):
    modules("toy", "import os, sys\nprint(os.getsid(0) == os.getpid(), repr(sys.stdin.read()))\n")
    start_detached("toy", [], tmp_path / "out").wait()
    assert (tmp_path / "out").read_text() == "True ''\n"


def test_it_outlives_its_parent(tmp_path, modules, wait_for):
    modules("toy", "import time\ntime.sleep(0.5)\nopen('done', 'w').close()\n")
    code = (
        "import os, pathlib\nfrom studio.jobs.process import start_detached\n"
        "start_detached('toy', [], pathlib.Path('out'))\nos.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert done.returncode == -9
    assert not (tmp_path / "done").exists()
    wait_for((tmp_path / "done").exists)


def test_the_environment_of_a_trainer(monkeypatch):
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "5")
    environment = trainer_environment()
    assert environment["MALLOC_TRIM_THRESHOLD_"] == "5"
    assert environment["MALLOC_MMAP_THRESHOLD_"] == str(2**32)
    assert environment["HOME"] == os.environ["HOME"]
    assert "MALLOC_MMAP_THRESHOLD_" not in os.environ
