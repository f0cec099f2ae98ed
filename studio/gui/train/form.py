"""Builds the form of a family's settings from its JSON schema: one row a setting, its fault beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from studio.gui.layout import column, left
from studio.gui.theme import plain_tooltip
from studio.gui.train.field import Field, make_field
from studio.gui.widgets import Button, PlainLabel, SecondaryLabel, TitleLabel, set_role

__all__ = ["SettingsForm", "title_of"]


def title_of(key: str, schema: Mapping[str, Any]) -> str:
    """A setting's title in words: that of the schema in sentence case, else its key."""
    words = str(schema.get("title") or key).replace("_", " ").split()
    rest = [word if word.isupper() else word.lower() for word in words[1:]]
    return " ".join([words[0][:1].upper() + words[0][1:], *rest]) if words else key


class _Row:
    """One setting: its title, input and fault."""

    def __init__(self, key: str, schema: Mapping[str, Any]) -> None:
        self.field = make_field(dict(schema))
        self.schema = schema
        title = title_of(key, schema)
        self.label = PlainLabel(title)
        self.label.setBuddy(self.field.widget)
        self.fault = SecondaryLabel()
        set_role(self.fault, role="field-error")
        self.fault.hide()
        help = str(schema.get("description", ""))
        for widget in (self.label, self.field.widget):
            widget.setToolTip(plain_tooltip(help))
        self.field.widget.setAccessibleName(title)
        self.field.widget.setAccessibleDescription(help)

    def show_fault(self, text: str) -> None:
        self.fault.setText(text)
        self.fault.setVisible(bool(text))
        self.field.mark(bool(text))


class SettingsForm(QWidget):
    """Settings of one or more schemas; the advanced ones are folded.

    Signals:
        changed: A value has changed.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, _Row] = {}
        self._grid = QGridLayout()
        self._advanced = QWidget()
        self._advanced_grid = QGridLayout(self._advanced)
        for grid in (self._grid, self._advanced_grid):
            grid.setContentsMargins(0, 0, 0, 0)
            grid.setHorizontalSpacing(8)
            grid.setVerticalSpacing(6)
            grid.setColumnStretch(0, 1)
            grid.setColumnMinimumWidth(1, 130)
        self._fold = Button("Advanced settings")
        self._fold.setCheckable(True)
        self._fold.toggled.connect(self._advanced.setVisible)
        column(self._grid, left(self._fold), self._advanced, on=self)
        self._advanced.hide()
        self._fold.hide()

    def add_schema(self, schema: Mapping[str, Any], prefix: str = "", leave_out: Collection[str] = ()) -> None:
        """Add every property of a JSON schema; objects one level deep become a part with a title.

        Args:
            schema: The schema of an object.
            prefix: Put before each key.
            leave_out: Keys, with their prefix, that are asked for elsewhere.
        """
        definitions = schema.get("$defs", {})
        for name, found in schema.get("properties", {}).items():
            key = prefix + name
            property_schema = self._resolved(found, definitions)
            if key in leave_out:
                continue
            if property_schema.get("type") == "object" and "properties" in property_schema:
                self._add_title(title_of(name, property_schema))
                self.add_schema({**property_schema, "$defs": definitions}, f"{key}.", leave_out)
            else:
                self._add_row(key, name, property_schema)

    @staticmethod
    def _resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
        reference = str(schema.get("$ref", ""))
        inner = definitions.get(reference.rpartition("/")[2], {}) if reference else {}
        return {**inner, **{key: value for key, value in schema.items() if key != "$ref"}}

    def _add_title(self, text: str) -> None:
        self._grid.addWidget(TitleLabel(text, 1.0), self._grid.rowCount(), 0, 1, 3)

    def _add_row(self, key: str, name: str, schema: Mapping[str, Any]) -> None:
        row = _Row(name, schema)
        row.field.changed.connect(lambda: self._on_changed(key))
        advanced = bool(schema.get("advanced"))
        grid = self._advanced_grid if advanced else self._grid
        at = grid.rowCount()
        grid.addWidget(row.label, at, 0)
        grid.addWidget(row.field.widget, at, 1)
        unit = SecondaryLabel(str(schema.get("unit", "")), whole=True)
        grid.addWidget(unit, at, 2)
        grid.addWidget(row.fault, at + 1, 0, 1, 3)
        if advanced:
            self._fold.show()
        self._rows[key] = row

    def _on_changed(self, key: str) -> None:
        row = self._rows[key]
        row.show_fault(row.field.fault())
        self.changed.emit()

    @property
    def keys(self) -> list[str]:
        """Keys of all settings."""
        return list(self._rows)

    def field(self, key: str) -> Field:
        """The input of a setting."""
        return self._rows[key].field

    def fault_text(self, key: str) -> str:
        """What is said beside a setting."""
        return self._rows[key].fault.text()

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show values; a setting that is not among them gets its default."""
        for key, row in self._rows.items():
            with QSignalBlocker(row.field):
                row.field.set_value(values.get(key, row.schema.get("default")))
            row.show_fault("")
        self.changed.emit()

    @staticmethod
    def _parts(key: str) -> tuple[str, str]:
        """The name that the settings have the value under, and the one inside it where it is nested."""
        if key.startswith("train."):
            return key, ""
        head, _, tail = key.partition(".")
        return head, tail

    def values(self) -> dict[str, Any]:
        """The value of every setting."""
        found: dict[str, Any] = {}
        for key, row in self._rows.items():
            head, tail = self._parts(key)
            if tail:
                found.setdefault(head, {})[tail] = row.field.value()
            else:
                found[head] = row.field.value()
        return found

    def changed_values(self, basis: Mapping[str, Any]) -> dict[str, Any]:
        """Values that are not those of a preset, or of the defaults where it has none; a nested object goes whole."""
        now, changed = self.values(), {}
        for key, row in self._rows.items():
            head, tail = self._parts(key)
            known = basis.get(head, {}) if tail else basis
            if row.field.value() != known.get(tail or head, row.schema.get("default")):
                changed[head] = now[head]
        return changed

    def is_sound(self) -> bool:
        """Whether nothing is wrong that can be told here."""
        return not any(row.field.fault() for row in self._rows.values())

    def show_faults(self, faults: Mapping[str, str]) -> dict[str, str]:
        """Show what the final judge found; returns what belongs to no setting here."""
        for key, row in self._rows.items():
            row.show_fault(faults.get(key, row.field.fault()))
            if key in faults and row.schema.get("advanced"):
                self._fold.setChecked(True)
        return {key: text for key, text in faults.items() if key not in self._rows}
