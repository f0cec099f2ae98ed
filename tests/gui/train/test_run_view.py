"""What the Train page says and offers of a run in view: its name, its model, few steps, a trainer that hangs."""

from studio.store.lock import ProcessLock
from studio.store.run import read_run, read_status


def test_a_run_is_renamed_where_its_name_stands(page, context, make_run, wait_until):
    """By F2 or the button; two runs never have one name (W6)."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    make_run("other", created=0.5)
    folder = make_run("vae on digits")
    # Which of the two is seen first, and so chosen, is left to chance.
    wait_until(lambda: page.runs.choose(folder.name))
    wait_until(lambda: page.view.row is not None and page.view.row.folder == folder)
    page.view.name.edit()
    assert page.view.name.field.text() == "vae on digits"
    page.view.name.field.setText("  my  digits ")
    QTest.keyClick(page.view.name.field, Qt.Key.Key_Return)
    wait_until(lambda: page.view.name.title.text() == "my digits")
    assert read_run(folder).name == "my digits"
    page.view.name.edit()
    page.view.name.field.setText("other")
    QTest.keyClick(page.view.name.field, Qt.Key.Key_Return)
    wait_until(lambda: "Another run is called 'other'" in page.view.answer.text)
    page.view.name.edit()
    page.view.name.field.setText("forgotten")
    QTest.keyClick(page.view.name.field, Qt.Key.Key_Escape)
    assert read_run(folder).name == "my digits"


def test_sample_it_stays_with_a_run_that_has_a_model(page, context, make_run, wait_until):
    """Not only in a message that goes (W11)."""
    from studio.core.manifest import Manifest
    from studio.store.model import write_manifest

    folder, wanted = make_run(), []
    page.view.model_wanted.connect(wanted.append)
    wait_until(lambda: page.view.row is not None)
    assert page.view.sample_it.isHidden()
    for number in (1, 2):
        model = context.workspace.folder("models") / f"m{number}"
        model.mkdir()
        (model / "sample.onnx").write_bytes(b"model")
        write_manifest(model, Manifest(inputs=(), run=folder.name))
    # The watch may see a model's folder before its manifest.
    wait_until(lambda: [model.run for model in context.watch.snapshot.models] == [folder.name] * 2)
    wait_until(lambda: not page.view.sample_it.isHidden())
    page.view.sample_it.click()
    assert wanted == [context.watch.snapshot.models[-1].folder.name]


def test_few_steps_are_said_beside_start_and_beside_the_curve(page, make_dataset, make_run, wait_until):
    make_dataset()
    wait_until(lambda: page.setup.start.isEnabled())
    page.setup.unit.setCurrentIndex(1)
    page.setup.length.line.setText("30")
    assert "30 steps are few, most models need hundreds: give it more time" in page.setup.cost.text()
    page.setup.length.line.setText("3000")
    assert "are few" not in page.setup.cost.text()
    folder = make_run(state="running", steps=5)
    lock = ProcessLock(folder / "lock")
    assert lock.acquire()
    try:
        wait_until(lambda: "10 steps are few" in page.view.notice.text)
    finally:
        lock.release()


def test_a_speed_measured_beside_other_programs_is_no_estimate(page, make_dataset, make_run, wait_until):
    make_dataset()
    wait_until(lambda: page.setup.start.isEnabled())
    page.setup.cards.choose("vae")
    from studio.desk.run_words import earlier_speed
    from studio.desk.snapshot import RunRow
    from studio.jobs.new_run import merge_settings

    request, family = page.setup.request(), page.setup.draft.family
    wanted = merge_settings(family, page.setup.draft.spec, request.preset, request.values)
    defaults = {key: schema.get("default") for key, schema in family.settings_schema["properties"].items()}
    settings = {**defaults, **{key: value for key, value in wanted.items() if not key.startswith("train.")}}
    train = {key[6:]: value for key, value in wanted.items() if key.startswith("train.")}
    folder = make_run(settings=settings, train=train)
    dataset = next(row for row in page.setup.draft.datasets if row.id == page.setup.draft.dataset)
    for alone, speed in ((True, 10.0), (False, None)):
        status = read_status(folder).model_copy(update={"alone": alone})
        rows = [RunRow(folder, read_run(folder), status)]
        assert earlier_speed(wanted, family, dataset, rows, "cpu") == speed


def test_a_run_that_hangs_can_be_ended_by_force(page, make_run, wait_until, monkeypatch):
    monkeypatch.setattr("studio.store.run._SILENT_S", -1.0)
    forced = []
    monkeypatch.setattr(
        "studio.desk.run_control.stop_run",
        lambda workspace, folder, force=False: forced.append((folder, force)) or "ended",
    )
    folder = make_run(state="running", steps=50)
    lock = ProcessLock(folder / "lock")
    assert lock.acquire()
    # It may have been looked at before anybody held its lock.
    (folder / "status.json").touch()
    try:
        wait_until(lambda: "can be ended by force" in page.view.notice.text)
        assert page.view.notice._button.text() == "End by force"
        page.view.notice._button.click()
        wait_until(lambda: forced)
        assert forced == [(folder, True)]
    finally:
        lock.release()


def test_a_run_whose_plugin_is_gone_says_which_it_needs_and_offers_to_install_it(page, make_run, wait_until):
    wanted = []
    page.page_wanted.connect(lambda *target: wanted.append(target))
    make_run("strange", distribution="no-such-plugin")
    wait_until(lambda: page.view.row is not None and page.view.row.name == "strange")
    wait_until(lambda: "the plugin of 'no-such-plugin', which is not installed" in page.view.answer.text)
    page.view.answer._button.click()
    assert wanted == [("plugins", {"install": "no-such-plugin"})]
