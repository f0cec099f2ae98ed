"""The models that can be sampled: those of the workspace, and files that were opened."""

import pytest

from studio.desk.job import Cancelled, Failed
from studio.desk.model_library import ModelLibrary
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
