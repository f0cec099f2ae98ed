"""Documents say which modality they are of, and are read as that."""

import json

import pytest
from pydantic import ValidationError

from studio.core.modality import ImageSpec, TableSpec, modalities_of, read_spec

SPECS = [
    ImageSpec(shape=(4, 6, 3), classes=("a", "b")),
    TableSpec(shape=(2,), columns=("x", "y"), knots=((0.0, 1.0), (-1.0, 0.0, 5.0))),
]


@pytest.mark.parametrize("spec", SPECS)
def test_a_document_comes_back_as_what_it_was(spec):
    assert read_spec(json.loads(spec.model_dump_json())) == spec


def test_what_else_a_document_holds_is_passed_over():
    assert read_spec({"modality": "image", "shape": [2, 2, 1], "columns": ["x"], "colour": 3}).shape == (2, 2, 1)


@pytest.mark.parametrize("document", [{"modality": "smell", "shape": [1]}, {"shape": [2, 2, 1]}, {"modality": "table"}])
def test_what_is_no_spec(document):
    with pytest.raises(ValidationError):
        read_spec(document)


def test_the_modalities_of_views():
    assert modalities_of(("grid",)) == ("image",)
    assert modalities_of(("tokens", "vector")) == ("image", "table")
    assert modalities_of(("sequence",)) == ("text",)
    assert modalities_of(("smell",)) == ()
