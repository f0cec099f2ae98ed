"""What a model says of itself in a list."""

from pathlib import Path

import pytest

from studio.core.manifest import Manifest, Parity
from studio.desk.model_choice import ModelChoice, choice_of_file, choice_of_row
from studio.desk.snapshot import ModelRow


def certificate(max_abs=2e-6, passed=True):
    return Parity(max_abs=max_abs, mean_abs=0.0, tolerance=1e-4, passed=passed, count=8, provider="p")


def choice(folder=Path("models/m-1"), created=0.0, error="", run="", **values):
    manifest = Manifest(inputs=(), **values)
    return ModelChoice("m-1", Path("models/m-1/sample.onnx"), manifest, folder, created, error, run)


@pytest.mark.parametrize(
    ("made", "title"),
    [
        (choice(run="my run", title="T"), "my run"),
        (choice(title="T"), "T"),
        (choice(), "m-1"),
        (choice(folder=None), "sample.onnx"),
        (ModelChoice("k", Path("x/other.onnx"), None), "other.onnx"),
    ],
)
def test_the_name_that_says_most(made, title):
    assert made.title == title


def test_where_it_comes_from():
    assert choice(dataset="digits").origin == "digits"
    assert choice(folder=None, dataset="digits").origin == "digits · sample.onnx"
    assert choice().origin == ""
    assert choice(created=1e9, dataset="digits").origin.startswith("digits · ")


@pytest.mark.parametrize(
    ("made", "quality"),
    [
        (choice(step=1200, parity=certificate()), ("1,200 steps · parity passed", True)),
        (choice(parity=certificate()), ("parity passed", True)),
        (choice(step=9), ("9 steps", True)),
        (choice(), ("without certificate", True)),
        (choice(parity=certificate(0.5, False)), ("differs from torch by 5e-01, too much", False)),
        (choice(step=9, edited=True), ("changed after it was certified", False)),
        (ModelChoice("k", Path("x"), None), ("Not read yet", True)),
        (ModelChoice("k", Path("x"), None, error="It is damaged."), ("It is damaged.", False)),
    ],
)
def test_how_good_it_is(made, quality):
    assert made.quality == quality


def test_figures():
    made = choice(metrics={"elbo": -92.12345}, parity=certificate(), licence="CC0")
    assert made.figures == ["elbo: -92.12", "differs from torch by at most 2.0e-06", "CC0"]
    assert choice().figures == ModelChoice("k", Path("x"), None).figures == []


def test_a_row_goes_by_the_id_that_its_manifest_says():
    folder = Path("models/copy")
    manifest = Manifest(inputs=(), model="m-1")
    made = choice_of_row(ModelRow(folder, manifest, 5.0), "run")
    assert (made.key, made.path, made.created, made.run) == ("m-1", folder / "sample.onnx", 5.0, "run")
    damaged = choice_of_row(ModelRow(folder, None, 0.0, "It is damaged."))
    assert (damaged.key, damaged.error) == ("copy", "It is damaged.")


def test_a_file_from_elsewhere_without_an_id_goes_by_its_place():
    assert choice_of_file(Path("/a/x.onnx"), Manifest(inputs=())).key == "/a/x.onnx"
    assert choice_of_file(Path("/a/x.onnx"), Manifest(inputs=(), model="m")).key == "m"
