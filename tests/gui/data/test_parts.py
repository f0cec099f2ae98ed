"""The parts of the Data page by themselves: filters, words, tables and charts of any size."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from studio.core.errors import DataError
from studio.core.words import breakable, number_of, one_line, readable_size
from studio.data.writer import write_rejects
from studio.desk.imports import added, unique_name
from studio.desk.items import open_items
from studio.gui.data.cards import SIDE, thumbnail
from studio.gui.data.class_chart import ClassChart
from studio.gui.data.refused import RefusedTable, read_refused
from studio.testing import toy_dataset


@pytest.fixture
def opened(workspace):
    """Sixteen items in two classes; the last item has lost its class."""
    folder = workspace.folder("datasets") / toy_dataset(workspace, (8, 10, 1), 2, 16).document.id
    labels = np.load(folder / "labels.npy")
    labels[-1] = -1
    np.save(folder / "labels.npy", labels)
    return open_items(folder)


def test_a_thumbnail_shows_nine_items(opened, workspace):
    (folder,) = workspace.entries("datasets")
    image = thumbnail(folder)
    assert (image.width(), image.devicePixelRatio()) == (2 * SIDE, 2)
    corners = [(10, 10), (image.width() - 10, image.height() - 10)]
    assert all(image.pixelColor(x, y).alpha() == 255 for x, y in corners)
    (folder / "labels.npy").unlink()
    with pytest.raises(DataError, match=r"labels\.npy is missing"):
        thumbnail(folder)


def test_refused_files_survive_their_list(tmp_path):
    rows = [("=cmd()", "not an image"), ('a,b\n"c"', "it's odd"), ("'quoted", "+5"), ("b\udcff.png", "empty")]
    write_rejects(tmp_path / "rejects.csv", rows)
    assert read_refused(tmp_path) == [*rows[:3], ("b\\udcff.png", "empty")]
    (tmp_path / "rejects.csv").unlink()
    assert read_refused(tmp_path) == []
    (tmp_path / "rejects.csv").mkdir()
    with pytest.raises(DataError, match="list of refused files"):
        read_refused(tmp_path)


def test_a_table_of_a_hundred_thousand_refused_files(app):
    table = RefusedTable()
    table.resize(400, 200)
    table.set_rows([(f"{number}.txt", "not an image") for number in range(100_000)])
    table.show()
    table.grab()
    table.scrollToBottom()
    table.grab()
    assert table.model().rowCount() == 100_000
    assert table.model().index(99_999, 0).data() == "99999.txt"
    assert table.model().headerData(1, Qt.Orientation.Horizontal) == "Reason"


def test_markup_in_a_refused_name_stays_text(app):
    table = RefusedTable()
    table.set_rows([("<b>x</b>\n.png", "no & no")])
    assert table.texts() == [("<b>x</b> .png", "no & no")]
    assert "<b>" not in table.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_a_chart_of_many_classes_scrolls_and_is_clicked(app):
    chart = ClassChart()
    chart.set_classes([f"class {number}" for number in range(5000)], list(range(5000)))
    chart.resize(260, chart.height())
    chart.show()
    clicked = []
    chart.class_clicked.connect(clicked.append)
    painted = []
    chart._bars.rows = _Watched(chart._bars.rows, painted)
    chart.grab()
    assert 0 < len(set(painted)) < 30
    QTest.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 22 * 3 + 5))
    chart.verticalScrollBar().setValue(chart.verticalScrollBar().maximum())
    QTest.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, chart.viewport().height() - 5))
    assert clicked == [3, 4999]


class _Watched(list):
    """Rows that note which of them are looked at."""

    def __init__(self, rows, seen):
        super().__init__(rows)
        self._seen = seen

    def __getitem__(self, key):
        if isinstance(key, int):
            self._seen.append(key)
        return super().__getitem__(key)


def test_bars_are_as_long_as_their_counts(app):
    chart = ClassChart()
    chart.set_classes(["a", "b", "c"], [100, 50, 0])
    chart.resize(300, chart.height())
    chart.show()
    image = chart.grab().toImage()
    accent = chart.palette().highlight().color().name()
    lengths = []
    for row in range(3):
        y = round((row * 22 + 11) * image.devicePixelRatio())
        lengths.append(sum(image.pixelColor(x, y).name() == accent for x in range(image.width())))
    assert lengths[2] == 0
    assert lengths[0] > 100
    assert abs(lengths[0] / 2 - lengths[1]) <= 4


def test_words():
    assert added({"items": 10_000, "rejected": 12, "name": "a\nb"}) == "Added 10,000 items as 'a b'; 12 were refused."
    assert added({"items": 1, "rejected": 0, "name": "a"}) == "Added 1 item as 'a'."
    assert number_of(2, "class") == "2 classes"
    assert [readable_size(count) for count in (0, 999, 1500, 2.5e12)] == ["0 bytes", "999 bytes", "1.5 kB", "2.5 TB"]
    assert one_line("a\udcff\n b") == "a\\udcff b"
    assert unique_name("a", {"a", "a 2"}) == "a 3"
    assert breakable("/" + "/".join("x" * 50 for _ in range(5))).count("\u200b") == 0
    assert max(map(len, breakable("x" * 500).split("\u200b"))) <= 60
