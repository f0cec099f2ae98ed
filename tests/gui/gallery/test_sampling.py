"""The sampler service behind its thread: one at a time, the last wins, every request has one end."""

import os
from collections import Counter

import numpy as np
import pytest

from studio.core.request import SampleRequest


@pytest.fixture
def thread(app):
    from studio.gui.gallery.sampling import SamplerThread

    made = SamplerThread()
    made.ends = []
    for name in ("opened", "finished", "cancelled", "failed"):
        getattr(made, name).connect(lambda number, *rest, name=name: made.ends.append((number, name)))
    yield made
    made.close()


def test_open_and_sample(thread, export_file, wait_until, tmp_path):
    path, manifest = export_file("m-1")
    opened, last = [], []
    thread.opened.connect(lambda *values: opened.append(values))
    thread.finished.connect(lambda number, event: last.append(event))
    first = thread.open(path)
    second = thread.sample(path, SampleRequest(count=3), tmp_path / "s.npy")
    wait_until(lambda: len(thread.ends) == 2)
    assert thread.ends == [(first, "opened"), (second, "finished")]
    assert opened[0][1:] == (path, manifest, "CPUExecutionProvider")
    assert last[0]["provider"] == "CPUExecutionProvider"
    assert np.load(tmp_path / "s.npy").shape == (3, 4, 4, 1)


def test_it_is_warm_before_anything_is_asked(thread, wait_until):
    thread.start()
    thread.start()
    wait_until(lambda: thread.pid is not None)
    pid = thread.pid
    thread.close()
    assert not os.path.exists(f"/proc/{pid}")


def test_every_request_ends_once_and_the_last_is_answered(thread, export_file, wait_until, tmp_path):
    path, _ = export_file("heavy", 1500)
    numbers = [
        thread.sample(path, SampleRequest(count=8, seed=seed, scalars={"steps": 300}), tmp_path / f"{seed}.npy")
        for seed in range(20)
    ]
    wait_until(lambda: len(thread.ends) == 20, 60)
    assert Counter(number for number, _ in thread.ends) == Counter(numbers)
    assert thread.ends[-1] == (numbers[-1], "finished")
    # What is already at work when the next comes may still get to its end; what waits is never begun.
    names = Counter(name for _, name in thread.ends[:-1])
    assert set(names) <= {"cancelled", "finished"}
    assert names["cancelled"] >= 15


def test_only_early_openings_replace_one_another(thread, export_file, wait_until):
    paths = [export_file(name)[0] for name in ("m-1", "m-2", "m-3")]
    wanted = thread.open(paths[0])
    early = [thread.open(path, early=True) for path in paths]
    wait_until(lambda: len(thread.ends) == 4)
    ends = dict(thread.ends)
    assert (ends[wanted], ends[early[2]]) == ("opened", "opened")


def test_a_failure_is_told_and_the_thread_goes_on(thread, export_file, wait_until, tmp_path):
    path, _ = export_file("m-1")
    bad = thread.open(tmp_path / "none.onnx")
    worse = thread.sample(path, SampleRequest(count=2), tmp_path / "no such folder" / "s.npy")
    good = thread.sample(path, SampleRequest(count=2), tmp_path / "s.npy")
    wait_until(lambda: len(thread.ends) == 3)
    ends = dict(thread.ends)
    assert (ends[bad], ends[good]) == ("failed", "finished")
    assert ends[worse] in ("failed", "cancelled")


def test_closing_ends_what_is_worked_on(thread, export_file, wait_until, tmp_path):
    path, _ = export_file("heavy", 1500)
    came = []
    thread.progressed.connect(lambda *values: came.append(values))
    number = thread.sample(path, SampleRequest(count=5000, scalars={"steps": 400}), tmp_path / "s.npy")
    wait_until(lambda: came)
    pid = thread.pid
    thread.close()
    assert not os.path.exists(f"/proc/{pid}")
    wait_until(lambda: thread.ends == [(number, "cancelled")])
