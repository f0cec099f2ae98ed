"""What is known of an item, as an array in memory and in JSON."""

import base64
import json
import zlib

import numpy as np
import pytest

from studio.core.known_values import KnownValues


def test_it_comes_back_from_json():
    real = np.array([0.1, np.nan, -3.0], np.float32)
    for values in (np.arange(-1, 23).reshape(2, 4, 3), np.array([[-1, 2**40]]), np.zeros((0, 2), np.int64), real):
        known = KnownValues(values)
        again = KnownValues.from_json(json.loads(json.dumps(known.to_json())))
        assert again == known
        assert again.values.shape == values.shape
        np.testing.assert_array_equal(again.values, values)
    assert len(json.dumps(KnownValues(np.full((64, 64, 3), -1)).to_json())) < 200


def test_a_list_of_before_is_equal_to_an_array():
    known = KnownValues(np.array([[1, -1], [2, -1]]))
    assert KnownValues.from_json([1, -1, 2, -1]) == known
    assert hash(KnownValues.from_json([1, -1, 2, -1])) == hash(known)
    assert KnownValues.from_json([1, -1, 2, -1]).shaped((2, 2)).values.tolist() == [[1, -1], [2, -1]]
    assert known != KnownValues([1, -1, 2, 3])
    assert (known.num_known, repr(known)) == (2, "KnownValues(2 of 4 known)")
    assert KnownValues([0.5, np.nan]).known.tolist() == [True, False]
    assert KnownValues([1.0, 2.0]) != KnownValues([1, 2])


def test_nobody_changes_it():
    values = np.zeros(3, np.int64)
    known = KnownValues(values)
    values[0] = 5
    assert known.values.tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="read-only"):
        known.values[0] = 1


def packed(data):
    return base64.b64encode(zlib.compress(data)).decode()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (3, "neither an array nor a list"),
        ("words", "neither an array nor a list"),
        ([1, "2"], "no list of whole numbers"),
        ([1, 2.5], "no list of whole numbers"),
        ([2**70], "no list of whole numbers"),
        ([[1, 2], [3, 4]], "no list of whole numbers"),
        ({"dtype": "object", "shape": [1], "data": packed(b"12345678")}, "neither an array nor a list"),
        ({"dtype": "int16", "shape": [2], "data": 7}, "neither an array nor a list"),
        ({"dtype": "int16", "shape": "2", "data": packed(b"1234")}, "the shape of known values is none"),
        ({"dtype": "int16", "shape": [1] * 9, "data": packed(b"12")}, "the shape of known values is none"),
        ({"dtype": "int16", "shape": [-1], "data": packed(b"12")}, "at most"),
        ({"dtype": "int16", "shape": [2**40], "data": packed(b"12")}, "at most"),
        ({"dtype": "int16", "shape": [2], "data": packed(b"12345")}, "5 bytes where their shape says 4"),
        ({"dtype": "int16", "shape": [2], "data": packed(bytes(10**7))}, "5 bytes where their shape says 4"),
        ({"dtype": "int16", "shape": [2], "data": base64.b64encode(b"1234").decode()}, "cannot be unpacked"),
        ({"dtype": "int16", "shape": [2], "data": "no base64!"}, "base64"),
    ],
)
def test_what_anybody_wrote_is_checked(value, reason):
    with pytest.raises(ValueError, match=reason):
        KnownValues.from_json(value)
