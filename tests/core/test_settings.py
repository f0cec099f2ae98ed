"""Settings from words, and the one sentence that says what is wrong with them."""

import math

import pytest
from pydantic import Field

from studio.core.errors import SettingsError
from studio.core.settings import (
    FamilySettings,
    TrainSettings,
    build_settings,
    join_settings,
    parse_assignments,
    split_settings,
)


class Toy(FamilySettings):
    lr: float = Field(1e-3, gt=0, le=1)
    layers: int = Field(2, ge=1)
    name: str = "toy"


def test_words_become_values():
    given = ["lr=0.01", "layers=3", "flag=true", "none=null", "list=[1, 2]", "name=a=b", " spaced =1", "empty="]
    assert parse_assignments(given) == {
        "lr": 0.01,
        "layers": 3,
        "flag": True,
        "none": None,
        "list": [1, 2],
        "name": "a=b",
        "spaced": 1,
        "empty": "",
    }


def test_the_last_word_counts():
    assert parse_assignments(["lr=1", "lr=2"]) == {"lr": 2}


@pytest.mark.parametrize("word", ["lr", "=3", "  =3", ""])
def test_a_word_that_is_no_setting(word):
    with pytest.raises(SettingsError) as raised:
        parse_assignments([word])
    assert str(raised.value) == f"'{word}' is not a setting: write it as KEY=VALUE, for example lr=0.001."


def test_deep_nesting_stays_text():
    text = "[" * 100_000
    assert parse_assignments([f"name={text}"]) == {"name": text}


def test_studio_and_family_are_parted():
    assert split_settings({"train.steps": 5, "lr": 0.1, "trainer": 1}) == ({"steps": 5}, {"lr": 0.1, "trainer": 1})


def sentence(kind, values, prefix=""):
    with pytest.raises(SettingsError) as raised:
        build_settings(kind, values, prefix)
    text = str(raised.value)
    assert "\n" not in text
    return text


def test_good_values():
    assert build_settings(Toy, {"lr": 0.5}).model_dump() == {"lr": 0.5, "layers": 2, "name": "toy"}
    assert build_settings(TrainSettings, {"steps": 3}).steps == 3


def test_an_unknown_key_names_the_known_ones():
    assert sentence(Toy, {"lrr": 1}) == "There is no setting 'lrr'; known are lr, layers, name."
    assert sentence(TrainSettings, {"step": 1}, "train.").startswith(
        "There is no setting 'train.step'; known are train.batch_size, train.steps, train.minutes, "
    )


def test_bounds():
    assert sentence(Toy, {"lr": 2}) == "lr = 2 must be at most 1."
    assert sentence(TrainSettings, {"batch_size": 0}, "train.") == ("train.batch_size = 0 must be at least 1.")


def test_types():
    assert sentence(Toy, {"lr": "fast"}) == ('lr = "fast" must be a valid number, unable to parse string as a number.')
    assert sentence(Toy, {"layers": 2.5}).startswith("layers = 2.5 must be a valid integer")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_must_be_finite(value):
    assert sentence(Toy, {"lr": value}).endswith("must be a finite number.")
    assert sentence(TrainSettings, {"clip": value}).endswith("must be a finite number.")
    assert sentence(TrainSettings, {"minutes": value}).endswith("must be a finite number.")


def test_several_faults_are_all_named():
    text = sentence(Toy, {"lr": 2, "layers": 0, "x": 1})
    assert text.count(";") == 3
    for part in ("lr = 2", "layers = 0", "no setting 'x'"):
        assert part in text


def test_steps_and_minutes_together():
    assert sentence(TrainSettings, {"steps": 5, "minutes": 1}) == (
        "Give the length of the run either in steps or in minutes, not both."
    )


def test_settings_do_not_change():
    settings = build_settings(Toy, {})
    with pytest.raises(ValueError, match="frozen"):
        settings.lr = 0.5


def test_every_setting_of_the_studio_says_what_it_is():
    for name, schema in TrainSettings.model_json_schema()["properties"].items():
        assert schema.get("description", "").endswith("."), name


def test_what_is_joined_is_split_again():
    studio, family = {"steps": 3, "lr": None}, {"lr": 0.1}
    joined = join_settings(studio, family)
    assert joined == {"lr": 0.1, "train.steps": 3, "train.lr": None}
    assert split_settings(joined) == (studio, family)
