"""Controls are built from a manifest alone, whoever wrote it."""

import pytest

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
from studio.core.modality import ImageSpec, TableSpec
from studio.core.request import SampleRequest
from studio.gui.action import Action
from studio.gui.widgets import DoubleSpinBox, SpinBox

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


def test_only_pictures_can_be_completed(controls):
    controls.set_manifest(Manifest(inputs=(noise_input((4,)), given_input(TableSpec(shape=(2,), columns=("x", "y"))))))
    assert controls.known is None
