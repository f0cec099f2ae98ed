"""What 'studio doctor' answers, or that it did not."""

import json
import sys
from types import SimpleNamespace

import pytest

from studio.desk import doctor


@pytest.fixture
def answers(monkeypatch):
    """Have the command print something; gives how it was asked."""
    asked = []

    def make(stdout, stderr=""):
        def run(command, **options):
            asked.append(command)
            return SimpleNamespace(stdout=stdout, stderr=stderr, returncode=1)

        monkeypatch.setattr(doctor.subprocess, "run", run)
        return asked

    return make


def test_the_last_document_with_findings_counts(answers, tmp_path):
    found = [{"name": "torch", "state": "ok"}]
    asked = answers("\n".join(["noise", json.dumps({"findings": []}), json.dumps({"findings": found}), "[1]", ""]))
    assert doctor.ask_doctor(tmp_path) == found
    assert asked == [[sys.executable, "-m", "studio.cli", "doctor", "--json", "--workspace", str(tmp_path)]]


@pytest.mark.parametrize("text", ["", "no json", "[1]", '{"other": 1}'])
def test_no_answer_is_said_with_the_end_of_what_it_complained(answers, tmp_path, text):
    answers(text, "x" * 500 + " the end\n")
    with pytest.raises(OSError, match=r"'studio doctor' did not answer: x{192} the end$"):
        doctor.ask_doctor(tmp_path)
