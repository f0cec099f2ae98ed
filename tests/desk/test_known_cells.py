"""Cells that a person knows are read as the columns say, and a wrong one changes nothing."""

import numpy as np
import pytest

from studio.core.errors import SettingsError
from studio.core.known_values import KnownValues
from studio.core.modality import Column, TableSpec
from studio.desk.known_cells import KnownCellsDraft

SPEC = TableSpec(
    shape=(3,),
    columns=(
        Column(name="cut", kind="category", categories=("Fair", "Good")),
        Column(name="carat", knots=(0.0, 5.0), step=0.01),
        Column(name="sold", kind="date", origin="2020-01-01", step=1.0, knots=(0.0, 900.0)),
    ),
)


def test_words_become_cells_and_back():
    draft = KnownCellsDraft(SPEC)
    assert (draft.value(), draft.summary) == (None, "")
    draft.set_word(0, "good")
    draft.set_word(1, "0.704")
    draft.set_word(2, "2020-01-31")
    assert [draft.word(place) for place in range(3)] == ["Good", "0.70", "2020-01-31"]
    assert draft.summary == "3 of 3 known"
    assert draft.value() == KnownValues(np.array([1.0, 0.70, 30.0], np.float32))
    draft.set_word(0, " ")
    assert draft.word(0) == ""
    assert draft.num_known == 2


def test_a_word_that_the_column_cannot_hold_changes_nothing():
    draft = KnownCellsDraft(SPEC)
    draft.set_word(1, "2")
    for place, word in ((0, "Royal"), (1, "much"), (2, "yesterday")):
        with pytest.raises(SettingsError):
            draft.set_word(place, word)
    assert [draft.word(place) for place in range(3)] == ["", "2.00", ""]


def test_a_row_is_taken_with_what_is_free():
    draft = KnownCellsDraft(SPEC)
    draft.set_known(KnownValues(np.array([np.nan, 1.5, np.nan], np.float32)))
    assert draft.summary == "1 of 3 known"
    draft.set_known(None)
    assert draft.value() is None
