"""One press of Go, without trainers."""

from dataclasses import replace

import numpy as np
import pytest

from studio.core.device import count_cpu_cores
from studio.desk.play import lesson as source
from studio.desk.play.lesson import LANE, Lesson, families_for_points, find_same
from studio.desk.run_control import RunControl
from studio.desk.snapshot import WorkspaceReader
from studio.hooks.installed import read_catalogue
from studio.store.dataset import list_datasets
from studio.store.queue import Queue
from studio.store.run import list_runs, read_status, write_status

ROWS = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def families():
    return families_for_points(read_catalogue(bundled_only=True))


@pytest.fixture
def made(desk, workspace, families, monkeypatch):
    """A lesson whose runs stay in the queue."""
    monkeypatch.setattr("studio.jobs.control.ensure_supervisor", lambda _: None)
    monkeypatch.setattr(source, "ensure_supervisor", lambda workspace, soon: None)

    def make(rows=ROWS, name="Play 1", example="", families=families):
        lesson = Lesson(desk, RunControl(workspace), families, rows, name, example)
        lesson.told = []
        lesson.changed.connect(lambda: lesson.told.append(lesson.stage))
        return lesson

    return make


def settle(lesson, worker):
    """Until nothing waits any more."""
    worker.settle()
    while lesson._job is not None:
        lesson._job.wait(60)
        worker.settle()
    worker.settle()


def snapshot(workspace):
    return WorkspaceReader(workspace).read()


def test_the_families_are_those_of_the_train_page(families):
    ids = [family.id for family in families]
    assert {"flow", "diffusion"} <= set(ids)
    assert all(family.why_not_offered(source.POINTS_SPEC) == "" for family in families)


def test_points_become_a_data_set_and_a_run_of_each_family_in_a_lane_of_its_own(made, worker, workspace, families):
    lesson = made()
    lesson.start()
    settle(lesson, worker)
    assert worker.errors == []
    assert lesson.faults == {}
    ((folder, document),) = list_datasets(workspace)
    assert document.name == "Play 1"
    assert document.spec.names == ("x", "y")
    assert np.array_equal(np.load(folder / "items.npy"), ROWS)
    runs = {run.family: run for _, run in list_runs(workspace)}
    assert set(runs) == set(lesson.runs) == {family.id for family in families}
    assert {run.lane for run in runs.values()} == {LANE + family for family in runs}
    assert {run.preset for run in runs.values()} == {"play"}
    assert all(run.train["preview_seconds"] == 0.4 and not run.train["try_export"] for run in runs.values())
    assert runs["flow"].train["steps"]
    assert runs["flow"].train["minutes"] is None
    assert {run.train["threads"] for run in runs.values()} == {max(1, count_cpu_cores() // len(runs))}
    assert len({job.lane for job in Queue(workspace).waiting()}) == len(runs)
    assert lesson.told == ["Getting the families ready", ""]
    assert not lesson.over


def test_the_same_points_are_no_second_data_set(made, worker, workspace):
    for number in (1, 2):
        lesson = made(name=f"Play {number}")
        lesson.start()
        settle(lesson, worker)
    assert len(list_datasets(workspace)) == 1
    assert find_same(workspace, ROWS) == list_datasets(workspace)[0][1].id
    assert find_same(workspace, ROWS[:-1]) == ""
    other = ROWS.copy()
    other[7, 0] += 0.5
    assert find_same(workspace, other) == ""


def test_an_example_keeps_its_name_and_its_classes(made, worker, workspace):
    from studio.data.table.points import draw_points

    rows, _ = draw_points("two-moons", 20_000, seed=0)
    lesson = made(rows, "two-moons", "two-moons", families=())
    lesson.start()
    settle(lesson, worker)
    ((_, document),) = list_datasets(workspace)
    assert document.name == "two-moons"
    assert document.spec.classes == ("lower", "upper")
    assert find_same(workspace, rows) == document.id
    assert lesson.over
    assert lesson.faults[""] == "No family that is installed can model points."


def test_stop_takes_all_of_them_out_of_the_queue(made, worker, workspace):
    lesson = made()
    lesson.start()
    settle(lesson, worker)
    lesson.show(snapshot(workspace))
    assert not lesson.over
    lesson.stop()
    worker.settle()
    assert {read_status(folder).state for folder in lesson.runs.values()} == {"stopped"}
    lesson.show(snapshot(workspace))
    assert lesson.over
    lesson.stop()
    assert worker.errors == []


def test_stop_before_there_are_runs_leaves_none_at_work(made, worker, workspace):
    early = made()
    early.start()
    early.stop()
    settle(early, worker)
    assert early.over
    assert list_datasets(workspace) == []
    late = made()
    late.start()
    while late.stage != "Getting the families ready":
        if late._job is not None:
            late._job.wait(60)
        worker.waiting.popleft()()
    late.stop()
    settle(late, worker)
    assert {read_status(folder).state for folder, _ in list_runs(workspace)} == {"stopped"}


def test_stop_during_the_import_cancels_it(made, worker, workspace):
    lesson = made()
    lesson.start()
    worker.waiting.popleft()()
    assert lesson._job is not None
    lesson.stop()
    settle(lesson, worker)
    assert lesson.over
    assert lesson.faults == {}
    assert list_runs(workspace) == []


def test_a_family_that_cannot_be_trained_is_said_and_the_others_learn(made, worker, families):
    broken = families[0].model_copy(update={"id": "no_such_family"})
    lesson = made(families=[broken, families[-1]])
    lesson.start()
    settle(lesson, worker)
    assert list(lesson.runs) == [families[-1].id]
    assert "no_such_family" in lesson.faults["no_such_family"]


def test_it_is_over_when_all_runs_are(made, worker, workspace):
    lesson = made()
    lesson.start()
    settle(lesson, worker)
    first, *others = lesson.runs.values()
    for folder in others:
        status = read_status(folder)
        status.state = "finished"
        write_status(folder, status)
    lesson.show(snapshot(workspace))
    assert not lesson.over
    status = read_status(first)
    status.state = "failed"
    write_status(first, status)
    # A look at the workspace that has not seen all of the runs tells nothing.
    lesson.show(replace(snapshot(workspace), runs=snapshot(workspace).runs[:1]))
    assert not lesson.over
    lesson.show(snapshot(workspace))
    assert lesson.over


def test_closing_waits_for_nothing(made, worker, monkeypatch):
    asked = []
    monkeypatch.setattr(source, "stop_soon", lambda workspace, folder: asked.append(folder))
    lesson = made()
    lesson.start()
    settle(lesson, worker)
    lesson.close()
    assert asked == list(lesson.runs.values())
