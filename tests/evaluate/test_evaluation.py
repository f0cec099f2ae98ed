"""The whole judge: trained on toy data, exported, judged, in this process and in its own."""

import json

import numpy as np
import pytest

from studio.core.errors import SettingsError
from studio.core.manifest import Parity
from studio.evaluate.comparison import compare
from studio.evaluate.evaluation import EvaluationRequest, evaluate_files
from studio.evaluate.keeping import keep_reports, save_pictures
from studio.evaluate.report import comparison_text, report_text
from studio.store.evaluation import (
    NOISE_VERSION,
    read_evaluation,
)
from studio.testing import Trial, toy_dataset
from studio_gan.plugin import plugin
from tests.evaluate.conftest import REQUEST, SHAPE
from tests.evaluate.copying import copier


def everything(report):
    """Every number of a report, to see that none is missing."""
    return json.loads(report.model_dump_json())


def test_a_model_is_trained_exported_and_judged(workspace, toy, uncaptured):
    dataset, folder = toy
    trial = Trial(plugin, workspace, dataset, {"channels": 8, "latent_dim": 4}, {"steps": 60})
    trial.train()
    file = trial.export().folder / "sample.onnx"
    stages = []
    (found,) = evaluate_files(folder, [file], REQUEST, lambda stage, done, total: stages.append((stage, done, total)))
    report = found.report
    assert (report.split, report.held_out, report.sampling.count, report.seed) == ("validation", 60, 60, 0)
    assert (report.model, report.family, report.step) == (file.parent.name, "gan", 60)
    assert [entry.name for entry in report.features] == [
        "classifier of the data set",
        "EfficientNet-Lite0 (ImageNet) at 64 px",
    ]
    for features in report.features:
        names = [measure.name for measure in features.measures]
        assert names == ["Fréchet distance", "kernel distance", "precision", "recall", "density", "coverage"]
        frechet = features.measures[0]
        assert frechet.value > frechet.floor > 0
        for distance in features.measures[:2]:
            assert distance.above == pytest.approx(distance.value - distance.floor)
            assert distance.above_interval[0] < distance.above < distance.above_interval[1]
        assert all(measure.above is None for measure in features.measures[2:])
        assert all(measure.interval[0] <= measure.value <= measure.interval[1] for measure in features.measures)
        assert all(len(measure.halves) >= 10 for measure in features.measures)
        assert features.measures[0].estimate.interval() == pytest.approx(frechet.interval)
    assert report.classes is not None
    assert sum(report.classes.samples) == sum(report.classes.held_out) == 60
    assert report.classes.accuracy is not None
    assert report.classes.accuracy.floor > 0.95
    assert [entry.features for entry in report.memorisation] == ["pixels", "classifier of the data set"]
    assert report.memorisation[0].training == 420
    assert report.notes[0].startswith("There are too few test items; validation items")
    text = report_text(report)
    assert "ABOVE THE FLOOR: Fréchet distance " in text
    assert "times the floor" not in text
    assert report.protocol == 2
    assert "nan" not in text.lower().replace("nanometre", "")
    assert "FID" not in text
    written, notes = keep_reports(workspace, [found])
    assert (written, notes) == ([file.parent / "evaluation.json"], [])
    assert read_evaluation(file.parent) == report
    # Each stage begins and ends, and every one of them may be stopped at.
    for stage in {stage for stage, _, _ in stages}:
        last = [entry for entry in stages if entry[0] == stage][-1]
        assert last[1] == last[2], last


def test_copies_of_training_items_and_held_out_items(toy, tmp_path):
    """Training items drawn again are as good as the floor, and found out as copies; held-out ones are not."""
    dataset, folder = toy
    training, held_out = (dataset.batch(dataset.indices(split)) for split in ("train", "validation"))
    classes = dataset.spec.classes
    copied = copier(tmp_path / "copied.onnx", *training, classes)
    fresh = copier(tmp_path / "fresh.onnx", *held_out, classes)
    first, second = evaluate_files(folder, [copied, fresh], REQUEST)
    assert [entry.ratio for entry in first.report.memorisation] == pytest.approx([0.0, 0.0], abs=1e-3)
    assert [entry.near for entry in first.report.memorisation] == [1.0, 1.0]
    assert all(entry.ratio == pytest.approx(1.0, abs=0.2) for entry in second.report.memorisation)
    for found in (first, second):
        kernel = found.report.features[0].measures[1]
        assert kernel.interval[0] < max(0.0, kernel.floor_interval[1])
        assert found.report.classes.accuracy.value > 0.95
        assert found.report.classes.total_variation < 0.1
        assert found.report.classes.missing == ()
    # The pictures show each copy beside its original.
    strip = first.strips["pixels"]
    assert strip.shape == (16, 4, *SHAPE)
    assert np.array_equal(strip[:, 0], strip[:, 1])
    paths = save_pictures([first, second], tmp_path / "pictures")
    assert len(paths) == 4
    assert paths[0].name == "1-copied-nearest-pixels.png"
    assert all(path.is_file() for path in paths)


def test_ink_is_judged_against_ink(toy, tmp_path):
    """Finding M17: held-out items drawn in black and white lie near a floor drawn alike, not far from grey items."""
    dataset, folder = toy
    items, labels = dataset.batch(dataset.indices("validation"))
    drawn = np.random.default_rng(0).random(items.shape) * 255.0 < items
    file = copier(tmp_path / "ink.onnx", drawn.astype(np.uint8) * 255, labels, dataset.spec.classes)
    grey = copier(tmp_path / "grey.onnx", items, labels, dataset.spec.classes)
    noise = copier(tmp_path / "noise.onnx", np.random.default_rng(0).integers(0, 256, items.shape).astype(np.uint8))
    found, *others = evaluate_files(folder, [file, grey, noise], REQUEST)
    names = [features.name for features in found.report.features]
    assert all(name.endswith(", black and white") for name in names)
    assert any("drawn in black and white too" in note for note in found.report.notes)
    kernel = found.report.features[0].measures[1]
    assert kernel.above_interval[0] < max(0.0, kernel.floor_interval[1])
    assert (names[0], "accuracy") in found.estimates
    # The grey ones are compared with each other all the same, and it is said that the first is not.
    compared = compare([found, *others])
    assert {tuple(name for group in one.groups for name in group.names) for one in compared} == {("grey", "noise")}
    assert all(one.without == ("ink",) for one in compared)
    assert "  without ink: no such measure there" in comparison_text(compared)


def test_a_class_that_is_never_drawn(toy, tmp_path):
    dataset, folder = toy
    items, labels = dataset.batch(dataset.indices("train"))
    file = copier(tmp_path / "one.onnx", items[labels == 0])
    (found,) = evaluate_files(folder, [file], REQUEST)
    classes = found.report.classes
    assert classes.missing == ("class 1",)
    assert classes.total_variation == pytest.approx(0.5, abs=0.1)
    assert classes.accuracy is None
    assert "MISSING, or hardly drawn: class 1" in report_text(found.report)
    coverage = {measure.name: measure for measure in found.report.features[0].measures}["coverage"]
    assert coverage.value < 0.6 < coverage.floor


def test_constant_samples_make_sensible_numbers(toy, tmp_path):
    _, folder = toy
    file = copier(tmp_path / "grey.onnx", np.full((1, *SHAPE), 128, np.uint8))
    (found,) = evaluate_files(folder, [file], REQUEST)
    measures = {measure.name: measure for measure in found.report.features[0].measures}
    assert measures["Fréchet distance"].value > 5 * measures["Fréchet distance"].floor
    assert measures["recall"].value == 0.0
    report_text(found.report)


def test_a_data_set_of_constant_images(workspace, tmp_path):
    dataset = toy_dataset(workspace, SHAPE, 0, 120)
    folder = workspace.folder("datasets") / dataset.document.id
    np.save(folder / "items.npy", np.full((120, *SHAPE), 7, np.uint8))
    same = copier(tmp_path / "same.onnx", np.full((1, *SHAPE), 7, np.uint8))
    other = copier(tmp_path / "other.onnx", np.full((1, *SHAPE), 200, np.uint8))
    first, second = evaluate_files(folder, [same, other], REQUEST)
    assert "has no two classes" in " ".join(first.report.notes)
    assert (first.report.classes, first.report.memorisation[0].ratio) == (None, None)
    (features,) = first.report.features
    assert features.measures[0].value == pytest.approx(0.0, abs=1e-6)
    assert features.measures[0].above == pytest.approx(0.0, abs=1e-6)
    assert second.report.features[0].measures[0].value > 0.1
    assert "cannot be told" in report_text(first.report)


def test_without_any_set_of_features_the_rest_goes_on(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr("studio.evaluate.image.efficientnet._PACKAGE", "there-is-no-such-package")
    dataset = toy_dataset(workspace, SHAPE, 0, 120)
    folder = workspace.folder("datasets") / dataset.document.id
    file = copier(tmp_path / "some.onnx", dataset.items[:50])
    (found,) = evaluate_files(folder, [file], REQUEST)
    assert found.report.features == ()
    assert [entry.features for entry in found.report.memorisation] == ["pixels"]
    assert any("install the package" in note for note in found.report.notes)
    report_text(found.report)


def test_the_likelihood_beside_a_file_is_measured(workspace, tmp_path, gaussian_file, hasty):
    dataset = toy_dataset(workspace, (2, 2, 1), 2, 120)
    folder = workspace.folder("datasets") / dataset.document.id
    items, labels = dataset.batch(dataset.indices("train"))
    file = copier(tmp_path / "sample.onnx", items, labels, dataset.spec.classes)
    gaussian_file("log_prob.onnx")
    (found,) = evaluate_files(folder, [file], REQUEST)
    without, given = found.report.likelihood
    assert (without.split, without.count, without.class_given, given.class_given) == ("validation", 15, False, True)
    assert without.mixture
    assert f"likelihood: {without.nats:.2f} ±" in report_text(found.report)
    assert without.noise_version == NOISE_VERSION == 2
    (tmp_path / "log_prob.onnx").write_bytes(b"broken")
    (found,) = evaluate_files(folder, [file], REQUEST)
    assert found.report.likelihood == ()
    assert found.report.notes[-1].startswith("The likelihood was not measured: ")


def test_an_edited_file_is_judged_and_called_edited(toy, tmp_path):
    """Finding S10: its numbers are not those of what was trained."""
    dataset, folder = toy
    certificate = Parity(max_abs=0.0, mean_abs=0.0, tolerance=1e-4, passed=True, count=8, provider="", sha256="0" * 64)
    file = copier(tmp_path / "some.onnx", dataset.items[:99], parity=certificate)
    (found,) = evaluate_files(folder, [file], REQUEST)
    assert "The file was changed after it was exported: what it draws is not what was trained." in found.report.notes


def test_the_same_judgement_twice(toy, tmp_path):
    dataset, folder = toy
    file = copier(tmp_path / "some.onnx", dataset.items[:99])
    first, second = (evaluate_files(folder, [file], REQUEST)[0].report for _ in range(2))
    changing = {"created", "elapsed", "sampling"}
    assert first.model_dump(exclude=changing) == second.model_dump(exclude=changing)
    assert first.sampling.sha256 == second.sampling.sha256


@pytest.mark.parametrize("values", [{"samples": 11}, {"samples": 10**7}, {"draws": 0}, {"likelihood_items": 1}])
def test_counts_out_of_bounds(toy, tmp_path, values):
    with pytest.raises(SettingsError, match="must be at least"):
        evaluate_files(toy[1], [], EvaluationRequest(**values))
