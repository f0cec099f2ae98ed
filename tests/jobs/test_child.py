"""Jobs that print events: their result, their failure in one sentence, their cancel."""

import os
import signal
import sys

import pytest

from studio.jobs.child import ChildJob, JobFailed


@pytest.fixture
def job(workspace, modules):
    """Start a job of the given source."""

    def start(source, arguments=(), files=None):
        modules("toy_job", "import json, os, sys, time\n" + source)
        return ChildJob(workspace, "toy_job", arguments, files)

    return start


def say(**event):
    return f"print({__import__('json').dumps(event)!r}, flush=True)\n"


def failure(started):
    with pytest.raises(JobFailed) as raised:
        list(started.events())
    assert not started.folder.exists()
    assert started.process.poll() is not None
    return str(raised.value)


def test_events_and_result(job):
    started = job(say(event="progress", done=1, total=2) + say(event="done", items=3))
    assert list(started.events()) == [{"event": "progress", "done": 1, "total": 2}, {"event": "done", "items": 3}]
    assert not started.folder.exists()


def test_the_result_after_its_progress(job):
    told = []
    source = say(event="progress", stage="reading", done=1, total=2) + say(event="done", items=3)
    assert job(source).result(lambda *now: told.append(now), dict) == {"event": "done", "items": 3}
    assert told == [("reading", 1, 2)]
    with pytest.raises(JobFailed, match=r"^The file is no image$"):
        job(say(event="error", message="The file is no image")).result(lambda *_: None, dict)


def test_the_result_is_read_before_the_folder_goes(job):
    source = "open(sys.argv[1] + '/made', 'w').write('x')\n" + say(event="done")
    started = job(source, ["{folder}"])
    assert started.result(lambda *_: None, lambda _: (started.folder / "made").read_text()) == "x"
    assert not started.folder.exists()


def test_files_and_the_folder_are_handed_over(job):
    source = "print(json.dumps({'event': 'done', 'text': open(sys.argv[1]).read(), 'rest': sys.argv[2:]}))\n"
    started = job(source, ["{folder}/request.json", "a b", "ä"], {"request.json": "ä☃"})
    assert list(started.events()) == [{"event": "done", "text": "ä☃", "rest": ["a b", "ä"]}]


def test_events_come_while_the_job_works(job):
    started = job(say(event="progress", done=1) + "time.sleep(60)\n")
    events = started.events()
    assert next(events)["done"] == 1
    assert started.process.poll() is None
    events.close()
    assert started.process.poll() is not None
    assert not started.folder.exists()


@pytest.mark.fault("B17")
def test_lines_that_are_no_events_are_passed_over(job):
    source = "print('hello')\nprint('[1]')\nprint('{}')\nsys.stdout.buffer.write(b'\\xff\\xfe\\n')\n"
    assert list(job(source + say(event="done")).events()) == [{"event": "done"}]


def test_a_line_in_pieces(job):
    source = "sys.stdout.write('{\"event\": ')\nsys.stdout.flush()\ntime.sleep(0.2)\nprint('\"done\"}')\n"
    assert list(job(source).events()) == [{"event": "done"}]


@pytest.mark.fault("B17")
def test_much_output(job):
    source = "for n in range(20000): print(json.dumps({'event': 'progress', 'n': n}))\n" + say(event="done")
    events = list(job(source).events())
    assert [event["n"] for event in events[:-1]] == list(range(20000))


def test_a_failure_in_its_own_words(job):
    assert failure(job(say(event="error", message="The file is no image; choose another."))) == (
        "The file is no image; choose another."
    )


def test_a_traceback_becomes_its_last_line(job):
    text = failure(job("raise ValueError('out of range')\n"))
    assert text == "The job ended unexpectedly (exit code 1): ValueError: out of range"


@pytest.mark.fault("B2")
def test_an_early_end_is_no_success(job):
    assert failure(job("sys.exit(0)\n")) == "The job ended unexpectedly (exit code 0): it said nothing"


def test_a_killed_job(job):
    text = failure(job(f"os.kill(os.getpid(), {int(signal.SIGKILL)})\n"))
    assert text == "The job was killed, most likely because memory ran out; close other programs and try again."


@pytest.mark.fault("B2")
def test_a_crashed_job(job):
    assert "exit code -11" in failure(job("import ctypes\nctypes.string_at(0)\n"))


@pytest.mark.fault("B20")
def test_a_missing_module(workspace, modules):
    text = failure(ChildJob(workspace, "no_such_module", []))
    assert text.startswith("The job ended unexpectedly (exit code 1): ")
    assert "No module named no_such_module" in text


def test_cancel_lets_the_job_clean_up(job, tmp_path):
    source = (
        "import signal\n"
        f"signal.signal(signal.SIGTERM, lambda *_: (open({str(tmp_path / 'clean')!r}, 'w').close(), sys.exit(0)))\n"
    )
    started = job(source + say(event="progress", done=0) + "time.sleep(60)\n")
    events = started.events()
    next(events)
    started.cancel()
    assert (tmp_path / "clean").exists()
    with pytest.raises(JobFailed, match="exit code 0"):
        list(events)


@pytest.mark.fault("A16")
def test_cancel_ends_a_job_that_does_not_listen(job, monkeypatch, ended, wait_for):
    """And the processes that it started."""
    monkeypatch.setattr("studio.jobs.child._PATIENCE_S", 0.2)
    source = (
        "import signal, subprocess\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"inner = subprocess.Popen([{sys.executable!r}, '-c', 'import time; time.sleep(60)'])\n"
        "print(json.dumps({'event': 'progress', 'inner': inner.pid}), flush=True)\n"
        "time.sleep(60)\n"
    )
    started = job(source)
    events = started.events()
    inner = next(events)["inner"]
    events.close()
    # Not 0, as after the minute that it would sleep.
    assert started.process.returncode == -signal.SIGKILL
    wait_for(lambda: ended(inner))


def test_ctrl_c_while_waiting_ends_the_job(job):
    started = job(say(event="progress", done=0) + "time.sleep(60)\n")

    def interrupt():
        for _ in started.events():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    # The generator is closed when it is collected; its process ends with it.
    started.process.wait(timeout=15)
    assert not started.folder.exists()


def test_a_waited_for_job_is_no_leftover(job, workspace):
    started = job(say(event="progress", done=0) + "time.sleep(0.3)\n" + say(event="done"))
    events = started.events()
    next(events)
    os.utime(started.folder, (1, 1))
    workspace.remove_leftovers()
    assert started.folder.exists()
    assert [event["event"] for event in events] == ["done"]
