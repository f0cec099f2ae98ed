"""Models stand beside one another where they make the same."""

import pytest

from studio.core.manifest import Manifest
from studio.core.modality import Column
from studio.desk.beside import stand_beside
from studio.desk.subject import Subject

COLUMNS = (Column(name="x", knots=(0.0, 1.0)), Column(name="kind", kind="category", categories=("a", "b")))


@pytest.fixture
def subject(tmp_path):
    def make(name, columns=(), **values):
        table = {"modality": "table", "shape": (len(columns),), "columns": columns} if columns else {"shape": (4, 4, 1)}
        return Subject(tmp_path / name, Manifest(inputs=(), **{**table, **values}), name)

    return make


def test_rows_of_the_same_columns_stand_beside_one_another_whatever_their_knots(subject):
    other = (COLUMNS[0].model_copy(update={"knots": (0.0, 3.0)}), COLUMNS[1])
    found = stand_beside([subject("a", COLUMNS), subject("b", other)])
    assert [one.name for one in found.subjects] == ["a", "b"]
    assert found.spec is not None
    assert found.spec.columns == COLUMNS
    assert found.left_out == ""


def test_what_makes_something_else_is_named(subject):
    more = (COLUMNS[0], COLUMNS[1].model_copy(update={"categories": ("a", "b", "c")}))
    found = stand_beside([subject("a", COLUMNS), subject("more", more), subject("picture")])
    assert [one.name for one in found.subjects] == ["a"]
    assert found.left_out == "2 models do not make rows of the same columns and do not stand here: more, picture."
    found = stand_beside([subject("picture"), subject("large", shape=(8, 8, 3)), subject("a", COLUMNS)])
    assert [one.name for one in found.subjects] == ["picture", "large"]
    assert found.spec is None
    assert found.left_out == "1 model does not make pictures and does not stand here: a."


def test_without_models_nothing_stands_there():
    assert stand_beside([]).subjects == ()


def test_texts_and_translations_stand_apart(tmp_path):
    from tests.toy_texts import PAIRS, TEXTS, manifest_of

    one, other, third = (
        Subject(tmp_path / name, manifest_of(spec, name), name)
        for name, spec in (("a", TEXTS), ("b", PAIRS), ("c", TEXTS))
    )
    found = stand_beside([one, other, third])
    assert found.subjects == (one, third)
    assert found.left_out == "1 model does not make texts of their own and does not stand here: b."
