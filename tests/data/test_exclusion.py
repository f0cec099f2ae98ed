import numpy as np
import pytest

from studio.core.errors import SettingsError
from studio.data.exclusion import ExclusionRequest, name_without, numbers_of, ranges_of, read_numbers, repeats_of


def test_numbers_are_read_as_people_write_them():
    assert read_numbers(["17", "3-5", "#4", "19-19"], 20).tolist() == [3, 4, 5, 17, 19]
    assert read_numbers([], 20).tolist() == []


@pytest.mark.parametrize("word", ["x", "-3", "3-", "1.5", "", "2--4", "1" * 20])
def test_what_is_no_number_is_refused(word):
    with pytest.raises(SettingsError, match="no number of an item"):
        read_numbers([word], 20)


def test_numbers_out_of_bounds_are_refused():
    with pytest.raises(SettingsError, match="There is no item 20: they are numbered from 0 to 19"):
        read_numbers(["20"], 20)
    with pytest.raises(SettingsError, match="smaller number first"):
        read_numbers(["7-3"], 20)


@pytest.mark.parametrize(
    ("numbers", "ranges"),
    [([], ()), ([4], ((4, 4),)), ([9, 1, 2, 3, 8, 1], ((1, 3), (8, 9))), ([0, 2], ((0, 0), (2, 2)))],
)
def test_ranges_hold_the_numbers(numbers, ranges):
    assert ranges_of(np.array(numbers, np.int64)) == ranges
    assert numbers_of(ranges, 10).tolist() == sorted(set(numbers))


def test_the_first_of_a_group_that_is_not_left_out_stays():
    first = np.array([0, 1, 0, 0, 1, 5])
    assert repeats_of(first, np.zeros(6, np.bool_)).tolist() == [2, 3, 4]
    # Where the person has left out the first, the next one stays in its place.
    assert repeats_of(first, np.array([True, False, False, False, False, False])).tolist() == [3, 4]
    assert repeats_of(first, np.ones(6, np.bool_)).tolist() == []


def test_a_request_survives_its_journey(tmp_path):
    request = ExclusionRequest(workspace=tmp_path, dataset="digits-1", ranges=((1, 3), (8, 8)), name="fewer")
    assert ExclusionRequest.from_json(request.to_json()) == request
    for text in ("{}", "nonsense", request.to_json().replace("[8, 8]", "[-8, 8]")):
        with pytest.raises(SettingsError):
            ExclusionRequest.from_json(text)


def test_a_name_fits_where_the_old_one_is_as_long_as_can_be():
    assert name_without("digits", 12, "image") == "digits without 12 images"
    assert len(name_without("x" * 500, 1, "row")) == 500
    assert name_without("x" * 500, 1, "row").endswith(" without 1 row")
