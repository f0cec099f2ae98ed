"""The whole judge: trained on toy data, exported, judged, in this process and in its own."""

import json
import shutil
import signal
import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnx import helper

from studio.core.errors import DataError, ModelError, SettingsError
from studio.core.estimate import next_training
from studio.core.sampling import MANIFEST_KEY, Parity
from studio.evaluate.comparison import compare
from studio.evaluate.evaluation import EvaluationRequest, evaluate_files
from studio.evaluate.image.classifier import CLASSIFIER_FOLDER, load_or_train_classifier
from studio.evaluate.keeping import keep_reports, save_pictures
from studio.evaluate.report import comparison_text, report_text
from studio.store.evaluation import (
    NOISE_VERSION,
    EvaluationReport,
    LikelihoodReport,
    read_evaluation,
    write_evaluation,
)
from studio.store.workspace import Workspace
from studio.testing import Trial, toy_dataset
from studio_vae.plugin import plugin
from tests.evaluate.copying import copier

SHAPE = (8, 8, 1)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    """The classifier of the toy data set, trained once for all tests."""
    workspace = Workspace(tmp_path_factory.mktemp("trained"))
    folder = workspace.folder("datasets") / toy_dataset(workspace, SHAPE, 2, 480).document.id
    load_or_train_classifier(folder)
    return folder / CLASSIFIER_FOLDER


@pytest.fixture
def bare(workspace):
    """480 items, 60 of them held out, and their folder; without a classifier."""
    dataset = toy_dataset(workspace, SHAPE, 2, 480)
    return dataset, workspace.folder("datasets") / dataset.document.id


@pytest.fixture
def toy(bare, classifier):
    """The same with its classifier."""
    shutil.copytree(classifier, bare[1] / CLASSIFIER_FOLDER)
    return bare


REQUEST = EvaluationRequest(samples=60, likelihood_items=40, draws=3, provider="cpu")


def everything(report):
    """Every number of a report, to see that none is missing."""
    return json.loads(report.model_dump_json())


def test_a_model_is_trained_exported_and_judged(workspace, bare):
    dataset, folder = bare
    trial = Trial(plugin, workspace, dataset, {"channels": 8, "groups": 0}, {"steps": 60})
    trial.train()
    file = trial.export().folder / "sample.onnx"
    stages = []
    (found,) = evaluate_files(folder, [file], REQUEST, lambda stage, done, total: stages.append((stage, done, total)))
    report = found.report
    assert (report.split, report.held_out, report.sampling.count, report.seed) == ("validation", 60, 60, 0)
    assert (report.model, report.family, report.step) == (file.parent.name, "vae", 60)
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
    for stage in {stage for stage, _, _ in stages} - {"training the classifier of the data set"}:
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


def test_a_report_of_the_first_format_is_read(tmp_path, toy):
    """It says of itself that its numbers are of an earlier protocol, and the file it was stays beside it."""
    dataset, folder = toy
    file = copier(tmp_path / "some.onnx", dataset.items[:99])
    document = evaluate_files(folder, [file], REQUEST)[0].report.model_dump(mode="json")
    del document["protocol"]
    for features in document["features"]:
        for measure in features["measures"]:
            for new in ("above", "above_interval", "halves", "quarters"):
                del measure[new]
            measure |= {"multiple": 2.0, "resamples": 20}
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps({"format": 1, **document}))
    report = read_evaluation(tmp_path)
    assert report.protocol == 1
    assert report.features[0].measures[0].above is None
    assert json.loads(path.read_text())["format"] == 2
    assert json.loads((tmp_path / "evaluation.json.format-1").read_text())["format"] == 1
    assert read_evaluation(tmp_path) == report
    assert "ABOVE THE FLOOR" not in report_text(report)


def test_a_likelihood_of_before_says_that_its_noise_was_another():
    values = {name: 1 for name in LikelihoodReport.model_fields if name != "noise_version"}
    words = {"label": "l", "kind": "bound", "protocol": "p", "split": "test"}
    assert LikelihoodReport.model_validate({**values, **words}).noise_version == 1


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


def test_the_likelihood_beside_a_file_is_measured(workspace, tmp_path, gaussian_file):
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


def test_files_are_compared_without_ranking_what_cannot_be_told(toy, tmp_path):
    dataset, folder = toy
    items, labels = dataset.batch(dataset.indices("train"))
    classes = dataset.spec.classes
    middle = len(items) // 2
    alike = [
        copier(tmp_path / f"{name}.onnx", items[half], labels[half], classes)
        for half, name in ((slice(None, middle), "a"), (slice(middle, None), "b"))
    ]
    noise = np.random.default_rng(0).integers(0, 256, items.shape).astype(np.uint8)
    bad = copier(tmp_path / "bad.onnx", noise, labels, classes, title="Noise")
    evaluations = evaluate_files(folder, [*alike, bad], REQUEST)
    verdicts = {(one.features, one.measure): one.verdict for one in compare(evaluations)}
    for name in ("classifier of the data set", "EfficientNet-Lite0 (ImageNet) at 64 px"):
        verdict = verdicts[name, "kernel distance"]
        assert "between a and b no difference can be told" in verdict
        assert "a is nearer than bad" in verdict
        assert "b is nearer than bad" in verdict
    pooled = compare(evaluations, pool=True)
    kernel = next(one for one in pooled if one.measure == "kernel distance")
    assert [(group.names, group.trainings) for group in kernel.groups] == [(("a", "b"), 2), (("bad",), 1)]
    assert kernel.verdict.startswith("a + b is nearer than bad by ")
    singles = [one.estimates[kernel.features, "kernel distance"] for one in evaluations[:2]]
    assert kernel.groups[0].value == pytest.approx(np.mean([one.value for one in singles]))
    assert kernel.groups[0].interval == pytest.approx(next_training([one.value for one in singles]))
    (difference,) = kernel.differences
    assert difference.told
    assert difference.interval[0] < difference.value < difference.interval[1]
    text = comparison_text(pooled)
    assert "a + b, 2 trainings" in text
    assert "an interval of one training knows nothing of other seeds: bad." in text
    # The same file twice is one training.
    twice = compare([evaluations[0], evaluations[0]], pool=True)
    assert twice[0].groups[0].trainings == 1
    assert compare(evaluations[:1]) == []


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


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"shape": ()}, "does not say what it was trained on"),
        ({"role": "decode"}, "draws no samples, its role is 'decode'"),
        ({"modality": "text"}, "gives text data, the data set holds image data"),
        ({"shape": (9, 8, 1)}, "draws samples of 9 x 8 x 1, but items of the data set are 8 x 8 x 1"),
    ],
)
def test_files_that_cannot_be_judged(bare, tmp_path, values, why):
    dataset, folder = bare
    file = copier(tmp_path / "some.onnx", dataset.items[:9], **values)
    with pytest.raises(ModelError, match=why):
        evaluate_files(folder, [file], REQUEST)
    assert not (folder / "classifier").exists()  # said before anything was trained


def test_a_file_that_knows_other_classes(toy, tmp_path):
    dataset, folder = toy
    items, labels = dataset.batch(dataset.indices("train"))
    file = copier(tmp_path / "some.onnx", items, labels, ("cat", "dog"))
    with pytest.raises(ModelError, match="knows other classes"):
        evaluate_files(folder, [file], REQUEST)


def test_a_file_that_breaks_its_promise(toy, tmp_path):
    dataset, folder = toy
    model = onnx.load_model(copier(tmp_path / "some.onnx", dataset.items[:9, :4]))
    manifest = json.loads(model.metadata_props[0].value)
    helper.set_model_props(model, {MANIFEST_KEY: json.dumps({**manifest, "shape": SHAPE})})
    onnx.save_model(model, tmp_path / "some.onnx")
    with pytest.raises(ModelError, match=r"gives uint8 \[4, 8, 1\] where it promised images"):
        evaluate_files(folder, [tmp_path / "some.onnx"], REQUEST)


def test_too_few_items(workspace, tmp_path):
    for count, why in ((40, "has 5 held-out items, too few"), (12, "has 1 held-out item, too few")):
        dataset = toy_dataset(workspace, (4, 4, 1), 2, count)
        folder = workspace.folder("datasets") / dataset.document.id
        file = copier(tmp_path / "some.onnx", dataset.items[:9])
        with pytest.raises(DataError, match=why):
            evaluate_files(folder, [file], REQUEST)
        folder.rename(folder.with_name(f"old-{count}"))


@pytest.mark.parametrize("values", [{"samples": 11}, {"samples": 10**7}, {"draws": 0}, {"likelihood_items": 1}])
def test_counts_out_of_bounds(toy, tmp_path, values):
    with pytest.raises(SettingsError, match="must be at least"):
        evaluate_files(toy[1], [], EvaluationRequest(**values))


def test_a_report_cannot_hold_nonsense(toy, tmp_path):
    dataset, folder = toy
    file = copier(tmp_path / "some.onnx", dataset.items[:99])
    report = evaluate_files(folder, [file], REQUEST)[0].report
    with pytest.raises(ValueError, match="finite"):
        EvaluationReport.model_validate({**report.model_dump(), "elapsed": float("nan")})
    write_evaluation(tmp_path, report)
    (tmp_path / "evaluation.json").write_text('{"format": 1}')
    with pytest.raises(Exception, match="evaluate the model again"):
        read_evaluation(tmp_path)


def start(workspace, *words):
    command = [sys.executable, "-m", "studio.evaluate", str(workspace.path), *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_process_says_why_it_fails(workspace, toy, tmp_path):
    (tmp_path / "broken.onnx").write_bytes(b"broken")
    process = start(workspace, toy[1].name, tmp_path / "broken.onnx")
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert errors == ""
    event = json.loads(output.splitlines()[-1])
    assert event["event"] == "error"
    assert event["message"].startswith(f"{tmp_path / 'broken.onnx'} is damaged")


def test_the_process_is_cancelled_while_the_classifier_learns(workspace, bare, tmp_path):
    dataset, folder = bare
    file = copier(tmp_path / "some.onnx", dataset.items[:99])
    process = start(workspace, folder.name, file, "-o", tmp_path / "out.json")
    for line in process.stdout:
        if "training the classifier" in line:
            break
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert errors == ""
    last = json.loads(output.splitlines()[-1])
    assert last == {"event": "error", "message": "The evaluation was cancelled; reports that were finished are kept."}
    assert not (folder / "classifier").exists()
    assert not (tmp_path / "out.json").exists()
    assert [path for path in folder.iterdir() if path.name.startswith(".")] == []
