"""The Train page: runs, the one in view, and the next one."""

import struct
import zlib

import numpy as np
import pytest

from studio.desk.snapshot import RunRow
from studio.gui.train import run_view
from studio.store.lock import ProcessLock
from studio.store.metrics import RunDatabase
from studio.store.queue import Queue
from studio.store.run import RunStatus, list_runs, read_run, read_status, write_status


def test_without_data_it_says_what_to_do(page):
    wanted = []
    page.page_wanted.connect(lambda key, target: wanted.append((key, target)))
    assert page.centre.currentWidget() is page.no_data
    assert not page.setup.start.isEnabled()
    assert page.setup.cost.text() == "Add a data set first"
    page.no_data.buttons[1].click()
    assert wanted == [("data", {"add": "example"})]


def test_a_run_is_prepared_and_queued(page, context, make_dataset, no_supervisor, wait_until):
    make_dataset()
    wait_until(lambda: page.setup.start.isEnabled())
    assert page.centre.currentWidget() is page.no_run
    page.setup.cards.choose("vae")
    page.setup.form.field("channels").set_value(8)
    page.setup.form.field("train.clip").line.setText("0.5")
    page.setup.unit.setCurrentIndex(1)
    page.setup.length.line.setText("30")
    page.setup.name.setText("<b>mine</b>")
    page.setup.seed.set_value(7)
    assert page.setup.cost.text().startswith("30 steps")
    page.setup.start.click()
    wait_until(lambda: page.view.row is not None)
    ((folder, run),) = list_runs(context.workspace)
    assert (run.family, run.name, run.seed, run.preset) == ("vae", "<b>mine</b>", 7, "cpu")
    assert run.settings["channels"] == 8
    assert run.train["clip"] == 0.5
    assert (run.train["steps"], run.train["minutes"]) == (30, None)
    assert [job.run for job in Queue(context.workspace).waiting()] == [folder.name]
    assert page.view.name.title.text() == "<b>mine</b>"
    assert page.view.stop.text() == "Leave the queue"
    page.view.stop.click()
    wait_until(lambda: read_status(folder).state == "stopped")


def test_what_the_final_judge_refuses_stands_beside_the_setting(page, make_dataset, context, wait_until, monkeypatch):
    from studio.core.errors import SettingsError

    make_dataset()
    wait_until(lambda: page.setup.start.isEnabled())

    def refuse(workspace, request):
        raise SettingsError("lr = 3: too large.", {"lr": "It is too large."})

    monkeypatch.setattr("studio.desk.run_draft.make_run", refuse)
    page.setup.start.click()
    wait_until(lambda: page.setup.faults() == ["It is too large."])
    assert "beside them" in page.setup.notice.text
    assert page.setup.start.isEnabled()
    assert list_runs(context.workspace) == []


def test_a_wrong_setting_keeps_start_off(page, make_dataset, wait_until):
    make_dataset()
    wait_until(lambda: page.setup.start.isEnabled())
    page.setup.form.field("lr").line.setText("-1")
    assert not page.setup.start.isEnabled()
    assert page.setup.cost.text() == "Mend the settings that are marked"


def test_what_an_earlier_run_measured_is_said(page, make_dataset, make_run, wait_until):
    make_dataset()
    family = next(iter(page.setup.draft.catalogue.families))
    wait_until(lambda: page.setup.start.isEnabled())
    page.setup.cards.choose("vae")
    run = page.setup.request()
    assert "earlier run" not in page.setup.cost.text()
    from studio.jobs.new_run import merge_settings

    values = merge_settings(page.setup.draft.family, page.setup.draft.spec, run.preset, run.values)
    defaults = {k: s.get("default") for k, s in page.setup.draft.family.settings_schema["properties"].items()}
    settings = {**defaults, **{key: value for key, value in values.items() if not key.startswith("train.")}}
    train = {key[6:]: value for key, value in values.items() if key.startswith("train.")}
    make_run(settings=settings, train=train)
    wait_until(lambda: "as in an earlier run" in page.setup.cost.text())
    assert "about 6,000 steps at 10.0 steps/s" in page.setup.cost.text()
    assert family is not None


def test_the_cost_says_how_much_larger_these_items_are_than_those_it_was_measured_with(page, make_dataset, wait_until):
    make_dataset(shape=(28, 28, 1))
    wait_until(lambda: "MB of memory on two CPU cores, MNIST" in page.setup.cost.text())
    assert "times as large" not in page.setup.cost.text()
    make_dataset("photos", shape=(32, 32, 3), created=2.0)
    page.setup.choose_dataset("photos")
    wait_until(lambda: page.setup.cost.text().endswith("; these items are 3.9 times as large"))


def test_a_finished_run_is_shown(page, context, make_run, make_dataset, wait_until):
    make_dataset()
    folder = make_run(warning="Only 1 of 10 latent numbers carry information: raise free_bits.")
    wait_until(lambda: page.view.row is not None)
    assert page.centre.currentWidget() is page.view
    wait_until(lambda: "Finished: 200 of 400 steps" in page.view.words.text())
    assert page.view.export.isVisible()
    assert not page.view.pause.isVisible()
    wait_until(lambda: len(page.view.previews.previews) == 2)
    wait_until(lambda: "latent numbers" in page.view.warning.text)
    wait_until(lambda: page.details.events.count() == 2)
    assert folder.name in page.details.facts.text()
    wait_until(lambda: page.runs._state.sketches)
    assert page.runs._state.sketches[folder].best == pytest.approx(90 * 2.718281828 ** (-4) + 11, rel=1e-3)


def test_the_slider_goes_through_time(page, make_run, wait_until):
    make_run(previews=(50, 100, 150, 200))
    wait_until(lambda: len(page.view.previews.previews) == 4)
    strip = page.view.previews
    assert strip.slider.value() == 3
    wait_until(lambda: not strip.picture.image.isNull())
    strip.slider.setValue(1)
    assert strip.label.text() == "step 100 (2 of 4)"
    assert page.view.curves.plot.crosshair.value() == 100
    page.view.curves.step_clicked.emit(170.0)
    assert strip.label.text() == "step 150 (3 of 4)"


def test_new_previews_are_followed_unless_the_person_looks_back(page, make_run, wait_until):
    from PIL import Image

    folder = make_run(previews=(50, 100))
    strip = page.view.previews
    wait_until(lambda: len(strip.previews) == 2)
    np.save(folder / "previews" / "step-00000150.npy", np.zeros((9, 8, 8, 1), np.uint8))
    wait_until(lambda: strip.label.text() == "step 150 (3 of 3)")
    strip.slider.setValue(0)
    # Earlier runs have pictures.
    Image.new("L", (34, 34)).save(folder / "previews" / "now-00000160-4.png")
    wait_until(lambda: len(strip.previews) == 4)
    assert strip.label.text() == "step 50 (1 of 4)"


def test_a_broken_preview_picture_breaks_nothing(page, make_run, wait_until):
    folder = make_run(previews=(50,))
    wait_until(lambda: len(page.view.previews.previews) == 1)
    (folder / "previews" / "step-00000100.npy").write_bytes(b"no picture")
    wait_until(lambda: len(page.view.previews.previews) == 2)
    page.view.previews.picture.repaint()


@pytest.mark.fault("E8")
def test_a_preview_of_more_pixels_than_qt_takes_breaks_nothing(page, make_run, wait_until):
    """Its header alone claims 1.6 GB; Qt's limit is 256 MB."""
    folder = make_run(previews=(50,))
    wait_until(lambda: len(page.view.previews.previews) == 1)
    head = b"IHDR" + struct.pack(">2I5B", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    (folder / "previews" / "step-00000100.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk)
    wait_until(lambda: len(page.view.previews.previews) == 2)
    wait_until(lambda: "too large to be shown" in page.view.previews.label.text())
    page.view.previews.picture.repaint()
    assert page.view.previews.picture.image.isNull()


def test_a_run_whose_trainer_died_is_interrupted_and_can_be_resumed(page, context, make_run, no_supervisor, wait_until):
    folder = make_run(state="running")
    wait_until(lambda: page.view.row is not None and page.view.row.status.state == "interrupted")
    assert "ended without a word" in page.view.notice.text
    assert page.view.pause.text() == "Resume"
    page.view.pause.click()
    wait_until(lambda: read_status(folder).state == "queued")


def test_buttons_send_commands_that_are_answered(page, make_run, wait_until):
    folder = make_run(state="running")
    lock = ProcessLock(folder / "lock")
    assert lock.acquire()
    try:
        page.context.watch.look_now()
        wait_until(lambda: page.view.row is not None and page.view.row.status.state == "running")
        wait_until(lambda: page.view.sample_now.isVisible())
        page.view.sample_now.click()
        database = RunDatabase(folder)
        wait_until(lambda: database.waiting_commands())
        (command,) = database.waiting_commands()
        assert command.name == "sample_now"
        database.answer(command.id, "done", "preview drawn at step 200")
        wait_until(lambda: any("preview drawn at step 200" in text for text in page.context.toasts.texts))
        assert not page.view.answer.isVisible()
        wait_until(lambda: page.view.pause.isEnabled())
        page.view.pause.click()
        page.view.pause.click()
        assert not page.view.stop.isEnabled()
        assert "waiting for the trainer's answer" in page.view.words.text()
        wait_until(lambda: database.waiting_commands())
        (command,) = database.waiting_commands()
        assert command.name == "pause"
        database.answer(command.id, "failed", "the disk is full")
        wait_until(lambda: "the disk is full" in page.view.answer.text)
        page.view.show_runs([page.view.row])
        assert page.view.answer.isVisible()
        database.close()
    finally:
        lock.release()


def test_remove_and_undo(page, context, make_run, wait_until):
    folder = make_run()
    wait_until(lambda: page.view.row is not None and page.view.remove.isVisible())
    page.view.remove.click()
    wait_until(lambda: not folder.exists() and not context.watch.snapshot.runs)
    wait_until(lambda: page.centre.currentWidget() is page.no_data)
    context.toasts.press_newest()
    wait_until(lambda: folder.exists() and context.watch.snapshot.runs)
    assert read_run(folder).name == "mine"


def test_a_data_set_is_trained_on_like_a_run_of_another(page, make_dataset, make_run, wait_until):
    make_dataset()
    make_dataset("fewer", created=2.0)
    folder = make_run(settings={"channels": 24}, train={"batch": 8, "steps": 90, "minutes": None}, seed=7)
    wait_until(lambda: page.setup.start.isEnabled() and page.context.watch.snapshot.runs)
    # Families may not be known yet when it is asked for.
    catalogue, page.setup.draft.catalogue = page.setup.draft.catalogue, None
    page.receive({"dataset": "fewer", "like": folder.name})
    assert page.setup.datasets.currentData() == "fewer"
    page._on_catalogue(catalogue)
    request = page.setup.request()
    assert (request.dataset, request.family, request.seed) == ("fewer", "vae", 7)
    assert page.setup.form.values()["channels"] == 24
    assert page.setup.notice.isHidden()
    page.receive({"dataset": "digits", "like": "gone"})
    assert page.setup.datasets.currentData() == "digits"


def test_a_new_run_takes_over_settings(page, make_dataset, make_run, wait_until):
    make_dataset()
    settings = {"latent_dim": 33, "channels": 12}
    make_run(settings=settings, train={"steps": 77, "batch_size": 16}, seed=5)
    wait_until(lambda: page.view.row is not None and page.setup.start.isEnabled())
    page.details.repeat.click()
    request = page.setup.request()
    assert request.family == "vae"
    assert request.seed == 5
    assert (request.values["latent_dim"], request.values["channels"]) == (33, 12)
    assert request.values["train.steps"] == 77
    assert request.values["train.batch_size"] == 16


def test_a_damaged_run_says_so_and_can_be_removed(page, make_run, wait_until):
    folder = make_run()
    (folder / "run.json").write_text("{")
    wait_until(lambda: page.view.row is not None and page.view.row.document is None)
    assert "damaged" in page.view.notice.text
    page.view.remove.click()
    wait_until(lambda: not folder.exists())


def test_a_data_set_that_is_gone_is_not_replaced_by_another(page, make_dataset, make_run, context, wait_until):
    make_dataset("other", created=1.0)
    make_dataset("digits", created=2.0)
    make_run()
    wait_until(lambda: page.view.row is not None and page.setup.start.isEnabled())
    page.setup.choose_dataset("digits")
    context.workspace.throw_away(context.workspace.folder("datasets") / "digits")
    wait_until(lambda: len(context.watch.snapshot.datasets) == 1)
    wait_until(lambda: page.setup.draft.dataset == "")
    assert page.setup.cost.text() == "Choose a data set"
    assert not page.setup.start.isEnabled()
    page.details.repeat.click()
    assert "is gone; choose another" in page.setup.notice.text
    assert page.setup.draft.dataset == ""


def test_a_run_that_cannot_be_queued_does_not_stand_as_queued(page, make_dataset, context, wait_until, monkeypatch):
    make_dataset()
    wait_until(lambda: page.setup.start.isEnabled())

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("studio.store.queue.Queue.add", fail)
    page.setup.start.click()
    wait_until(lambda: "disk is full" in page.setup.notice.text)
    ((folder, _),) = list_runs(context.workspace)
    assert read_status(folder).state == "stopped"


def test_several_runs_are_compared(page, make_run, wait_until):
    make_run("one", created=1.0)
    make_run("two", created=2.0)
    wait_until(lambda: len(page.runs._state.rows) == 2)
    page.runs.selectAll()
    assert page.view.name.title.text() == "two and 1 more"
    assert not page.view.export.isEnabled()
    wait_until(lambda: len(page.view.curves.plot.curves) == 4)


def test_the_page_is_asked_for_a_data_set_and_a_run(page, make_dataset, make_run, wait_until):
    make_dataset("one", created=1.0)
    make_dataset("two", created=2.0)
    first = make_run("first", created=1.0)
    make_run("second", created=2.0)
    wait_until(lambda: len(page.runs._state.rows) == 2 and page.setup.start.isEnabled())
    page.receive({"dataset": "one"})
    assert page.setup.draft.dataset == "one"
    page.receive({"run": first.name})
    assert page.view.row.name == "first"


def test_an_export_that_fails_is_said_and_can_be_tried_again(page, make_run, wait_until):
    make_run()
    wait_until(lambda: page.view.export.isVisible())
    page.view.export.click()
    assert page.view.export_row.isVisible()
    assert not page.view.export.isEnabled()
    wait_until(lambda: any("could not be exported" in text for text in page.context.toasts.texts), timeout_s=60)
    assert any("has not learned anything yet" in text for text in page.context.toasts.texts)
    assert page.view.export.isEnabled()
    assert not page.view.export_row.isVisible()


def test_an_export_that_works_offers_to_sample(page, make_run, wait_until, monkeypatch):
    make_run()
    wait_until(lambda: page.view.export.isVisible())
    wanted = []
    page.page_wanted.connect(lambda key, target: wanted.append((key, target)))
    parity = {"sample": {"max_abs": 2e-6, "passed": True}, "encode": {"max_abs": 1e-6, "passed": True}}
    chosen = "step 100 of 200, the best by validation (loss 11.2)"
    page.view._on_exported(page.view.row, {"model": "m-1", "chosen": chosen, "parity": parity})
    (text,) = page.context.toasts.texts
    assert text == f"Exported 'mine': {chosen}. It differs from torch by at most 2.0e-06."
    page.context.toasts._shown[-1].button.click()
    assert wanted == [("gallery", {"model": "m-1"})]


def test_long_and_hostile_names_are_text(page, make_run, make_dataset, wait_until):
    make_dataset("<img src=x>")
    make_run("<h1>big</h1>\n" + "x" * 300)
    wait_until(lambda: page.view.row is not None)
    assert "<h1>" in page.view.name.title.text()
    page.grab()
    assert page.minimumSizeHint().width() < 1300
    assert "<img src=x>" in page.setup.datasets.itemText(0)


def test_every_state_has_words(make_run, context, wait_until):
    from studio.desk.run_words import state_words

    folder = make_run()
    for state in ("queued", "running", "paused", "stopped", "interrupted", "failed", "finished"):
        row = RunRow(folder, read_run(folder), RunStatus(state=state, step=10, total=20, steps_per_second=2.0))
        assert state_words(row)
        assert run_view.progress_words(row)


def test_status_of_a_failed_run_is_shown_with_its_sentence(page, make_run, wait_until):
    folder = make_run()
    write_status(folder, RunStatus(state="failed", step=3, message="The disk is full; free some space."))
    wait_until(lambda: "disk is full" in page.view.notice.text)
