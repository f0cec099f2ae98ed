"""The service's process: its answers alone go where the client listens."""

import subprocess
import sys

CODE = """
import os, sys, types

class SamplerServer:
    def __init__(self, questions, answers):
        self.questions, self.answers = questions, answers

    def serve(self):
        print("a library prints", flush=True)
        os.write(1, b"and another writes")
        self.answers.write(self.questions.read().upper())
        self.answers.flush()

sys.modules["studio.runtime.service"] = types.SimpleNamespace(SamplerServer=SamplerServer)
from studio.runtime.__main__ import main
main()
"""


def test_what_libraries_print_is_no_answer():
    done = subprocess.run([sys.executable, "-c", CODE], input=b"question", capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"QUESTION"
    assert b"a library prints" in done.stderr
    assert b"and another writes" in done.stderr
