"""The strip tells what runs, how fast, how long still, and on what."""

import pytest

from studio.desk.snapshot import RunRow, Snapshot
from studio.gui.strip import Strip, run_line
from studio.store.run import RunDocument, RunStatus


def row(state, name="flow on digits", **values):
    document = RunDocument(id="r", name=name, dataset="d", dataset_name="d", fingerprint="f", family="flow")
    from pathlib import Path

    return RunRow(Path(f"/runs/{state}-{name[:9]}"), document, RunStatus(state=state, **values))


@pytest.fixture
def strip(app):
    made = Strip()
    made.show()
    return made


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (row("queued"), "flow on digits: queued"),
        (
            row("running", step=1204, total=5000, steps_per_second=41.26),
            "flow on digits: 1,204 of 5,000, 41.3 steps/s, 1:32 left",
        ),
        (row("running", step=3), "flow on digits: step 3, measuring its speed"),
        (
            row("paused", step=10, total=20, steps_per_second=2.0),
            "flow on digits: 10 of 20, paused",
        ),
    ],
)
def test_a_run_in_one_line(row, line):
    assert run_line(row) == line


def test_a_run_whose_document_is_damaged_goes_by_its_id():
    from pathlib import Path

    assert run_line(RunRow(Path("/runs/flow-1a2b3c"), None, RunStatus(state="queued"))) == "flow-1a2b3c: queued"


def test_nothing_runs(strip):
    strip.show_runs(Snapshot(runs=(row("finished"), row("interrupted"))))
    assert strip.text == "No run is at work"
    assert strip._pause.isHidden()
    assert strip._stop.isHidden()


def test_the_one_that_works_comes_first_and_the_others_are_counted(strip):
    runs = (row("queued", "a"), row("paused", "b"), row("running", "c", step=1, total=2), row("stopped", "d"))
    strip.show_runs(Snapshot(runs=runs))
    assert strip.text == "c: 1 of 2  (+2)"
    told = []
    strip.run_clicked.connect(lambda id: told.append(("run", id)))
    strip.pause_clicked.connect(lambda id: told.append(("pause", id)))
    strip.stop_clicked.connect(lambda id: told.append(("stop", id)))
    strip._line.click()
    strip._pause.click()
    strip._stop.click()
    assert told == [("run", "running-c"), ("pause", "running-c"), ("stop", "running-c")]


def test_a_paused_run_can_go_on_and_a_queued_one_only_be_stopped(strip):
    strip.show_runs(Snapshot(runs=(row("paused"),)))
    assert strip._pause.accessibleName() == "Resume"
    strip.show_runs(Snapshot(runs=(row("running"),)))
    assert strip._pause.accessibleName() == "Pause"
    strip.show_runs(Snapshot(runs=(row("queued"),)))
    assert strip._pause.isHidden()
    assert strip._stop.isVisible()


def test_names_of_any_kind(strip):
    strip.show_runs(Snapshot(runs=(row("queued", "cats & dogs\nsecond line"),)))
    assert strip.text == "cats && dogs second line: queued"
    strip.show_runs(Snapshot(runs=(row("running", "w" * 400, step=1, total=2, steps_per_second=1.0),)))
    # The window must fit a small screen whatever a run is called.
    assert strip.minimumSizeHint().width() <= 1024


def test_the_device_and_a_warning(strip, theme, app):
    strip.show_device("CPU, 2 threads")
    quiet = strip.device.palette().color(strip.device.foregroundRole()).name()
    strip.show_device("CPU: CUDA was asked for", True)
    assert strip.device.text() == "CPU: CUDA was asked for"
    assert strip.device.property("kind") == "warning"
    app.processEvents()
    assert strip.device.palette().color(strip.device.foregroundRole()).name() == theme.colours.warning != quiet


def test_a_run_that_hangs_offers_force_in_place_of_stop(strip):
    forced = []
    strip.force_clicked.connect(forced.append)
    sound = row("running", "another", step=4, total=9)
    strip.show_runs(Snapshot(runs=(sound, row("running", step=3, total=9, hangs=True))))
    assert strip.text == "flow on digits: 3 of 9, does not answer  (+1)"
    assert strip._stop.isHidden()
    strip._force.click()
    assert forced == ["running-flow on d"]
    strip.show_runs(Snapshot(runs=(row("running", step=3, total=9),)))
    assert strip._force.isHidden()
    assert not strip._stop.isHidden()
