"""The process that forks, asked by hand as a nursery asks it."""

import json
import os
import subprocess
import sys

import pytest

from studio.jobs.nursery import can_fork

pytestmark = pytest.mark.skipif(not can_fork(), reason="processes are forked on Linux only")


def test_it_tells_the_end_of_each_and_ends_with_whoever_asks(tmp_path, modules):
    modules("child", "import os, signal, sys\nos.kill(os.getpid(), signal.SIGKILL) if sys.argv[1] == 'die' else None\n")
    asked = [
        {"number": number, "module": "child", "arguments": [word], "output": str(tmp_path / word), "environment": {}}
        for number, word in ((1, "live"), (2, "die"))
    ]
    for each in asked:
        each["environment"] = dict(os.environ)
    process = subprocess.Popen(
        [sys.executable, "-m", "studio.jobs.forking", str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    # In two pieces, as a pipe may give them.
    lines = "".join(json.dumps(each) + "\n" for each in asked).encode()
    for piece in (lines[:20], lines[20:]):
        process.stdin.write(piece)
        process.stdin.flush()
    said = sorted((json.loads(process.stdout.readline()) for _ in asked), key=lambda each: each["number"])
    assert said == [{"number": 1, "code": 0}, {"number": 2, "code": -9}]
    process.stdin.close()
    assert process.wait(10) == 0
    process.stdout.close()
