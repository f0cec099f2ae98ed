"""The table: cells with intervals, sorting with gaps last, and CSV that other programs read."""

import csv
import io

from PySide6.QtCore import Qt

from studio.gui.compare.table import Table, as_csv, columns_of, write_csv

TOYS = "print of toys"
FRECHET = "Fréchet distance (pixels)"


def shown(table, column):
    return [table.index(row, column).data() for row in range(table.rowCount())]


def test_cells_say_interval_floor_and_what_a_likelihood_is(make_subject):
    columns = columns_of([make_subject(value=6.0), make_subject("m-2", judged=False)], TOYS)
    assert list(columns)[:5] == ["Model", "Family", "Steps", "Time trained", "ms a sample"]
    assert [cell.text for cell in columns["ms a sample"]] == ["20", ""]
    assert [cell.text for cell in columns["Time trained"]] == ["1:01", "1:01"]
    assert [cell.text for cell in columns[FRECHET]] == ["6 (5.4 to 6.6), 4 above the floor", ""]
    likelihood = columns["log p of an item in nats (dynamically binarised, test)"][0]
    assert likelihood.text == "at least -80.00 ± 0.50"
    assert likelihood.note == "at least log p, 100 draws, dynamically binarised"


def test_what_another_data_set_said_is_not_in_it(make_subject):
    assert FRECHET not in columns_of([make_subject(dataset="others")], TOYS)


def test_sorting_puts_gaps_last_in_either_direction_and_new_numbers_keep_it(app, theme, make_subject):
    table = Table(theme)
    subjects = [make_subject("a", value=6.0), make_subject("b", judged=False), make_subject("c", value=4.0)]
    table.show_subjects(subjects, TOYS)
    assert shown(table, 0) == ["a", "b", "c"]
    column = table.titles.index(FRECHET)
    table.sort(column, Qt.SortOrder.AscendingOrder)
    assert shown(table, 0) == ["c", "a", "b"]
    table.sort(column, Qt.SortOrder.DescendingOrder)
    assert shown(table, 0) == ["a", "c", "b"]
    table.show_subjects([*subjects[:2], make_subject("c", value=9.0)], TOYS)
    assert shown(table, 0) == ["c", "a", "b"]
    table.sort(-1)
    assert shown(table, 0) == ["a", "b", "c"]


def test_foreign_titles_are_not_markup(app, theme, make_subject):
    table = Table(theme)
    table.show_subjects([make_subject("<b>x</b>")], TOYS)
    assert table.index(0, 0).data() == "<b>x</b>"
    tip = table.index(0, table.titles.index(FRECHET)).data(Qt.ItemDataRole.ToolTipRole)
    assert "0.19" not in tip
    assert "1.8 to 2.2" in tip


def test_csv_has_a_column_for_every_number(make_subject, tmp_path):
    subjects = [make_subject("=a", value=6.0), make_subject("b", judged=False)]
    rows = list(csv.DictReader(io.StringIO(as_csv(subjects, TOYS))))
    assert [row["Model"] for row in rows] == ["'=a", "b"]
    first, second = rows
    assert (first[FRECHET], first[f"{FRECHET}, floor"], first[f"{FRECHET}, above the floor"]) == ("6.0", "2.0", "4.0")
    assert float(first[f"{FRECHET}, low"]) < 6 < float(first[f"{FRECHET}, high"])
    assert first["Time trained, s"] == "61.0"
    assert first["ms a sample"] == "20.0"
    assert second[FRECHET] == ""
    write_csv(tmp_path / "t.csv", subjects, TOYS)
    assert (tmp_path / "t.csv").read_bytes().decode() == as_csv(subjects, TOYS)


def test_no_models_no_table(app, theme):
    table = Table(theme)
    table.show_subjects([], TOYS)
    assert (table.rowCount(), table.columnCount()) == (0, 0)
    assert as_csv([], TOYS).strip() == ""
