"""Rows of a table are filtered, sorted and worded by the columns of its data set and those that the studio adds."""

import numpy as np
import pytest

from studio.core.modality import Column, TableSpec
from studio.desk import row_sheet as module
from studio.desk.items import ItemFilter, open_items
from studio.desk.ranking import Ranking
from studio.desk.row_condition import Among, Between, Condition, Missing
from studio.desk.row_reader import Dropped, RowReader
from studio.desk.row_sheet import RowSheet, RowSource, RowWish, Sorting, choose_rows, source_of
from studio.store.rows import Rows
from studio.testing import toy_mixed_table, toy_table


def choose(opened, *others):
    return choose_rows(source_of(opened), *others)


@pytest.fixture
def opened(workspace):
    return open_items(workspace.folder("datasets") / toy_mixed_table(workspace, 2, 200).document.id)


@pytest.fixture
def sheet(opened):
    return RowSheet(source_of(opened), RowReader(opened.rows))


def place(sheet, name):
    return [column.name for column in sheet.columns].index(name)


def test_class_and_split_are_columns_before_the_others(opened, sheet):
    names = [sheet.columns[place].name for place in sheet.shown]
    assert names == ["class", "split", "length", "rooms", "colour", "sold", "day"]
    labels = sheet.values(place(sheet, "class"), np.arange(200))
    np.testing.assert_array_equal(labels, opened.data.labels)
    assert sheet.words(place(sheet, "split"), [0, 2]) == ["train", "test"]
    assert sheet.words(place(sheet, "colour"), [0, np.nan]) == ["red", ""]


def test_rows_without_a_class_miss_it(opened, sheet):
    opened.data.labels[3] = -1
    assert np.isnan(sheet.values(place(sheet, "class"), np.array([3])))
    found = choose(opened, sheet, RowWish(conditions=(Condition(place(sheet, "class"), Missing()),)))
    assert found.numbers.tolist() == [3]


def test_cells_of_any_columns_in_any_order(opened, sheet):
    numbers = np.array([7, 3])
    whole = sheet.cells(numbers)
    np.testing.assert_array_equal(whole[:, :5], opened.data.items[numbers])
    some = sheet.cells(numbers, [place(sheet, "split"), 4, 0])
    np.testing.assert_array_equal(some, whole[:, [place(sheet, "split"), 4, 0]])


def test_filters_conditions_and_a_typed_one_hold_together(opened, sheet):
    items, labels = opened.data.items, opened.data.labels
    wish = RowWish(
        ItemFilter(label=1, text="colour = green"), (Condition(1, Between(low=6)), Condition(3, Among((1,))))
    )
    expected = np.flatnonzero((labels == 1) & (items[:, 2] == 1) & (items[:, 1] >= 6) & (items[:, 3] == 1))
    found = choose(opened, sheet, wish)
    assert 0 < len(expected) < 100
    assert found.numbers.tolist() == expected.tolist()
    assert (found.problem, found.num_items, found.is_sampled) == ("", len(expected), False)
    np.testing.assert_array_equal(found.sampled, sheet.cells(expected))


def test_a_text_that_is_not_understood_hides_nothing(opened, sheet):
    found = choose(opened, sheet, RowWish(ItemFilter(split=0, text="color = blue")))
    assert found.problem.startswith("No column is called 'color'; they are length,")
    assert found.numbers.tolist() == opened.data.indices("train").tolist()


def test_a_plain_text_searches_as_among_pictures(opened, sheet):
    assert choose(opened, sheet, RowWish(ItemFilter(text="#17"))).numbers.tolist() == [17]


@pytest.mark.parametrize("falling", [False, True])
def test_what_is_missing_is_sorted_last(opened, sheet, falling):
    values = opened.data.items[:, 0]
    numbers = choose(opened, sheet, RowWish(sorting=Sorting(0, falling))).numbers
    ordered = values[numbers]
    gone = int(np.isnan(values).sum())
    assert gone > 0
    assert np.isnan(ordered[-gone:]).all()
    assert (np.diff(ordered[:-gone]) * (-1 if falling else 1) >= 0).all()
    assert sorted(numbers.tolist()) == list(range(200))


def test_equal_rows_keep_their_order(opened, sheet):
    numbers = choose(opened, sheet, RowWish(sorting=Sorting(3, falling=True))).numbers
    same = opened.data.items[numbers, 3]
    assert (np.diff(numbers)[np.diff(same) == 0] > 0).all()


def test_the_least_likely_come_first_unless_sorted(opened):
    nats = np.random.default_rng(0).normal(size=200)
    nats[[5, 9]] = -np.inf, -40.0
    sheet = RowSheet(source_of(opened), RowReader(opened.rows), Ranking(nats, "exact"))
    assert sheet.shown[0] == sheet.nats_place
    numbers = choose(opened, sheet, RowWish()).numbers
    assert numbers[:2].tolist() == [5, 9]
    assert sheet.words(sheet.nats_place, sheet.values(sheet.nats_place, numbers[:2])) == ["impossible", "-40.00"]
    assert choose(opened, sheet, RowWish(sorting=Sorting(sheet.nats_place, falling=True))).numbers[-1] == 5
    assert choose(opened, sheet, RowWish(ItemFilter(text="log p < -30"))).numbers.tolist() == [5, 9]
    # By a column that is there no more, as the ranking is, rows are not sorted.
    plain = RowSheet(source_of(opened), RowReader(opened.rows))
    assert choose(opened, plain, RowWish(sorting=Sorting(sheet.nats_place))).numbers.tolist() == list(range(200))


def test_of_many_rows_a_part_stands_for_all(opened, sheet, monkeypatch):
    monkeypatch.setattr(module, "_MOST_SAMPLED", 10)
    found = choose(opened, sheet, RowWish())
    assert (found.is_sampled, len(found.sampled), found.num_items) == (True, 10, 200)
    np.testing.assert_array_equal(found.sampled, sheet.cells(np.linspace(0, 199, 10).astype(int)))


def test_what_is_not_wanted_any_more_ends(opened, sheet):
    with pytest.raises(Dropped):
        choose(opened, sheet, RowWish(sorting=Sorting(0)), lambda: True)


def test_points_without_classes(workspace):
    opened = open_items(workspace.folder("datasets") / toy_table(workspace, 2, 0, 30).document.id)
    sheet = RowSheet(source_of(opened), RowReader(opened.rows))
    assert [sheet.columns[place].name for place in sheet.shown] == ["split", "column 0", "column 1"]
    assert (
        choose(opened, sheet, RowWish(ItemFilter(text="split = test"))).numbers.tolist()
        == opened.data.indices("test").tolist()
    )


def test_samples_are_browsed_by_their_own_columns_and_the_class_they_were_asked_for(tmp_path):
    spec = TableSpec(shape=(1,), columns=(Column(name="x", knots=(0.0, 1.0)),), classes=("a", "b"), class_column="kind")
    np.save(tmp_path / "samples.npy", np.array([[0.5], [0.25], [0.75]], np.float32))
    source = RowSource(spec, Rows(tmp_path / "samples.npy", spec), np.array([1, 0, -1]))
    sheet = RowSheet(source, RowReader(source.rows))
    assert [sheet.columns[place].name for place in sheet.shown] == ["kind", "x"]
    found = choose_rows(source, sheet, RowWish(sorting=Sorting(0)))
    assert found.numbers.tolist() == [1, 0, 2]
    kinds = sheet.words(1, sheet.values(1, found.numbers))
    assert kinds == ["a", "b", ""]
    assert choose_rows(source, sheet, RowWish(ItemFilter(text="kind = b"))).numbers.tolist() == [0]
