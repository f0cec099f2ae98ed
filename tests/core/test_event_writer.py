"""What a job says while it works and how it ends, in a process of its own."""

import json
import signal
import subprocess
import sys

import pytest

from studio.core.event_writer import Progress

JOB = """
import os, sys, time
from studio.core.errors import DataError, explain
from studio.core.event_writer import run_job

def work(writer):
    {body}
    return {{"event": "done", "notes": []}}

sys.exit(run_job(work, "It was cancelled."{more}))
"""


@pytest.fixture
def job():
    """Start a job whose work is some lines."""
    started = []

    def start(body, more=""):
        code = JOB.format(body=body.replace("\n", "\n    "), more=more)
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def end_of(process):
    out, err = process.communicate(timeout=30)
    return process.returncode, [json.loads(line) for line in out.splitlines()], err.decode()


def test_the_first_and_the_last_of_a_stage_are_always_sent():
    sent = []
    progress = Progress(sent.append)
    for stage in ("one", "two"):
        for done in range(5):
            progress(stage, done, 4)
    assert [(event["stage"], event["done"]) for event in sent] == [("one", 0), ("one", 4), ("two", 0), ("two", 4)]
    sent.clear()
    for done in range(3):
        progress("of unknown length", done, 0)
    assert [event["done"] for event in sent] == [0]


def test_work_that_is_done(job):
    status, events, err = end_of(job("writer.progress('working', 1, 2)"))
    assert (status, err) == (0, "")
    assert events == [
        {"event": "progress", "stage": "working", "done": 1, "total": 2},
        {"event": "done", "notes": []},
    ]


@pytest.mark.parametrize(
    ("error", "message", "fault"),
    [
        ("DataError('No items; add some.')", "No items; add some.", False),
        ("OSError(28, 'No space left on device')", "the disk is full", False),
        ("MemoryError()", "memory", False),
        ("KeyError('k')", "KeyError: 'k'", True),
    ],
)
def test_an_error_is_a_sentence_and_a_fault_of_ours_a_traceback_too(job, error, message, fault):
    status, (event,), err = end_of(job(f"raise {error}"))
    assert (status, event["event"]) == (1, "error")
    assert message in event["message"]
    assert ("Traceback" in err) == fault


def test_a_job_may_describe_its_errors_itself(job):
    _, (event,), _ = end_of(job("raise DataError('no')", ", lambda error: f'Nothing was done: {explain(error)}.'"))
    assert event["message"] == "Nothing was done: no."


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_cancels_and_others_do_not_interrupt_the_cleaning_up(job, number, tmp_path):
    cleaned = tmp_path / "cleaned"
    process = job(
        f"try:\n    writer.progress('working', 0, 0)\n    time.sleep(60)\n"
        f"finally:\n    time.sleep(0.5)\n    open({str(cleaned)!r}, 'w').close()"
    )
    process.stdout.readline()
    process.send_signal(number)
    process.send_signal(signal.SIGTERM)
    status, (event,), err = end_of(process)
    assert (status, err) == (1, "")
    assert event == {"event": "error", "message": "It was cancelled."}
    assert cleaned.exists()


@pytest.mark.parametrize("send", ["progress('working', 0, 0)", "send({'event': 'done'})"])
def test_a_signal_whose_error_was_dropped_cancels_at_the_next_event(job, send):
    """As Python does with what a handler raises inside a callback of its own."""
    process = job(
        f"writer.progress('working', 0, 0)\ntry:\n    time.sleep(60)\nexcept BaseException:\n    pass\nwriter.{send}"
    )
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    status, events, err = end_of(process)
    assert (status, events[-1]["message"], err) == (1, "It was cancelled.", "")


def test_nobody_who_reads_cancels(job):
    process = job("for done in range(1000):\n    writer.progress(str(done), 0, 0)\n    time.sleep(0.01)")
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=30) == 1
    assert process.stderr.read() == b""
    process.stdout = None
