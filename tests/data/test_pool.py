import faulthandler
import os
import signal
import time

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.data import worker
from studio.data.decoder import Refused
from studio.data.image import decode
from studio.data.image.fit import Plan
from studio.data.pool import Chunk, DecoderPool

PLAN = Plan(4, 4, 1, "crop", 255)


@pytest.fixture
def pictures(png, noise_image):
    return [png(noise_image(4, 4, 1, number)) for number in range(40)]


def chunks(pictures, size=8):
    for start in range(0, len(pictures), size):
        indices = list(range(start, min(start + size, len(pictures))))
        yield Chunk(indices, [f"{index}.png" for index in indices], [pictures[index] for index in indices])


def expected(noise_image, numbers):
    return b"".join(noise_image(4, 4, 1, number).tobytes() for number in numbers)


def test_answers_come_in_order(pictures, noise_image):
    with DecoderPool("image", 3) as pool:
        assert [each for answer in pool.run(chunks(pictures), None) for each in answer.results] == [[4, 4, True]] * 40
        answers = list(pool.run(chunks(pictures), PLAN))
    assert [index for answer in answers for index in answer.indices] == list(range(40))
    assert b"".join(answer.items for answer in answers) == expected(noise_image, range(40))


@pytest.mark.parametrize(
    ("ending", "reason"), [("crash", "crashed"), ("hang", "longer than 0.3 s"), ("exit", "crashed")]
)
@pytest.mark.fault("A16")
def test_a_crash_or_a_hang_costs_one_file(monkeypatch, pictures, noise_image, ending, reason):
    real = decode.decode

    def fragile(source, name, plan):
        if name in ("5.png", "6.png", "22.png"):
            if ending == "crash":
                faulthandler.disable()  # pytest's own; it would report this crash as its own
                os.abort()
            if ending == "exit":
                os._exit(0)
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
            while True:
                time.sleep(10)
        return real(source, name, plan)

    monkeypatch.setattr(decode, "decode", fragile)
    monkeypatch.setattr(worker, "TIMEOUT_S", 0.3)
    with DecoderPool("image", 2) as pool:
        answers = list(pool.run(chunks(pictures), PLAN))
    results = [each for answer in answers for each in answer.results]
    bad = [number for number, each in enumerate(results) if each is not None]
    assert bad == [5, 6, 22]
    assert all(reason in results[number] for number in bad)
    good = [number for number in range(40) if number not in bad]
    assert b"".join(answer.items for answer in answers) == expected(noise_image, good)


def test_workers_that_end_over_nothing_end_the_import(monkeypatch, pictures):
    monkeypatch.setattr(worker, "_work", lambda *_: os._exit(3))
    with DecoderPool("image", 1) as pool, pytest.raises(DataError, match="keep ending"):
        list(pool.run(chunks(pictures), PLAN))


def test_an_answer_of_the_wrong_size_is_not_believed(monkeypatch, pictures):
    monkeypatch.setattr(worker, "_work", lambda decoder, head, *_: ([None] * len(head["names"]), b"short"))
    with DecoderPool("image", 1) as pool, pytest.raises(DataError, match="keep ending"):
        list(pool.run(chunks(pictures), PLAN))


@pytest.mark.fault("A6")
def test_memory_is_limited(monkeypatch, pictures):
    def greedy(source, name, plan):
        try:
            return np.ones((5 * 2**30,), np.uint8)[:16].reshape(4, 4, 1)
        except MemoryError as error:
            raise Refused("too much memory") from error

    monkeypatch.setattr(decode, "decode", greedy)
    with DecoderPool("image", 1) as pool:
        (answer,) = pool.run(chunks(pictures[:1]), PLAN)
    assert answer.results == ["too much memory"]


def test_no_worker_outlives_the_pool(pictures):
    with DecoderPool("image", 2) as pool:
        list(pool.run(chunks(pictures), None))
        pids = [child.process.pid for child in pool._children]
        assert all(os.path.exists(f"/proc/{pid}") for pid in pids)
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)
