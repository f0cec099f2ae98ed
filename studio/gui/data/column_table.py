"""Lists the columns of a table that is to be imported: what each is, and whether it comes in, can be changed here."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, QModelIndex, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from studio.core.words import one_line
from studio.desk.column_draft import KIND_WORDS, ColumnDraft, ColumnRow
from studio.gui.guard import guarded
from studio.gui.painting import Index
from studio.gui.theme import plain_tooltip
from studio.gui.widgets import ComboBox

__all__ = ["ColumnTable"]

_ROOT = QModelIndex()
_NAME, _KIND, _FOUND, _NOTE = range(4)
_TITLES = ("Column", "Kind", "Found", "To know")
_SHARES = (0.22, 0.16, 0.34)
_ROW_HEIGHT = 28
_LEAST_ROWS = 4
_ARROW = 4


class _Columns(QAbstractTableModel):
    """The table behind the view.

    Signals:
        chosen: The person made another choice.
    """

    chosen = Signal()

    def __init__(self, draft: ColumnDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        self.rows: list[ColumnRow] = []

    def refresh(self) -> None:
        """Show the draft as it is; where the columns are the same, the view stays where it is."""
        rows = self._draft.rows
        if [row.name for row in rows] == [row.name for row in self.rows] and rows:
            self.rows = rows
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(_TITLES) - 1))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    @guarded(fallback=0)
    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    @guarded(fallback=0)
    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(_TITLES)

    @guarded(fallback=None)
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return _TITLES[section]
        return None

    def _text(self, row: ColumnRow, place: int) -> str:
        kind = "Class" if row.is_class else KIND_WORDS.get(row.kind, "")
        return one_line((row.name, kind, row.found, row.note)[place])

    @guarded(fallback=None)
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(self._text(row, index.column()))
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == _NAME:
            return Qt.CheckState.Checked if row.included else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.EditRole:
            return row.kind
        if role == Qt.ItemDataRole.ForegroundRole and not row.included and index.column() != _NAME:
            return QGuiApplication.palette().placeholderText()
        return None

    @guarded(fallback=Qt.ItemFlag.NoItemFlags)
    def flags(self, index: Index) -> Qt.ItemFlag:
        row = self.rows[index.row()]
        flags = Qt.ItemFlag.ItemIsSelectable
        if row.included:
            flags |= Qt.ItemFlag.ItemIsEnabled
        can_change = bool(row.kinds) and not row.is_class
        if index.column() == _NAME and can_change:
            flags |= Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled
        if index.column() == _KIND and can_change and len(row.kinds) > 1:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    @guarded(fallback=False)
    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole:
            self._draft.set_included(row.name, Qt.CheckState(value) == Qt.CheckState.Checked)
        elif value in row.kinds and value != row.kind:
            self._draft.set_kind(row.name, value)
        else:
            return False
        self.refresh()
        self.chosen.emit()
        return True


class _KindDelegate(QStyledItemDelegate):
    """Lets the person choose what a column is; a small arrow says where."""

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        if index.flags() & Qt.ItemFlag.ItemIsEditable and index.flags() & Qt.ItemFlag.ItemIsEnabled:
            room: QRect = option.rect
            tip = QPoint(room.right() - 12, room.center().y() + 2)
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(option.palette.placeholderText().color())
            painter.drawPolyline([tip - QPoint(_ARROW, _ARROW), tip, tip + QPoint(_ARROW, -_ARROW)])
            painter.restore()

    @guarded(fallback=None)
    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        model = index.model()
        assert isinstance(model, _Columns)
        box = ComboBox("Kind of the column")
        box.setParent(parent)
        for kind in model.rows[index.row()].kinds:
            box.addItem(KIND_WORDS[kind], kind)
        box.activated.connect(lambda: self._choose(box))
        QTimer.singleShot(0, box, box.showPopup)
        return box

    def _choose(self, box: ComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box, QStyledItemDelegate.EndEditHint.NoHint)

    @guarded
    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, ComboBox):
            editor.setCurrentIndex(editor.findData(index.data(Qt.ItemDataRole.EditRole)))

    @guarded
    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, ComboBox):
            model.setData(model.index(index.row(), index.column()), editor.currentData())


class ColumnTable(QTableView):
    """The columns with their kinds; any number of them.

    Args:
        draft: The choices, which are changed here.

    Signals:
        chosen: The person made another choice.
    """

    chosen = Signal()

    def __init__(self, draft: ColumnDraft) -> None:
        super().__init__()
        self._columns = _Columns(draft, self)
        self._columns.chosen.connect(self.chosen)
        self.setModel(self._columns)
        self.setItemDelegateForColumn(_KIND, _KindDelegate(self))
        self.setAccessibleName("Columns of the table")
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.SelectedClicked
            | QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.clicked.connect(self._on_clicked)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(_NOTE, QHeaderView.ResizeMode.Stretch)
        self.setMinimumHeight(_LEAST_ROWS * _ROW_HEIGHT + header.sizeHint().height())

    def refresh(self) -> None:
        """Show the choices as they are."""
        self._columns.refresh()

    def _on_clicked(self, index: Index) -> None:
        if index.column() == _KIND and index.flags() & Qt.ItemFlag.ItemIsEditable:
            self.edit(self._columns.index(index.row(), index.column()))

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for place, share in enumerate(_SHARES):
            self.horizontalHeader().resizeSection(place, round(self.viewport().width() * share))

    def texts(self) -> list[tuple[str, ...]]:
        """What the rows say."""
        rows, places = range(self._columns.rowCount()), range(len(_TITLES))
        return [tuple(self._columns.index(row, place).data() for place in places) for row in rows]
