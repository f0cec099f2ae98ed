"""What data sets and families say of themselves."""

import pytest
from pydantic import ValidationError

from studio.core.spec import API_VERSION, DataSpec, Family, Preset


def test_condition_follows_the_classes():
    assert DataSpec(shape=(2, 2, 1)).condition == "none"
    assert DataSpec(shape=(2, 2, 1), classes=("a",)).condition == "class"


def test_round_trip():
    spec = DataSpec(shape=(48, 32, 3), classes=("a", "b"))
    assert DataSpec.model_validate_json(spec.model_dump_json()) == spec


def test_unknown_modality():
    with pytest.raises(ValidationError):
        DataSpec(modality="smell", shape=(1,))


def test_a_family_is_of_this_version_by_default():
    assert Family("f", "F", "S", object, ("loss", "min")).api_version == API_VERSION == 1


def test_a_preset_without_estimate_says_so():
    assert Preset(title="t", summary="s").estimate is None
