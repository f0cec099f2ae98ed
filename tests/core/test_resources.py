"""Shipped files."""

import pytest

from studio.core.errors import explain
from studio.core.resources import resource


def test_a_shipped_file_is_found(repository):
    assert resource(".").is_dir()
    assert resource(".") == repository / "resources"


def test_a_missing_one_says_what_to_do():
    with pytest.raises(FileNotFoundError) as raised:
        resource("no-such-file")
    assert "no-such-file" in explain(raised.value)
