"""The inside of a decoder process: where it is, what it answers, and the time a file may take."""

import mmap
import os
import signal

import pytest

from studio.data import worker
from studio.data.decoder import Refused
from studio.data.worker import IDLE, read_position, write_position


@pytest.fixture
def shared():
    with mmap.mmap(-1, mmap.PAGESIZE) as memory:
        yield memory


class Decoder:
    """Takes the length of a content for its header, and its letters in capitals for the item."""

    def prepare(self):
        pass

    def probe(self, source, name):
        if name == "bad":
            raise Refused("no good")
        return [len(source), name]

    def decode_bytes(self, source, name, plan):
        if name == "bad":
            raise Refused("no good")
        return source.upper() if isinstance(source, bytes) else source.encode()


def work(shared, monkeypatch, plan, refused=(), parent=None, timers=None):
    timers = [] if timers is None else timers
    monkeypatch.setattr(worker.signal, "setitimer", lambda kind, seconds: timers.append((kind, seconds)))
    names, payloads = ["first", "bad", "path", "last"], [3, 2, "/a/path", 1]
    head = {"plan": plan, "refused": list(refused), "names": names, "payloads": payloads}
    return worker._work(Decoder(), head, memoryview(b"abcxxz"), shared, parent or os.getppid())


@pytest.mark.parametrize("position", [IDLE, 0, 7, 2**40])
def test_a_position_is_read_back(shared, position):
    write_position(shared, position)
    assert read_position(shared) == position


def test_headers_come_from_contents_and_paths(shared, monkeypatch):
    results, items = work(shared, monkeypatch, None)
    assert results == [[3, "first"], "no good", [7, "path"], [1, "last"]]
    assert items == b""
    assert read_position(shared) == 3


def test_items_follow_one_another_and_what_is_refused_leaves_none(shared, monkeypatch):
    results, items = work(shared, monkeypatch, [1, 1])
    assert results == [None, "no good", None, None]
    assert items == b"ABC/a/pathZ"


def test_what_was_refused_before_is_passed_over_with_its_content(shared, monkeypatch):
    results, items = work(shared, monkeypatch, [1, 1], refused=(0, 2))
    assert results == ["", "no good", "", None]
    assert items == b"Z"


def test_each_file_has_its_time(shared, monkeypatch):
    timers = []
    work(shared, monkeypatch, None, timers=timers)
    assert timers == [(signal.ITIMER_REAL, worker.TIMEOUT_S), (signal.ITIMER_REAL, 0)] * 4


def test_it_ends_with_its_importer(shared, monkeypatch):
    with pytest.raises(EOFError):
        work(shared, monkeypatch, None, parent=-1)


def test_a_modality_that_no_decoder_reads():
    with pytest.raises(ValueError, match="no decoder reads files of the modality 'smell'"):
        worker._decoder_of("smell")
