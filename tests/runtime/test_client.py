"""The client of the service: what it does when the service dies, talks nonsense or is asked too much."""

import io
import os
import signal
import threading

import numpy as np
import pytest

from studio.core.errors import ModelError
from studio.runtime import client as module
from studio.runtime.client import SamplerClient
from studio.runtime.frames import read_frame, write_frame


def request(**values):
    return {"seed": 1, "count": 6, **values}


@pytest.mark.fault("E6")
def test_killed_between_requests_it_comes_back(client, model_path, tmp_path):
    list(client.sample(model_path, request(), tmp_path / "a.npy"))
    first = client.pid
    os.kill(first, signal.SIGKILL)
    list(client.sample(model_path, request(), tmp_path / "b.npy"))
    assert client.pid != first
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), np.load(tmp_path / "b.npy"))


def test_killed_in_a_request_it_answers_all_the_same(client, heavy_path, tmp_path):
    client.open(heavy_path)
    first = client.pid
    threading.Timer(0.3, os.kill, (first, signal.SIGKILL)).start()
    events = list(client.sample(heavy_path, request(scalars={"steps": 2000}), tmp_path / "s.npy"))
    assert events[-1]["event"] == "done"
    assert [event["event"] for event in events].count("restarted") == 1
    assert client.pid != first
    assert np.load(tmp_path / "s.npy").shape == (6, 4, 4, 1)


def test_killed_twice_in_a_request_it_says_so(client, heavy_path, tmp_path):
    client.open(heavy_path)
    stop = threading.Event()

    def kill():
        while not stop.wait(0.3):
            if client.pid is not None:
                os.kill(client.pid, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        with pytest.raises(ModelError, match="ended twice"):
            list(client.sample(heavy_path, request(scalars={"steps": 100_000}), tmp_path / "s.npy"))
    finally:
        stop.set()
        thread.join()


def test_stopped_from_another_thread_it_stays_stopped(client, heavy_path, tmp_path):
    events = client.sample(heavy_path, request(scalars={"steps": 100_000}), tmp_path / "s.npy")
    next(events)
    threading.Timer(0.5, client.stop).start()
    assert [event["event"] for event in events] == ["cancelled"]
    assert client.pid is None
    with pytest.raises(ModelError):
        client.open(heavy_path)
    assert client.pid is None


class Process:
    """A service that says what a test wrote beforehand."""

    def __init__(self, answers):
        self.stdin, self.stdout = io.BytesIO(), io.BytesIO(answers)
        self.killed = False

    def poll(self):
        return 1 if self.killed or self.stdout.tell() == len(self.stdout.getvalue()) else None

    def wait(self, timeout=None):
        self.killed = True
        return 7

    def kill(self):
        self.killed = True


def frames(*messages):
    stream = io.BytesIO()
    for message in messages:
        write_frame(stream, message)
    return stream.getvalue()


@pytest.fixture
def services(monkeypatch):
    """The services that are started, one after another, by what they are going to say."""
    answers, started = [], []

    def start(*_, **__):
        started.append(Process(answers.pop(0)))
        return started[-1]

    monkeypatch.setattr(module.subprocess, "Popen", start)
    return answers, started


def sample(tmp_path, **values):
    return SamplerClient().sample(tmp_path / "m.onnx", request(**values), tmp_path / "s.npy")


def test_answers_to_others_are_passed_over(services, tmp_path):
    answers, started = services
    answers.append(frames({"event": "done", "id": 9}, {"event": "progress", "id": 1}, {"event": "done", "id": 1}))
    assert [event["event"] for event in sample(tmp_path)] == ["started", "progress", "done"]
    (process,) = started
    process.stdin.seek(0)
    asked = read_frame(process.stdin)
    assert (asked["op"], asked["id"], asked["output"]) == ("sample", 1, str(tmp_path / "s.npy"))


@pytest.mark.parametrize("nonsense", [b"\xff\xff\xff\xff", b"\0\0\0\2[]", b"\0\0\0\2{}", b"\0\0\0\5xxxxx", b"\0\0"])
def test_nonsense_ends_the_service_and_the_request_is_asked_once_more(services, tmp_path, nonsense):
    answers, started = services
    answers += [nonsense + frames({"event": "done", "id": 1}), frames({"event": "done", "id": 1})]
    assert [event["event"] for event in sample(tmp_path)] == ["started", "restarted", "done"]
    assert started[0].killed


def test_the_second_end_is_an_error(services, tmp_path):
    services[0].extend([b"", b""])
    with pytest.raises(ModelError, match=r"^The sampler service ended twice on this request \(exit code 7\); the mod"):
        list(sample(tmp_path))


@pytest.mark.parametrize(
    ("event", "said"),
    [({"message": "It failed."}, "It failed."), ({}, "The sampler failed and did not say why.")],
)
def test_an_error_of_the_service_is_raised(services, tmp_path, event, said):
    services[0].append(frames({"event": "error", "id": 1, **event}))
    with pytest.raises(ModelError) as raised:
        list(sample(tmp_path))
    assert str(raised.value) == said


def test_what_was_cancelled_is_not_asked_again(services, tmp_path):
    answers, started = services
    answers.append(b"")
    client = SamplerClient()
    events = client.sample(tmp_path / "m.onnx", request(), tmp_path / "s.npy")
    client.cancel(next(events)["id"])
    assert [event["event"] for event in events] == ["cancelled"]
    assert len(started) == 1


def test_too_large_a_request_starts_no_service(services, tmp_path):
    with pytest.raises(
        ModelError, match=r"^The request has 16\.8 MB, which is too much; ask for fewer samples at once"
    ):
        list(sample(tmp_path, words="x" * (16 * 2**20)))
    with pytest.raises(ModelError, match=r"^A request holds a number that is not finite; give every input a plain"):
        list(sample(tmp_path, number=float("inf")))
    assert services[1] == []
