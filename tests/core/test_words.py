"""Numbers and foreign text in words."""

import os

import pytest

from studio.core.modality import ImageSpec
from studio.core.words import breakable, duration, moment, number_of, one_line, path_text, readable_size


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (92, "1:32"), (3600, "1:00:00"), (7325, "2:02:05"), (-3, "0:00")]
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_moments_are_short_for_today():
    now = 1_800_000_000.0
    assert moment(now - 60, now).startswith("today ")
    assert not moment(now - 3 * 86_400, now).startswith("today")
    assert moment(now - 900 * 86_400, now)[-4:].isdigit()


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1500, "1.5 kB"),
        (5.5e7, "55 MB"),
        (67_108_864, "67.1 MB"),
        (2e15, "2e+03 TB"),
    ],
)
def test_sizes(count, text):
    assert readable_size(count) == text


def test_counts_and_shapes():
    assert number_of(1, "item") == "1 item"
    assert number_of(12_403, "item") == "12,403 items"
    assert number_of(2, "class") == "2 classes"
    assert ImageSpec(shape=(28, 32, 1)).size == "32 x 28 grey"


def test_foreign_text_stays_in_its_line():
    assert one_line("a\n\tb\udcff") == "a b\\udcff"
    assert "\u200b" in breakable("x" * 200)


def test_a_path_in_the_own_folder_is_short():
    home = os.path.expanduser("~")
    assert path_text(os.path.join(home, "studio", "datasets")) == os.path.join("~", "studio", "datasets")
    assert path_text(home + "-other/x") == home + "-other/x"
    assert path_text("/") == "/"
