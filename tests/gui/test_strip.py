"""The strip tells what runs, how fast, how long still, and on what."""

import pytest

from studio.desk.snapshot import Snapshot
from studio.gui.strip import Strip
from tests.run_rows import run_row


@pytest.fixture
def strip(app):
    made = Strip()
    made.show()
    return made


def test_nothing_runs(strip):
    strip.show_runs(Snapshot(runs=(run_row("finished"), run_row("interrupted"))))
    assert strip.text == "No run is at work"
    assert strip._pause.isHidden()
    assert strip._stop.isHidden()


def test_the_one_that_works_comes_first_and_the_others_are_counted(strip):
    runs = (
        run_row("queued", "a"),
        run_row("paused", "b"),
        run_row("running", "c", step=1, total=2),
        run_row("stopped", "d"),
    )
    strip.show_runs(Snapshot(runs=runs))
    assert strip.text == "c: 1 of 2  (+2)"
    told = []
    strip.run_clicked.connect(lambda id: told.append(("run", id)))
    strip.asked.connect(lambda id, what: told.append((what, id)))
    strip._line.click()
    strip._pause.click()
    strip._stop.click()
    assert told == [("run", "running-c"), ("pause", "running-c"), ("stop", "running-c")]


def test_a_paused_run_can_go_on_and_a_queued_one_only_be_stopped(strip):
    told = []
    strip.asked.connect(lambda _, what: told.append(what))
    strip.show_runs(Snapshot(runs=(run_row("paused"),)))
    assert strip._pause.accessibleName() == "Resume"
    strip._pause.click()
    assert told == ["resume"]
    strip.show_runs(Snapshot(runs=(run_row("running"),)))
    assert strip._pause.accessibleName() == "Pause"
    strip.show_runs(Snapshot(runs=(run_row("queued"),)))
    assert strip._pause.isHidden()
    assert strip._stop.isVisible()


def test_names_of_any_kind(strip):
    strip.show_runs(Snapshot(runs=(run_row("queued", "cats & dogs\nsecond line"),)))
    assert strip.text == "cats && dogs second line: queued"
    strip.show_runs(Snapshot(runs=(run_row("running", "w" * 400, step=1, total=2, steps_per_second=1.0),)))
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
    strip.asked.connect(lambda *what: forced.append(what))
    sound = run_row("running", "another", step=4, total=9)
    strip.show_runs(Snapshot(runs=(sound, run_row("running", step=3, total=9, hangs=True))))
    assert strip.text == "flow on digits: 3 of 9, does not answer  (+1)"
    assert strip._stop.isHidden()
    strip._force.click()
    assert forced == [("running-flow on d", "end")]
    strip.show_runs(Snapshot(runs=(run_row("running", step=3, total=9),)))
    assert strip._force.isHidden()
    assert not strip._stop.isHidden()
