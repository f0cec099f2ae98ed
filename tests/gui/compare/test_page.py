"""The Compare page on real workspaces: which models, by which data set, in which of four views."""

import csv
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from studio.gui.compare.page import ComparePage
from studio.gui.sheet import Sheet
from studio.store.evaluation import write_evaluation
from studio.store.queue import Queue
from studio.store.run import RunDocument, read_run, read_status


def names(subjects):
    return [subject.name for subject in subjects]


def test_without_models_it_says_what_to_do(open_page, add_dataset, wait_until):
    add_dataset()
    page, wanted = open_page(0), []
    page.page_wanted.connect(lambda *target: wanted.append(target))
    assert page.stack.currentWidget() is page.empty
    page.empty.buttons[0].click()
    assert wanted == [("train", {})]
    page.empty.buttons[1].click()
    assert page.stack.currentIndex() == 0
    assert page.side.train_all.isVisible()
    wait_until(lambda: page.side.train_all.dataset.count() == 1)
    page.side.train_all.close_button.click()
    assert page.stack.currentWidget() is page.empty


def test_the_quality_view_draws_points_with_intervals_and_the_floor_and_names_who_is_missing(judged_models, open_page):
    page = open_page(3, judged=2)
    page.choose_view(2)
    assert sorted(names(page.side.models.ticked)) == ["A", "B", "C"]
    scatter = page.quality.scatter
    assert sorted((point.name, point.reading.value, point.x) for point in scatter.points) == [
        ("A", 4.0, 0.02),
        ("B", 2.0, 0.02),
    ]
    assert [floor for floor, _, _ in scatter.floors()] == [0.0]
    assert "(pixels)" in scatter.plot.getAxis("left").labelText
    assert "Not evaluated on toys, so not drawn: C." in page.quality.words.text()
    page.quality.time.setCurrentIndex(1)
    assert {point.x for point in scatter.points} == {61.0}
    page.quality.measure.setCurrentIndex(page.quality.measure.findText("accuracy (classifier)"))
    assert {point.reading.floor for point in scatter.points} == {0.97}
    page.side.models.tick(page.side.models.ticked[-1].folder, False)
    assert len(scatter.points) == 1


def test_the_page_says_how_models_are_measured(judged_models, open_page):
    page = open_page(3, judged=2)
    page.measuring_button.click()
    assert [sheet.title for sheet in page.window().findChildren(Sheet)] == ["How we measure"]
    page.choose_view(2)
    # A and B are 6 and 4, their halves half as far apart: told apart by their difference.
    assert "B is lower than A by 2 (" in page.quality.words.text()


def test_the_table_is_exported_for_the_ticked_models(judged_models, open_page, tmp_path, wait_until):
    page = open_page(3, judged=2)
    page.choose_view(3)
    assert page.numbers.table.rowCount() == 3
    missing = next(subject for subject in page.subjects if subject.name == "C")
    page.side.models.tick(missing.folder, False)
    assert page.numbers.table.rowCount() == 2
    page.numbers.view.sortByColumn(
        page.numbers.table.titles.index("Fréchet distance (pixels)"), Qt.SortOrder.AscendingOrder
    )
    assert [page.numbers.table.index(row, 0).data() for row in range(2)] == ["B", "A"]
    page.export(tmp_path / "models.csv")
    wait_until((tmp_path / "models.csv").exists)
    with open(tmp_path / "models.csv", encoding="utf-8", newline="") as file:
        assert sorted(row["Model"] for row in csv.DictReader(file)) == ["A", "B"]


def test_only_what_was_not_judged_by_this_data_set_is_evaluated(judged_models, add_dataset, open_page, wait_until):
    page = open_page(3, judged=2)
    side = page.side
    wait_until(lambda: side.dataset.count() == 1)
    assert (side.reference.id, names(side.wanting), side.evaluate.text()) == ("toys", ["C"], "Evaluate 1")
    add_dataset("others")
    add_dataset("larger", (8, 8, 1))
    page.context.watch.look_now()
    wait_until(lambda: side.dataset.count() == 2)
    assert side.reference.id == "toys"
    side.dataset.setCurrentIndex(side.dataset.findText("others"))
    assert sorted(names(side.wanting)) == ["A", "B", "C"]
    assert "not evaluated" in side.models.item(0).text()
    page.choose_view(2)
    assert page.quality.scatter.points == []


def test_a_report_that_comes_later_is_seen(add_dataset, add_model, make_report, open_page, wait_until):
    add_dataset()
    folder = add_model("a")
    page = open_page(1)
    assert page.side.evaluate.isEnabled()
    write_evaluation(folder, make_report("a"))
    page.read()
    wait_until(lambda: not page.side.wanting)
    assert page.side.models.item(0).text() == "A\nevaluated"
    assert not page.side.evaluate.isEnabled()


def test_the_judges_plain_error_is_said_beside_the_button(add_dataset, add_model, open_page, wait_until):
    add_dataset()
    (add_model("a") / "sample.onnx").write_bytes(b"no model")
    page = open_page(1)
    page.side.evaluate.click()
    assert page.side.judging.running
    assert not page.side.evaluate.isEnabled()
    wait_until(lambda: not page.side.judging.running, 120)
    assert "sample.onnx" in page.side.judging.notice.text
    assert not page.side.judging.progress.isVisible()
    assert page.side.evaluate.isEnabled()


def test_an_evaluation_can_be_cancelled(add_dataset, add_model, open_page, wait_until):
    add_dataset()
    folder = add_model("a")
    page = open_page(1)
    page.side.evaluate.click()
    page.side.judging.progress.cancelled.emit()
    wait_until(lambda: not page.side.judging.running, 120)
    assert page.side.judging.notice.isHidden()
    assert not (folder / "evaluation.json").exists()


def test_curves_of_the_runs_lie_over_one_another_in_their_families_colours(
    add_run, add_model, open_page, theme, wait_until
):
    vae, gan = add_run("v"), add_run("g", "gan", ("loss", "validation.distance"))
    add_model("a", run=vae.name)
    add_model("b", run=gan.name, family="gan")
    add_model("c", run="gone")
    page = open_page(3)
    curves = page.curves
    wait_until(lambda: len(curves.panel.plot.curves) == 2)
    assert {key.metric for key in curves.panel.plot.curves} == {"validation.loss", "validation.distance"}
    colours = {key.run: style.colour for key, style in curves.panel.plot._styles.items()}
    assert colours == {vae: theme.family("vae"), gan: theme.family("gan")}
    assert "for their runs are gone: C" in curves.words.text()
    assert "different quantities" in curves.words.text()


def test_training_every_family_queues_a_run_of_each_with_the_same_budget(
    add_dataset, add_model, open_page, workspace, monkeypatch, wait_until
):
    # The supervisor would begin to train them; what is queued is the matter here.
    monkeypatch.setattr("studio.jobs.control.ensure_supervisor", lambda workspace: None)
    add_dataset()
    add_model("a")
    page = open_page(1)
    page.side.train_button.click()
    form = page.side.train_all
    wait_until(lambda: form.start.isEnabled())
    form.minutes.setValue(2.5)
    form.seed.setValue(3)
    started = []
    form.started.connect(started.append)
    form.start.click()
    assert not form.start.isEnabled()
    wait_until(lambda: started or form.notice.property("kind") == "bad", 200)
    documents: list[RunDocument] = [read_run(folder) for folder in workspace.entries("runs")]
    assert started == [len(documents)]
    assert {document.family for document in documents} == {"vae", "gan", "autoregressive", "flow", "diffusion"}
    assert {(document.dataset, document.train["minutes"], document.seed) for document in documents} == {
        ("toys", 2.5, 3)
    }
    queue = Queue(workspace)
    assert all(queue.holds(folder.name) for folder in workspace.entries("runs"))
    queue.close()
    assert {read_status(folder).state for folder in workspace.entries("runs")} == {"queued"}
    assert form.isHidden()


def test_a_read_only_workspace_can_be_compared_but_not_judged(judged_models, context, wait_until):

    wait_until(lambda: len(context.watch.snapshot.models) == 3)
    page = ComparePage(replace(context, read_only=True))
    page.shown()
    wait_until(lambda: len([1 for subject in page.subjects if subject.report]) == 2)
    assert not page.side.evaluate.isEnabled()
    page.side.open_train_all()
    assert not page.side.train_all.start.isEnabled()
    page.closing()


@pytest.mark.parametrize("models", [0, 1])
def test_every_command_can_be_run(models, add_model, open_page, wait_until):
    for number in range(models):
        add_model(f"m{number}")
    page = open_page(models)
    # A model is seen before its manifest is there.
    wait_until(lambda: len(page.subjects) == models)
    titles = [action.text() for action in page.offered if action.isEnabled()]
    assert ("Show quality" in titles) is bool(models)
    assert "Train every family on a data set" in titles
