"""What a person asks of a column is understood, or it is said in one sentence why not."""

import numpy as np
import pytest

from studio.core.errors import SettingsError
from studio.core.modality import Column
from studio.desk.row_condition import Among, Between, Condition, Missing, is_condition, read_condition

CARAT = Column(name="carat", step=0.01, knots=(0.2, 5.01))
CUT = Column(name="cut", kind="category", categories=("Fair", "Good", "Ideal"))
RATE = Column(name="Rate = net", knots=(0.0, 1.0))
DAY = Column(name="day", kind="date", origin="2026-01-01")
ROOMS = Column(name="rooms", kind="whole", step=1.0)
COLUMNS = (CARAT, CUT, RATE, DAY, ROOMS)


def passing(text, *values):
    condition = read_condition(text, COLUMNS)
    return condition.passes(COLUMNS[condition.place], np.array(values, np.float32)).tolist()


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("carat > 0.23", (0.22, 0.23, 0.24, np.nan), [False, False, True, False]),
        ("carat>=0.23", (0.22, 0.23), [False, True]),
        ("carat > 0.235", (0.23, 0.24), [False, True]),
        ("CARAT = 0.3", (0.3, 0.31), [True, False]),
        ("carat != 0.3", (0.3, 0.31, np.nan), [False, True, True]),
        ("Rate = net = 0.1", (0.1, 0.10001), [True, False]),
        ("rate = net ≤ 0.1", (0.1, 0.2, np.nan), [True, False, False]),
        ("cut = ideal", (0, 2, np.nan), [False, True, False]),
        ("cut ≠ Ideal", (0, 2, np.nan), [True, False, True]),
        ("carat = missing", (0.3, np.nan), [False, True]),
        ("carat != Missing", (0.3, np.nan), [True, False]),
        ("day = 2026-01-02", (0.9, 1.0, 1.5, 2.0), [False, True, True, False]),
        ("day < 2026-01-02", (0.9, 1.0), [True, False]),
        ("rooms == 3", (2, 3), [False, True]),
    ],
)
def test_what_passes(text, values, expected):
    assert is_condition(text)
    assert passing(text, *values) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("prise > 3", "No column is called 'prise'; they are carat, cut, Rate = net, day, rooms."),
        ("> 3", "Write the name of a column first; they are"),
        ("carat >", "Write a value after 'carat >', such as 0.20."),
        ("carat > big", "'carat' is a number, and 'big' is none"),
        ("cut > Fair", "'cut' has categories, which have no order"),
        ("cut = Superb", "'cut' is not 'Superb'; it is one of Fair, Good, Ideal."),
        ("carat < missing", "What is missing has no order"),
        ("day > soon", "'day' is a date"),
    ],
)
def test_what_is_not_understood_is_said(text, sentence):
    with pytest.raises(SettingsError, match="^" + sentence.replace("(", r"\(")):
        read_condition(text, COLUMNS)


def test_a_word_is_no_condition():
    assert not is_condition("Ideal")
    assert not is_condition("#17")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("carat > 0.5", "carat > 0.50"),
        ("carat <= 0.5", "carat ≤ 0.50"),
        ("carat != 0.5", "carat ≠ 0.50"),
        ("cut != Good", "cut ≠ Good"),
        ("cut = missing", "cut is missing"),
        ("cut != missing", "cut is not missing"),
    ],
)
def test_its_words(text, words):
    condition = read_condition(text, COLUMNS)
    assert condition.words(COLUMNS[condition.place]) == words


def test_words_of_ranges_and_several():
    assert Condition(0, Between(0.2, 0.3, with_high=False)).words(CARAT) == "0.20 ≤ carat < 0.30"
    assert Condition(1, Among((0, 1))).words(CUT) == "cut = Fair or Good"
    many = Column(name="a\nb", kind="category", categories=tuple("abcdef"))
    assert Condition(0, Among((0, 1, 2, 3))).words(many) == "a b = one of 4"
    assert Condition(0, Missing()).words(many) == "a b is missing"
