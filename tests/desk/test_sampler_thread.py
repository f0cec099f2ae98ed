"""The sampler service behind its thread: one at a time, the last wins, every request has one end."""

import os
import time
from collections import Counter

import numpy as np
import pytest

from studio.core.request import SampleRequest
from studio.core.token_likelihood import TokenQuestion
from studio.desk.job import Cancelled, Failed, Finished
from studio.desk.sampler_thread import Opened, SamplerThread, SamplesCame, TokensScored
from tests.toy_texts import stored

ENDS = (Opened, TokensScored, Finished, Cancelled, Failed)


def wait_until(predicate, timeout_s=20.0):
    until = time.monotonic() + timeout_s
    while not predicate():
        assert time.monotonic() < until, "what was waited for did not come"
        time.sleep(0.002)


@pytest.fixture
def thread():
    made = SamplerThread()
    made.told = []
    yield made
    made.close()


@pytest.fixture
def tell(thread):
    """Hear what happens to a request, under a name."""
    return lambda name: lambda event: thread.told.append((name, event))


def ends(thread):
    return [(name, event) for name, event in thread.told if isinstance(event, ENDS)]


def test_open_and_sample(thread, tell, export_file, tmp_path):
    path, manifest = export_file("m-1")
    thread.open(path, tell("first"))
    thread.sample(path, SampleRequest(count=3), tmp_path / "s.npy", tell("second"))
    wait_until(lambda: len(ends(thread)) == 2)
    (first, opened), (second, last) = ends(thread)
    assert (first, opened) == ("first", Opened(manifest, "CPUExecutionProvider"))
    assert second == "second"
    assert last.result["provider"] == "CPUExecutionProvider"
    assert np.load(tmp_path / "s.npy").shape == (3, 4, 4, 1)


def test_it_is_warm_before_anything_is_asked(thread):
    thread.start()
    thread.start()
    wait_until(lambda: thread.pid is not None)
    pid = thread.pid
    thread.close()
    assert not os.path.exists(f"/proc/{pid}")


def test_every_request_ends_once_and_the_last_is_answered(thread, tell, export_file, tmp_path):
    path, _ = export_file("heavy", 1500)
    for seed in range(20):
        request = SampleRequest(count=8, seed=seed, scalars={"steps": 300})
        thread.sample(path, request, tmp_path / f"{seed}.npy", tell(seed))
    wait_until(lambda: len(ends(thread)) == 20, 60)
    assert Counter(name for name, _ in ends(thread)) == Counter(range(20))
    name, last = ends(thread)[-1]
    assert (name, type(last)) == (19, Finished)
    # What is already at work when the next comes may still get to its end; what waits is never begun.
    kinds = Counter(type(event) for _, event in ends(thread)[:-1])
    assert set(kinds) <= {Cancelled, Finished}
    assert kinds[Cancelled] >= 15


def test_only_early_openings_replace_one_another(thread, tell, export_file):
    paths = [export_file(name)[0] for name in ("m-1", "m-2", "m-3")]
    thread.open(paths[0], tell("wanted"))
    for number, path in enumerate(paths):
        thread.open(path, tell(number), early=True)
    wait_until(lambda: len(ends(thread)) == 4)
    found = dict(ends(thread))
    assert isinstance(found["wanted"], Opened)
    assert isinstance(found[2], Opened)


def test_a_newer_question_about_tokens_replaces_one_that_waits(thread, tell, bigrams, export_file, tmp_path):
    """It ends no drawing, and no drawing ends it."""
    heavy, _ = export_file("heavy", 1500)
    path, probability = bigrams
    drawing = SampleRequest(count=8, scalars={"steps": 200})
    thread.sample(heavy, drawing, tmp_path / "s.npy", tell("samples"))
    questions = [TokenQuestion(tokens=tuple(stored(text)[0].tolist())) for text in ("a", "b", "c")]
    for number, question in enumerate(questions):
        thread.score_tokens(path, question, tell(number))
    wait_until(lambda: len(ends(thread)) == 4, 60)
    found = dict(ends(thread))
    assert isinstance(found["samples"], Finished)
    assert isinstance(found[0], Cancelled)
    assert isinstance(found[1], Cancelled)
    assert isinstance(found[2], TokensScored)
    token = questions[2].tokens[0]
    assert found[2].tokens[0].probability == pytest.approx(probability[0, token], rel=1e-4)


def test_a_failure_is_told_and_the_thread_goes_on(thread, tell, export_file, tmp_path):
    path, _ = export_file("m-1")
    thread.open(tmp_path / "none.onnx", tell("bad"))
    thread.sample(path, SampleRequest(count=2), tmp_path / "no such folder" / "s.npy", tell("worse"))
    thread.sample(path, SampleRequest(count=2), tmp_path / "s.npy", tell("good"))
    wait_until(lambda: len(ends(thread)) == 3)
    found = dict(ends(thread))
    assert isinstance(found["bad"], Failed)
    assert isinstance(found["good"], Finished)
    assert isinstance(found["worse"], Failed | Cancelled)


def test_a_request_is_cancelled_by_its_handle_waiting_or_at_work(thread, tell, export_file, tmp_path):
    path, _ = export_file("heavy", 1500)
    at_work = thread.sample(path, SampleRequest(count=5000, scalars={"steps": 400}), tmp_path / "a.npy", tell("a"))
    wait_until(lambda: any(isinstance(event, SamplesCame) for _, event in thread.told))
    waiting = thread.open(path, tell("b"))
    waiting.cancel()
    assert ends(thread) == [("b", Cancelled())]
    at_work.cancel()
    wait_until(lambda: len(ends(thread)) == 2)
    at_work.cancel()
    waiting.cancel()
    assert ends(thread) == [("b", Cancelled()), ("a", Cancelled())]


def test_closing_ends_what_is_worked_on(thread, tell, export_file, tmp_path):
    path, _ = export_file("heavy", 1500)
    thread.sample(path, SampleRequest(count=5000, scalars={"steps": 400}), tmp_path / "s.npy", tell("a"))
    wait_until(lambda: thread.told)
    pid = thread.pid
    thread.close()
    assert not os.path.exists(f"/proc/{pid}")
    assert ends(thread) == [("a", Cancelled())]
