"""Controls are built from a manifest alone, whoever wrote it."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from studio.core.known_values import KnownValues
from studio.core.manifest import (
    Input,
    Manifest,
    given_input,
    guidance_input,
    label_input,
    noise_input,
    scalar_input,
    steps_input,
)
from studio.core.modality import Column, ImageSpec, TableSpec
from studio.core.request import SampleRequest
from studio.gui.action import Action
from studio.gui.widgets import ComboBox, DoubleSpinBox, LineEdit, SpinBox

CLASSES = ("cat", "dog", "cat")


@pytest.fixture
def controls(app, over):
    from studio.gui.gallery.controls import Controls

    made = Controls(Action(over, "draw", "Draw samples", print))
    made.resize(900, 100)
    return made


@pytest.fixture
def manifest():
    inputs = (noise_input((4,)), steps_input(18, 100), guidance_input(1.5), label_input(3))
    return Manifest(inputs=inputs, model="m", classes=CLASSES)


def test_every_input_has_a_control_with_its_bounds(controls, manifest):
    controls.set_manifest(manifest)
    steps, guidance = controls.scalars["steps"], controls.scalars["guidance"]
    assert isinstance(steps, SpinBox)
    assert isinstance(guidance, DoubleSpinBox)
    assert (steps.minimum(), steps.maximum(), steps.value()) == (1, 100, 18)
    assert (guidance.minimum(), guidance.maximum(), guidance.value()) == (0.0, 20.0, 1.5)
    assert "Solver steps" in steps.toolTip()
    entries = [controls.classes.itemText(place) for place in range(controls.classes.count())]
    assert entries == ["Every class in turn", "Any", *CLASSES]


def test_classes_of_one_name_are_told_apart(controls, manifest):
    controls.set_manifest(manifest)
    controls.count.setValue(2)
    asked = []
    for place in range(5):
        controls.classes.setCurrentIndex(place)
        asked.append(controls.request().labels)
    assert asked == [(0, 1), (-1,), (0,), (1,), (2,)]


def test_every_class_in_turn_begins_with_the_first_number(controls, manifest):
    controls.set_manifest(manifest)
    controls.set_request(SampleRequest(seed=2**32 - 1, start=4, count=3))
    request = controls.request()
    assert (request.seed, request.labels) == (2**32 - 1, (1, 2, 0))


def test_values_with_many_digits_survive(controls):
    inputs = (noise_input((4,)), scalar_input("rate", 0.00025, 0.0, 0.01), scalar_input("wide", 1e30))
    controls.set_manifest(Manifest(inputs=inputs))
    assert controls.request().scalars["rate"] == pytest.approx(0.00025)
    controls.set_request(SampleRequest(count=1, scalars={"rate": 0.0012345}))
    assert controls.request().scalars["rate"] == pytest.approx(0.0012345)


def test_a_model_without_classes_has_no_class_control(controls, manifest):
    controls.set_manifest(manifest)
    controls.set_manifest(Manifest(inputs=(noise_input((4,)),)))
    assert (controls.classes, controls.label, controls.scalars) == (None, None, {})
    assert controls.request().labels == ()


def test_a_foreign_label_is_a_number(controls):
    inputs = (noise_input((4,)), Input(name="y", kind="label", dtype="int64", default=0))
    controls.set_manifest(Manifest(inputs=inputs))
    controls.label.setValue(7)
    assert controls.request().labels == (7,)


def test_the_same_model_keeps_what_was_set(controls, manifest):
    controls.set_manifest(manifest)
    controls.scalars["steps"].setValue(33)
    controls.classes.setCurrentIndex(3)
    controls.set_manifest(manifest.model_copy(update={"title": "other", "classes": ("x", "y", "z")}))
    assert controls.scalars["steps"].value() == 33
    assert controls.classes.currentText() == "y"


def test_the_seed_changes_after_a_sample_where_that_is_wanted(controls, manifest):
    controls.set_manifest(manifest)
    controls.seed.setValue(5)
    controls.new_seed.setChecked(False)
    controls.after_sample()
    assert controls.seed.value() == 5
    controls.new_seed.setChecked(True)
    seeds = set()
    for _ in range(5):
        controls.after_sample()
        seeds.add(controls.seed.value())
    assert len(seeds) > 1


def test_controls_stand_in_lines_that_fit(app, controls, manifest):
    controls.resize(520, 200)
    controls.show()
    controls.set_manifest(manifest)
    app.processEvents()
    fields = [controls._flow.itemAt(place).widget().geometry() for place in range(controls._flow.count())]
    assert len({field.top() for field in fields}) > 1
    assert all(not a.intersects(b) for place, a in enumerate(fields) for b in fields[:place])
    assert max(field.right() for field in fields) < 520


def test_without_a_model_nothing_can_be_asked(controls):
    assert not controls.sample.isEnabled()
    assert not controls.hint.isHidden()


def test_what_is_known_is_a_part_of_a_picture(controls, manifest):
    controls.set_manifest(manifest)
    assert controls.known is None
    controls.set_manifest(Manifest(inputs=(noise_input((4,)), given_input(ImageSpec(shape=(2, 2, 1))))))
    assert controls.request().given is None
    assert controls.known.thumbnail.isHidden()
    controls.known.set_known(KnownValues([1, 2, 3, -1]), "top")
    assert controls.request().given == KnownValues([1, 2, -1, -1])
    assert not controls.known.thumbnail.isHidden()
    controls.known.part.setCurrentIndex(controls.known.part.findData("all"))
    assert controls.request().given == KnownValues([1, 2, 3, -1])
    # Opaque where it is known, in grey.
    picture = controls.known.thumbnail.pixmap().toImage()
    corners = [picture.pixelColor(x, y) for y in (2, 28) for x in (2, 28)]
    assert [(corner.red(), corner.alpha()) for corner in corners] == [(1, 255), (2, 255), (3, 255), (0, 0)]
    # Another file of the same inputs goes on with it.
    controls.set_manifest(Manifest(inputs=(noise_input((4,)), given_input(ImageSpec(shape=(2, 2, 1)))), classes=("x",)))
    assert controls.request().given == KnownValues([1, 2, 3, -1])
    controls.known.clear.click()
    assert controls.request().given is None


def _of_rows(*columns):
    spec = TableSpec(shape=(len(columns),), columns=columns)
    given = given_input(spec)
    return Manifest(inputs=(noise_input((4,)), given), modality="table", shape=spec.shape, columns=spec.columns)


CUT = Column(name="cut", kind="category", categories=("Fair", "Good"))
CARAT = Column(name="carat", knots=(0.195, 5.015), step=0.01)
PRICE = Column(name="price", kind="whole", knots=(325.5, 18823.5), step=1.0)


def test_what_is_known_of_a_row_are_cells(controls):
    controls.set_manifest(_of_rows(CUT, CARAT, PRICE))
    cells = controls.known.form.cells
    assert controls.request().given is None
    assert controls.known.choose.text() == "Choose cells"
    assert [cells.index(row, 1).data() for row in range(3)] == [
        "Free: category of 2: Fair, Good",
        "Free: number from 0.20 to 5.01",
        "Free: whole number from 326 to 18823",
    ]
    assert cells.setData(cells.index(0, 1), "Good")
    assert cells.setData(cells.index(1, 1), " 0.7 ")
    assert cells.index(1, 1).data() == "0.70"
    assert controls.known.choose.text() == "2 of 3 known"
    assert controls.request().given == KnownValues(np.array([1.0, 0.7, np.nan], np.float32))
    # A word that the column cannot hold is refused in a sentence, and the cell stays what it was.
    assert not cells.setData(cells.index(2, 1), "1.5")
    assert "'price' is a whole number" in controls.known.form.notice.text
    assert not cells.setData(cells.index(0, 1), "Royal")
    assert controls.request().given.num_known == 2
    assert cells.setData(cells.index(0, 1), "")
    assert controls.request().given.num_known == 1
    # Another file of the same columns goes on with it, one of other columns does not.
    controls.set_manifest(_of_rows(CUT, CARAT, PRICE).model_copy(update={"title": "another"}))
    assert controls.request().given.num_known == 1
    controls.set_manifest(_of_rows(CUT, PRICE, CARAT))
    assert controls.request().given is None
    controls.set_request(SampleRequest(given=KnownValues(np.array([np.nan, 400, np.nan], np.float32))))
    assert controls.known.form.cells.index(1, 1).data() == "400"
    controls.known.clear.click()
    assert controls.request().given is None


def test_a_cell_is_chosen_among_its_categories_or_written(app, controls, wait_until):
    controls.set_manifest(_of_rows(CUT, CARAT))
    controls.show()
    controls.known.choose.click()
    view = controls.known.form.view
    assert controls.known.form.isVisible()
    view.edit(controls.known.form.cells.index(0, 1))
    box = view.findChild(ComboBox)
    assert [box.itemText(place) for place in range(box.count())] == ["Free", "Fair", "Good"]
    box.setCurrentIndex(2)
    box.activated.emit(2)
    assert controls.known.form.cells.index(0, 1).data() == "Good"
    view.edit(controls.known.form.cells.index(1, 1))
    line = view.findChild(LineEdit)
    line.setText("1.25")
    QTest.keyClick(line, Qt.Key.Key_Return)
    wait_until(lambda: controls.request().given.num_known == 2)
    assert controls.known.form.cells.index(1, 1).data() == "1.25"
    controls.known.form.close()


def test_what_the_studio_cannot_show_has_no_field(controls):
    # A shape that is no picture, in a file that does not say what its items are.
    wanted = Input(name="given", kind="given", shape=(7,))
    controls.set_manifest(Manifest(inputs=(noise_input((4,)), wanted)))
    assert controls.known is None
