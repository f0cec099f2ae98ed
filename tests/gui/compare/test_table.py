"""The table: cells with intervals, sorting with gaps last, and CSV that other programs read."""

from PySide6.QtCore import Qt

from studio.desk.comparison_table import as_csv
from studio.gui.compare.table import Table

TOYS = "print of toys"
FRECHET = "Fréchet distance (pixels)"


def shown(table, column):
    return [table.index(row, column).data() for row in range(table.rowCount())]


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


def test_no_models_no_table(app, theme):
    table = Table(theme)
    table.show_subjects([], TOYS)
    assert (table.rowCount(), table.columnCount()) == (0, 0)
    assert as_csv([], TOYS).strip() == ""
