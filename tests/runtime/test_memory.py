"""What a stranger's file may take of memory."""

import pytest

from studio.core.errors import ModelError
from studio.runtime.memory import MemoryShortError, is_memory, loading_bytes, running_bytes


def test_a_run_may_take_four_gigabytes_or_what_a_person_allows(monkeypatch):
    monkeypatch.delenv("STUDIO_SAMPLER_MEMORY", raising=False)
    assert running_bytes() == 4 * 2**30
    monkeypatch.setenv("STUDIO_SAMPLER_MEMORY", "0.5")
    assert running_bytes() == 2**29


@pytest.mark.parametrize("text", ["", "much", "0", "-1", "nan", "inf", "1e9"])
def test_what_is_no_number_of_gigabytes(monkeypatch, text):
    monkeypatch.setenv("STUDIO_SAMPLER_MEMORY", text)
    with pytest.raises(ModelError, match=r"^STUDIO_SAMPLER_MEMORY must be a number of gigabytes, such as 8\.$"):
        running_bytes()


def test_loading_grows_with_the_file_and_with_what_is_allowed(monkeypatch, tmp_path):
    monkeypatch.setattr("studio.runtime.memory.os.cpu_count", lambda: 2)
    file = tmp_path / "m.onnx"
    file.write_bytes(bytes(1000))
    assert loading_bytes(tmp_path / "none.onnx") == 2**30 + 2 * 16 * 2**20
    assert loading_bytes(file) == loading_bytes(tmp_path) + 8000
    monkeypatch.setenv("STUDIO_SAMPLER_MEMORY", "64")
    assert loading_bytes(file) == 16 * 2**30


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (RuntimeError("std::bad_alloc"), True),
        (RuntimeError("bad allocation"), True),
        (RuntimeError("Failed to allocate memory for requested buffer"), True),
        (RuntimeError("onnxruntime bfc_arena.cc:376"), True),
        (RuntimeError("invalid graph"), False),
    ],
)
def test_errors_that_mean_memory(error, expected):
    assert is_memory(error) is expected


def test_the_sentence_says_what_to_do():
    assert str(MemoryShortError("m.onnx", 4 * 10**9)) == (
        "m.onnx wants more than the 4 GB of memory that a model may have, or than is free here; "
        "close other programs, or where you trust it allow more by STUDIO_SAMPLER_MEMORY=GB in the environment."
    )
