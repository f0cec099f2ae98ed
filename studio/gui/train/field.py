"""Makes the right input for one setting from its JSON schema, and reads it back without losing a digit."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QCompleter, QLineEdit, QWidget

from studio.gui.widgets import ComboBox, SpinBox, set_role

__all__ = ["ChoiceField", "Field", "NumberField", "SwitchField", "TextField", "WholeField", "make_field"]

_LARGEST_INT = 2**31 - 1


class Field(QObject):
    """The input of one setting.

    Args:
        widget: What the person uses.
        optional: Whether it may be empty.

    Signals:
        changed: It has another value, or another fault.
    """

    changed = Signal()

    def __init__(self, widget: QWidget, optional: bool) -> None:
        super().__init__(widget)
        self.widget = widget
        self.optional = optional

    def value(self) -> Any:
        """The value as JSON has it; None for an empty one."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Show a value."""
        raise NotImplementedError

    def fault(self) -> str:
        """What is wrong with what stands there, as one sentence; empty where nothing is."""
        return ""

    def mark(self, wrong: bool) -> None:
        """Show the input as wrong."""
        set_role(self.widget, wrong=wrong)


class SwitchField(Field):
    """Yes or no."""

    def __init__(self) -> None:
        self.box = QCheckBox()
        super().__init__(self.box, optional=False)
        self.box.toggled.connect(self.changed)

    def value(self) -> bool:
        """Whether it is on."""
        return self.box.isChecked()

    def set_value(self, value: Any) -> None:
        """Turn it on or off."""
        self.box.setChecked(bool(value))


class ChoiceField(Field):
    """One of a few words."""

    def __init__(self, choices: list[Any], optional: bool) -> None:
        self.box = ComboBox()
        super().__init__(self.box, optional)
        self._choices = [None, *choices] if optional else list(choices)
        for choice in self._choices:
            self.box.addItem("automatic" if choice is None else str(choice).replace("_", " "))
        self.box.currentIndexChanged.connect(self.changed)

    def value(self) -> Any:
        """The chosen word."""
        return self._choices[self.box.currentIndex()]

    def set_value(self, value: Any) -> None:
        """Choose a word."""
        if value in self._choices:
            self.box.setCurrentIndex(self._choices.index(value))


class WholeField(Field):
    """A whole number between two bounds."""

    def __init__(self, low: int, high: int) -> None:
        self.box = SpinBox()
        super().__init__(self.box, optional=False)
        self.box.setRange(low, high)
        self.box.setGroupSeparatorShown(True)
        self.box.valueChanged.connect(self.changed)

    def value(self) -> int:
        """The number."""
        return self.box.value()

    def set_value(self, value: Any) -> None:
        """Show a number."""
        self.box.setValue(int(value or 0))


class NumberField(Field):
    """A number as people write it: 0.001, 1e-3, 12; a spin box would round it.

    Args:
        schema: Its JSON schema, for the bounds.
        whole: No fraction.
        optional: Empty means the default of whoever reads it.
    """

    def __init__(self, schema: dict[str, Any], whole: bool = False, optional: bool = False) -> None:
        self.line = QLineEdit()
        super().__init__(self.line, optional)
        self._schema = schema
        self._whole = whole
        self.line.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.line.setPlaceholderText("automatic" if optional else "")
        self.line.textChanged.connect(self.changed)

    def value(self) -> Any:
        """The number; what is no number is given as it stands, for the final judge to refuse."""
        text = self.line.text().strip()
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            return text
        return int(number) if self._whole and number.is_integer() and abs(number) < 2**63 else number

    def set_value(self, value: Any) -> None:
        """Show a number with all its digits."""
        self.line.setText("" if value is None else f"{value:g}" if float(f"{value:g}") == value else repr(value))

    def fault(self) -> str:
        """Why the number cannot be taken."""
        value = self.value()
        if value is None:
            return "" if self.optional else "A number is needed."
        if isinstance(value, str) and "," in value:
            return "Write it with a point and without separators, such as 0.001 or 1000."
        if isinstance(value, str) or not math.isfinite(value):
            return f"'{self.line.text()[:20]}' is not a number."
        if self._whole and not isinstance(value, int):
            return "A whole number is needed."
        for key, wrong, words in (
            ("minimum", lambda bound: value < bound, "at least"),
            ("exclusiveMinimum", lambda bound: value <= bound, "more than"),
            ("maximum", lambda bound: value > bound, "at most"),
            ("exclusiveMaximum", lambda bound: value >= bound, "less than"),
        ):
            bound = self._schema.get(key)
            if bound is not None and wrong(bound):
                return f"It must be {words} {bound:g}."
        return ""


class TextField(Field):
    """Words, or a list written with commas.

    Args:
        schema: Its JSON schema.
        listed: The value is a list of numbers.
        optional: It may be empty.
    """

    def __init__(self, schema: dict[str, Any], listed: bool, optional: bool) -> None:
        self.line = QLineEdit()
        super().__init__(self.line, optional)
        self._schema = schema
        self._listed = listed
        self.line.setPlaceholderText("automatic" if optional else "")
        if examples := schema.get("examples"):
            self._offer([str(each) for each in examples])
        self.line.textChanged.connect(self.changed)

    def _offer(self, examples: list[str]) -> None:
        """Complete what is typed, and show all where nothing stands yet."""
        self.line.setPlaceholderText(f"such as {examples[0]}")
        completer = QCompleter(examples, self.line)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.line.setCompleter(completer)

    def value(self) -> Any:
        """The words, or the list."""
        text = self.line.text().strip()
        if not text and self.optional:
            return None
        if not self._listed:
            return text
        try:
            return json.loads(f"[{text.strip('[]()')}]")
        except ValueError:
            return text

    def set_value(self, value: Any) -> None:
        """Show words or a list."""
        if self._listed and isinstance(value, list | tuple):
            value = ", ".join(json.dumps(item) for item in value)
        self.line.setText("" if value is None else str(value))

    def fault(self) -> str:
        """Why it cannot be taken."""
        value = self.value()
        if not self._listed or value is None:
            return ""
        if not isinstance(value, list):
            return "Write numbers with commas between them, such as 1, 2, 2."
        low, high = self._schema.get("minItems", 0), self._schema.get("maxItems", math.inf)
        if not low <= len(value) <= high:
            return f"It takes {low} to {high:g} numbers, not {len(value)}."
        return ""


def _without_none(schema: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The schema of the value itself, and whether it may be absent."""
    branches = schema.get("anyOf")
    if not branches:
        return schema, False
    real = [branch for branch in branches if branch.get("type") != "null"]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**rest, **(real[0] if real else {})}, len(real) < len(branches)


def make_field(schema: dict[str, Any]) -> Field:
    """Make the input for a property of a JSON schema."""
    inner, optional = _without_none(schema)
    kind = inner.get("type")
    makers: dict[str, Callable[[], Field]] = {
        "boolean": SwitchField,
        "integer": lambda: _whole_number(inner, optional),
        "number": lambda: NumberField(inner, optional=optional),
        "array": lambda: TextField(inner, listed=True, optional=optional),
    }
    if "enum" in inner or "const" in inner:
        return ChoiceField(list(inner.get("enum", [inner.get("const")])), optional)
    return makers.get(str(kind), lambda: TextField(inner, listed=False, optional=optional))()


def _whole_number(schema: dict[str, Any], optional: bool) -> Field:
    low = schema.get("minimum", schema.get("exclusiveMinimum", -math.inf) + ("exclusiveMinimum" in schema))
    high = schema.get("maximum", schema.get("exclusiveMaximum", math.inf) - ("exclusiveMaximum" in schema))
    if optional or not (low >= -_LARGEST_INT and high <= _LARGEST_INT):
        return NumberField(schema, whole=True, optional=optional)
    return WholeField(int(low), int(high))
