"""The form has the right input for every setting, loses no digit, and says beside it what is wrong."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from studio.core.settings import TrainSettings
from studio.gui.train.field import ChoiceField, NumberField, SwitchField, TextField, WholeField
from studio.gui.train.form import SettingsForm, title_of


class Inner(BaseModel):
    width: int = Field(4, ge=1, le=9)


class Settings(BaseModel):
    lr: float = Field(1e-3, gt=0, le=1, title="Learning rate", description="Step <b>size</b>.")
    channels: int = Field(32, ge=8, le=512)
    kind: Literal["edm", "rectified_flow"] = "edm"
    fancy: bool = False
    multipliers: tuple[Annotated[int, Field(ge=1)], ...] = Field((1, 2, 2), min_length=1, max_length=4)
    limit: int | None = Field(None, ge=1)
    dropout: float = Field(0.0, ge=0, le=0.9, json_schema_extra={"advanced": True, "unit": "share"})
    inner: Inner = Inner()


@pytest.fixture
def form(app):
    form = SettingsForm()
    form.add_schema(Settings.model_json_schema())
    form.set_values({})
    return form


def test_every_setting_has_the_right_input(form):
    kinds = {key: type(form.field(key)) for key in form.keys}
    assert kinds == {
        "lr": NumberField,
        "channels": WholeField,
        "kind": ChoiceField,
        "fancy": SwitchField,
        "multipliers": TextField,
        "limit": NumberField,
        "dropout": NumberField,
        "inner.width": WholeField,
    }


def test_the_defaults_are_valid_settings(form):
    assert Settings.model_validate(form.values()) == Settings()
    assert form.changed_values({}) == {}
    assert form.is_sound()


def test_digits_are_not_lost(form):
    for number in (1.23e-5, 0.1, 1 / 3, 2.5e-7):
        form.field("lr").set_value(number)
        assert form.values()["lr"] == number
    form.field("lr").line.setText("3e-4")
    assert form.values()["lr"] == 3e-4


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("0", "It must be more than 0."),
        ("2", "It must be at most 1."),
        ("much", "'much' is not a number."),
        ("", "A number is needed."),
        ("nan", "'nan' is not a number."),
        ("0,001", "Write it with a point and without separators, such as 0.001 or 1000."),
        ("0.5", ""),
    ],
)
def test_what_is_wrong_stands_beside_it(form, text, fault):
    form.field("lr").line.setText(text)
    assert form.fault_text("lr") == fault
    assert form.is_sound() == (fault == "")


def test_a_list_is_written_with_commas(form):
    form.field("multipliers").line.setText("1, 2, 4, 4")
    assert form.values()["multipliers"] == [1, 2, 4, 4]
    form.field("multipliers").line.setText("1, 2, 4, 4, 8")
    assert form.fault_text("multipliers") == "It takes 1 to 4 numbers, not 5."
    form.field("multipliers").line.setText("one, two")
    assert "commas" in form.fault_text("multipliers")


def test_an_optional_number_may_be_empty(form):
    assert form.values()["limit"] is None
    form.field("limit").line.setText("12")
    assert form.values()["limit"] == 12
    form.field("limit").line.setText("1.5")
    assert form.fault_text("limit") == "A whole number is needed."


def test_what_could_stand_there_is_offered(app):
    form = SettingsForm()
    form.add_schema({"properties": {"codec": {"type": "string", "examples": ["haar-view:haar", "mine:signed"]}}})
    line = form.field("codec").line
    assert line.placeholderText() == "such as haar-view:haar"
    completer = line.completer()
    completer.setCompletionPrefix("SIGN")
    assert completer.currentCompletion() == "mine:signed"
    line.setText("other:typed")
    assert form.field("codec").value() == "other:typed"


def test_only_what_was_changed_is_sent(form):
    form.set_values({"channels": 64})
    form.field("kind").set_value("rectified_flow")
    changed = form.changed_values({"channels": 64})
    assert changed["kind"] == "rectified_flow"
    assert "channels" not in changed
    assert "lr" not in changed


def test_nested_settings_keep_their_nest(form):
    form.field("inner.width").set_value(7)
    assert form.values()["inner"] == {"width": 7}
    assert form.changed_values({})["inner"] == {"width": 7}


def test_advanced_settings_are_folded_and_open_for_a_fault(form):
    form.show()
    assert not form.field("dropout").widget.isVisible()
    elsewhere = form.show_faults({"dropout": "Too much.", "unknown": "What is this?"})
    assert elsewhere == {"unknown": "What is this?"}
    assert form.field("dropout").widget.isVisible()
    assert form.fault_text("dropout") == "Too much."


def test_titles_and_help_are_for_people(form):
    assert title_of("label_dropout", {"title": "Label Dropout"}) == "Label dropout"
    assert title_of("lr", {"title": "Learning rate"}) == "Learning rate"
    assert form.field("lr").widget.accessibleName() == "Learning rate"
    assert "<b>" not in form.field("lr").widget.toolTip().replace("&lt;b&gt;", "")


def test_the_studios_own_settings_fit_the_form(app):
    form = SettingsForm()
    form.add_schema(TrainSettings.model_json_schema(), "train.", ("train.steps", "train.minutes"))
    form.set_values({"train.batch_size": 128})
    assert form.values()["train.batch_size"] == 128
    assert "train.minutes" not in form.keys
    assert form.changed_values({"train.batch_size": 128}) == {}
