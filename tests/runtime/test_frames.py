"""Messages over a pipe: whole, or not at all."""

import io
import json

import pytest

from studio.runtime.frames import MAX_BYTES, read_frame, write_frame


def frame(data):
    return io.BytesIO(len(data).to_bytes(4, "big") + data)


def test_messages_come_one_after_another():
    stream = io.BytesIO()
    messages = [{"a": 1}, {}, {"word": "ä\n☃", "list": [1.5, None]}]
    for message in messages:
        write_frame(stream, message)
    stream.seek(0)
    assert [read_frame(stream) for _ in messages] == messages
    assert read_frame(stream) is None


@pytest.mark.parametrize("data", [b"", b"\0\0", b"\0\0\0\5{}"])
def test_a_stream_that_ends_within_a_message_has_ended(data):
    assert read_frame(io.BytesIO(data)) is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"[1]", "must be an object"),
        (b"{", "Expecting property name"),
        (b"\xff\xfe\xff", "codec can't decode"),
        (b"[" * 200_000, "nested too deeply"),
    ],
)
def test_what_is_no_message(data, said):
    with pytest.raises(ValueError, match=said):
        read_frame(frame(data))


def test_a_length_is_not_believed():
    with pytest.raises(ValueError, match=f"a message of {MAX_BYTES + 1} bytes is too long"):
        read_frame(io.BytesIO((MAX_BYTES + 1).to_bytes(4, "big")))


def test_what_the_other_side_would_not_read_is_not_written():
    stream = io.BytesIO()
    for message in ({"x": "y" * MAX_BYTES}, {"x": float("nan")}, {"x": float("inf")}):
        with pytest.raises(ValueError, match=r"too long|JSON compliant"):
            write_frame(stream, message)
    assert stream.getvalue() == b""


def test_the_longest_message_is_read():
    message = {"x": "y" * (MAX_BYTES - len(json.dumps({"x": ""})))}
    stream = io.BytesIO()
    write_frame(stream, message)
    stream.seek(0)
    assert read_frame(stream) == message
