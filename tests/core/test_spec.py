"""What data sets and families say of themselves."""

import json

import pytest
from pydantic import ValidationError

from studio.core.modality import ImageSpec, read_spec
from studio.core.spec import Preset, presets_for


def test_condition_follows_the_classes():
    assert ImageSpec(shape=(2, 2, 1)).condition == "none"
    assert ImageSpec(shape=(2, 2, 1), classes=("a",)).condition == "class"


def test_round_trip():
    spec = ImageSpec(shape=(48, 32, 3), classes=("a", "b"))
    assert read_spec(json.loads(spec.model_dump_json())) == spec


def test_unknown_modality():
    with pytest.raises(ValidationError):
        read_spec({"modality": "smell", "shape": [1]})


def test_a_preset_without_estimate_says_so():
    assert Preset(name="n", title="t", summary="s").estimate is None


def test_a_preset_may_be_for_data_of_one_condition():
    """Of two that share a name the first that fits."""
    many = Preset(name="cpu", title="classes", summary="s", condition="class")
    presets = [many, Preset(name="cpu", title="any", summary="s")]
    shape = (2, 2, 1)
    assert presets_for(presets, ImageSpec(shape=shape, classes=("a", "b")))["cpu"].title == "classes"
    assert presets_for(presets, ImageSpec(shape=shape))["cpu"].title == "any"
    assert presets_for(presets, None)["cpu"].title == "classes"
