"""What an archive may unpack to, and the sentences of one that is damaged."""

import errno
import io
import zlib

import pytest

from studio.core.errors import DataError
from studio.data.unpacking import ARRAY_GRACE, ARRAY_RATIO, Metered, check_ratio, unpacking


def test_meter_counts_what_is_skipped():
    stream = Metered(io.BytesIO(bytes(3000)), "a", packed=1, ratio=10, grace=2000)
    assert stream.seek(1500) == 1500
    with pytest.raises(DataError, match="unpacks to at least"):
        stream.seek(2999)
    with pytest.raises(DataError, match="-1"):
        stream.read()


def test_a_small_archive_may_unpack_to_the_grace_and_a_large_one_to_so_many_times_its_size():
    check_ratio("a", packed=1, unpacked=2000, ratio=10, grace=2000)
    check_ratio("a", packed=1000, unpacked=10_000, ratio=10, grace=2000)
    for packed, unpacked in ((1, 2001), (1000, 10_001)):
        with pytest.raises(DataError, match=r"^a has .* but unpacks to at least .*; unpack it yourself if you trust"):
            check_ratio("a", packed, unpacked, ratio=10, grace=2000)


def test_arrays_may_unpack_to_a_quarter_of_a_gigabyte():
    check_ratio("a", 1, 268_400_000, ARRAY_RATIO, ARRAY_GRACE)
    with pytest.raises(DataError, match="unpacks to at least 269 MB, more than the 268 MB allowed"):
        check_ratio("a", 1, 268_600_000, ARRAY_RATIO, ARRAY_GRACE)


def test_reads_are_whole_and_counted():
    class Dripping(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 3))

    stream = Metered(Dripping(b"0123456789"), "a", packed=100)
    assert stream.readable()
    assert stream.read(7) == b"0123456"
    assert stream.tell() == 7
    assert stream.read(7) == stream.last == b"789"
    assert stream.read(7) == b""


def test_it_only_goes_forward():
    stream = Metered(io.BytesIO(bytes(10)), "a", packed=100)
    stream.seek(5)
    for offset, whence in ((4, io.SEEK_SET), (1, io.SEEK_CUR), (0, io.SEEK_END)):
        with pytest.raises(ValueError, match="only goes forward"):
            stream.seek(offset, whence)
    assert stream.seek(99) == 10


def test_a_part_that_claims_too_much_is_damage():
    stream = Metered(io.BytesIO(), "a", packed=100)
    with pytest.raises(DataError, match=r"^a is damaged: one of its parts claims 2\.15 GB\.$"):
        stream.read(2**31)


def test_the_stream_below_is_closed_too():
    below = io.BytesIO()
    Metered(below, "a", packed=1).close()
    assert below.closed


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NotImplementedError("type 97"), "a uses a compression that is not supported (type 97); pack it again."),
        (zlib.error("bad block"), "a is damaged or cut short (bad block); get it again."),
        (EOFError("ended"), "a is damaged or cut short (ended); get it again."),
        (OSError("not a gzipped file"), "a is damaged or cut short (not a gzipped file); get it again."),
        (DataError("as it was."), "as it was."),
    ],
)
def test_damage_is_one_sentence(error, said):
    with pytest.raises(DataError) as raised, unpacking("a"):
        raise error
    assert str(raised.value) == said


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), MemoryError()])
def test_what_is_no_damage_goes_through(error):
    with pytest.raises(type(error)) as raised, unpacking("a"):
        raise error
    assert raised.value is error
