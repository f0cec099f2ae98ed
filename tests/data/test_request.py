import pytest
from pydantic import ValidationError

from studio.core.errors import SettingsError
from studio.data.request import ImportRequest, parse_size


@pytest.mark.parametrize(
    ("text", "size"), [("32", (32, 32)), ("32x48", (48, 32)), (" 1X1024 ", (1024, 1)), ("3\u00d74", (4, 3))]
)
def test_size_is_read_as_people_write_it(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["0", "1025", "32x0", "1x2000", "", "x", "32x", "-4", "3.5", "3x3x3", "9" * 12, "\u0663"]
)
def test_wrong_size_is_refused_in_one_sentence(text):
    with pytest.raises(SettingsError) as caught:
        parse_size(text)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_request_survives_json_with_names_that_are_not_utf8(tmp_path):
    request = ImportRequest(workspace=tmp_path / "w", paths=("bad\udcff.png", "good.png"), size=(3, 5), seed=7)
    assert ImportRequest.from_json(request.to_json()) == request


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("nonsense", "JSON"),
        ('{"workspace": "w", "paths": []}', "paths"),
        ('{"workspace": "w", "paths": [3]}', "paths"),
        ('{"workspace": "w", "paths": ["a"], "size": [0, 3]}', "1024"),
        ('{"workspace": "w", "paths": ["a"], "unknown": 1}', "unknown"),
    ],
)
def test_damaged_request_is_refused(text, word):
    with pytest.raises(SettingsError, match=word):
        ImportRequest.from_json(text)


def test_request_refuses_seed_out_of_bounds(tmp_path):
    with pytest.raises(ValidationError):
        ImportRequest(workspace=tmp_path, paths=("a",), seed=2**32)
