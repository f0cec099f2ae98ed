"""The inputs of an exported file, and its manifest."""

import math

import pytest
from pydantic import ValidationError

from studio.core.errors import ModelError
from studio.core.manifest import (
    Input,
    Manifest,
    Parity,
    guidance_input,
    items_input,
    label_input,
    noise_input,
    scalar_input,
    steps_input,
    temperature_input,
)
from studio.core.modality import ImageSpec


def refusal(entry, value):
    with pytest.raises(ModelError) as raised:
        entry.check(value)
    return str(raised.value)


def test_numbers_come_back_in_the_type_of_the_input():
    assert steps_input(20).check(5.0) == 5
    assert isinstance(steps_input(20).check(5.0), int)
    assert guidance_input().check(2) == 2.0
    assert isinstance(guidance_input().check(2), float)
    assert label_input(10).check(-1) == -1


def test_out_of_bounds():
    assert refusal(steps_input(20, 100), 0) == "steps = 0 must be at least 1 and at most 100."
    assert refusal(label_input(10), 10) == "label = 10 must be at least -1 and at most 9."
    assert refusal(temperature_input(), -0.1) == "temperature = -0.1 must be at least 0.0 and at most 2.0."
    assert refusal(scalar_input("x", 0.0, minimum=1.0), 0) == "x = 0 must be at least 1.0."


def test_whole_numbers():
    assert refusal(steps_input(20), 2.5) == "steps = 2.5 must be a whole number."


@pytest.mark.parametrize("value", [True, "3", None, [1], 1j])
def test_what_is_no_number(value):
    assert refusal(guidance_input(), value) == f"guidance = {value!r} is not a number."


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, 1e300])
def test_what_no_tensor_can_hold(value, whole):
    assert "not a number that the model can take" in refusal(scalar_input("x", 0, whole=whole), value)


def test_large_whole_numbers_pass():
    assert scalar_input("x", 0, whole=True).check(2**63 - 1) == 2**63 - 1


def test_the_words_of_inputs():
    assert noise_input((3, 4)).model_dump(exclude_defaults=True) == {
        "name": "noise",
        "kind": "noise",
        "shape": (3, 4),
        "distribution": "normal",
        "help": "Filled from the seed.",
    }
    label = label_input(10)
    assert (label.name, label.dtype, label.minimum, label.maximum, label.default) == ("label", "int64", -1, 9, -1)
    assert items_input(ImageSpec(shape=(28, 28, 1))).kind == "value"
    with pytest.raises(ValidationError):
        Input(name="x", kind="else")


def test_manifest_round_trip():
    parity = Parity(max_abs=1e-6, mean_abs=1e-7, tolerance=1e-3, passed=True, count=8, provider="CPUExecutionProvider")
    manifest = Manifest(
        family="vae",
        shape=(28, 28, 1),
        condition="class",
        classes=("zero", "one"),
        inputs=(noise_input((16,)), label_input(2)),
        metrics={"loss": 1.5},
        parity=parity,
    )
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest


def test_a_manifest_of_a_later_studio_is_read_where_it_is_known():
    text = '{"inputs": [{"name": "noise", "kind": "noise", "later": 1}], "later": {}}'
    assert Manifest.model_validate_json(text).inputs[0].name == "noise"
