"""The models that can be sampled: those of the workspace, and files that were opened."""

from pathlib import Path

import pytest

from studio.core.manifest import Manifest, Parity
from studio.desk.job import Cancelled, Failed
from studio.desk.model_library import ModelChoice, ModelLibrary, choice_of_file, choice_of_row
from studio.desk.sampler_thread import Opened
from studio.desk.snapshot import ModelRow, Snapshot


@pytest.fixture
def library(desk, sampler):
    made = ModelLibrary(desk, sampler)
    made.told = []
    for name in ("changed", "opened", "failed"):
        getattr(made, name).connect(lambda *what, name=name: made.told.append((name, *what)))
    return made


@pytest.fixture
def rows(workspace, toy):
    """Two models of the workspace, the second of which says nothing of itself."""
    found = []
    for number, manifest in enumerate((toy, None), 1):
        folder = workspace.folder("models") / f"m-{number}"
        folder.mkdir()
        (folder / "sample.onnx").write_bytes(b"model")
        found.append(ModelRow(folder, manifest, float(number), "" if manifest else "nothing is said"))
    return tuple(found)


def test_newest_first_and_only_a_difference_is_told(library, rows):
    library.take(Snapshot(models=rows))
    library.take(Snapshot(models=rows))
    assert [choice.folder.name for choice in library.choices] == ["m-2", "m-1"]
    assert library.told == [("changed",)]
    assert library.find("m-1").title == "Toy"
    assert library.find("none") is None


def test_a_file_from_elsewhere_is_opened_listed_and_taken_off(library, sampler, toy, worker, tmp_path):
    path = tmp_path / "other.onnx"
    library.open_file(path)
    sampler.asked[0].tell(Opened(toy, "CPUExecutionProvider"))
    worker.settle()
    (choice,) = library.choices
    assert (choice.path, choice.folder) == (path, None)
    assert library.told == [("changed",), ("opened", choice)]
    library.open_file(path)
    assert len(sampler.asked) == 1
    library.close_file(choice)
    assert library.choices == []


def test_why_a_file_cannot_be_sampled_is_told_and_a_cancelled_one_is_silent(library, sampler, toy, worker, tmp_path):
    for name in ("a", "b", "c"):
        library.open_file(tmp_path / name)
    sampler.asked[0].tell(Failed("It is no model."))
    sampler.asked[1].tell(Opened(toy.model_copy(update={"role": "encode"}), "CPUExecutionProvider"))
    sampler.asked[2].tell(Cancelled())
    worker.settle()
    why = "This file wants something to be given; open the file 'sample.onnx' of the model."
    assert library.told == [("failed", tmp_path / "a", "It is no model."), ("failed", tmp_path / "b", why)]


def test_a_model_that_said_nothing_says_it_from_now_on(library, sampler, rows, toy, worker, looks):
    library.take(Snapshot(models=rows))
    silent = library.choices[0]
    library.prepare(silent)
    sampler.asked[0].tell(Opened(toy, "CPUExecutionProvider"))
    worker.settle()
    assert library.choices[0].manifest == toy
    assert (silent.folder / "manifest.json").exists()
    assert looks == [1]


def test_what_a_link_leads_to_is_not_opened(library, sampler, workspace, toy, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    link = workspace.folder("models") / "m-3"
    link.symlink_to(tmp_path / "elsewhere")
    library.take(Snapshot(models=(ModelRow(link, toy, 1.0),)))
    library.prepare(library.choices[0])
    assert sampler.asked == []
    assert library.told[-1][0] == "failed"


def test_removing_offers_to_undo(library, rows, worker, said):
    library.take(Snapshot(models=rows))
    library.remove(library.choices[1])
    worker.settle()
    assert said.texts == ["Removed 'Toy'; its samples stay."]
    assert not rows[0].folder.exists()
    said.press()
    worker.settle()
    assert rows[0].folder.is_dir()


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
