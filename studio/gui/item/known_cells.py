"""Lets the person write cells of a row that are known; the others are drawn given them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, QModelIndex, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from studio.core.errors import SettingsError
from studio.core.known_values import KnownValues
from studio.core.modality import TableSpec
from studio.core.words import one_line
from studio.desk.known_cells import KnownCellsDraft
from studio.gui.guard import guarded
from studio.gui.layout import column, row
from studio.gui.notice import Notice
from studio.gui.painting import Index
from studio.gui.theme import plain_tooltip
from studio.gui.widgets import Button, ComboBox, IconButton, LineEdit, SecondaryLabel

__all__ = ["KnownCells"]

_ROOT = QModelIndex()
_NAME, _CELL = range(2)
_TITLES = ("Column", "Known value")
_ROW_HEIGHT, _MOST_ROWS = 30, 14
_WIDTH, _NAME_WIDTH = 430, 150
_FREE = "Free"


class _Cells(QAbstractTableModel):
    """The table behind the form: a row for each column of the data.

    Signals:
        changed: A cell is another.
        refused: A word that the column cannot hold, as a sentence; empty where the last one was taken.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, draft: KnownCellsDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self.draft = draft

    def refresh(self) -> None:
        """Show the draft as it is."""
        self.dataChanged.emit(self.index(0, _CELL), self.index(self.rowCount() - 1, _CELL))

    @guarded(fallback=0)
    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.draft.spec.columns)

    @guarded(fallback=0)
    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(_TITLES)

    @guarded(fallback=None)
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return _TITLES[section]
        return None

    @guarded(fallback=None)
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        about = self.draft.spec.columns[index.row()]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return plain_tooltip(f"{about.name}: {about.summary}")
        if index.column() == _NAME:
            return one_line(about.name) if role == Qt.ItemDataRole.DisplayRole else None
        word = self.draft.word(index.row())
        if role == Qt.ItemDataRole.EditRole:
            return word
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(word or f"{_FREE}: {about.summary}")
        if role == Qt.ItemDataRole.ForegroundRole and not word:
            return QGuiApplication.palette().placeholderText()
        return None

    @guarded(fallback=Qt.ItemFlag.NoItemFlags)
    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == _CELL else flags

    @guarded(fallback=False)
    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if str(value) == self.draft.word(index.row()):
            return True
        try:
            self.draft.set_word(index.row(), str(value))
        except SettingsError as error:
            self.refused.emit(str(error))
            return False
        self.refused.emit("")
        self.refresh()
        self.changed.emit()
        return True


class _CellDelegate(QStyledItemDelegate):
    """Offers the categories of a column, or a line to write into."""

    @guarded(fallback=None)
    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        model = index.model()
        assert isinstance(model, _Cells)
        about = model.draft.spec.columns[index.row()]
        editor: ComboBox | LineEdit
        if about.is_coded:
            editor = ComboBox(about.name)
            editor.addItem(_FREE, "")
            for name in about.categories:
                editor.addItem(one_line(name), name)
            box = editor
            box.activated.connect(lambda: self._choose(box))
            QTimer.singleShot(0, box, box.showPopup)
        else:
            editor = LineEdit(about.name, about.summary)
        editor.setParent(parent)
        return editor

    def _choose(self, box: ComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box, QStyledItemDelegate.EndEditHint.NoHint)

    @guarded
    def setEditorData(self, editor: QWidget, index: Index) -> None:
        word = index.data(Qt.ItemDataRole.EditRole)
        if isinstance(editor, ComboBox):
            editor.setCurrentIndex(max(0, editor.findData(word)))
        elif isinstance(editor, LineEdit):
            editor.setText(word)
            editor.selectAll()

    @guarded
    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        word = editor.currentData() if isinstance(editor, ComboBox) else editor.text()  # type: ignore[attr-defined]
        model.setData(model.index(index.row(), index.column()), word)


class _Form(QFrame):
    """The cells below one another, until a click elsewhere or Esc."""

    def __init__(self, draft: KnownCellsDraft, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "card")
        self.cells = _Cells(draft, self)
        self.view = QTableView()
        self.view.setModel(self.cells)
        self.view.setItemDelegateForColumn(_CELL, _CellDelegate(self.view))
        self.view.setAccessibleName("Known cells")
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.AllEditTriggers)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setShowGrid(False)
        self.view.setWordWrap(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        header = self.view.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.resizeSection(_NAME, _NAME_WIDTH)
        header.setSectionResizeMode(_CELL, QHeaderView.ResizeMode.Stretch)
        self.notice = Notice()
        self.cells.refused.connect(lambda text: self.notice.set("bad", text))
        note = SecondaryLabel("The free cells are drawn given the known ones.")
        column(note, (self.view, 1), self.notice, on=self, margins=12)

    @guarded(fallback=QSize(_WIDTH, 300))
    def sizeHint(self) -> QSize:
        rows = min(_MOST_ROWS, self.cells.rowCount()) + 1
        return QSize(_WIDTH, rows * _ROW_HEIGHT + 84)


class KnownCells(QWidget):
    """What is known of a row; without any, every cell is free.

    Args:
        spec: The columns.
    """

    def __init__(self, spec: TableSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shape = spec.shape
        self.draft = KnownCellsDraft(spec)
        self.choose = Button("")
        self.choose.clicked.connect(self.open)
        self.clear = IconButton("close", "Every cell is free")
        self.clear.clicked.connect(lambda: self.set_known(None))
        self.form = _Form(self.draft, self)
        self.form.cells.changed.connect(self._show)
        row(self.choose, self.clear, on=self, spacing=4)
        self.setFocusProxy(self.choose)
        self._show()

    def set_known(self, known: KnownValues | None, keep: str = "all") -> None:
        """Take a row, NaN where free; a row knows no part but all."""
        self.draft.set_known(known)
        self.form.cells.refresh()
        self._show()

    def state(self) -> tuple[KnownValues | None, str]:
        """What ``set_known`` took, as it stands now."""
        return self.draft.value(), "all"

    def value(self) -> KnownValues | None:
        """What the model is told; None where nothing is known."""
        return self.draft.value()

    def open(self) -> None:
        """Show the form below the button, where there is room for it."""
        self.form.notice.hide()
        self.form.resize(self.form.sizeHint())
        corner = self.choose.mapToGlobal(QPoint(0, self.choose.height() + 4))
        room = self.screen().availableGeometry()
        left = max(room.left(), min(corner.x(), room.right() - self.form.width()))
        top = max(room.top(), min(corner.y(), room.bottom() - self.form.height()))
        self.form.move(left, top)
        self.form.show()

    def _show(self) -> None:
        self.choose.setText(self.draft.summary or "Choose cells")
        self.clear.setVisible(self.draft.num_known > 0)
        self.updateGeometry()
