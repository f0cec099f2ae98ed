"""Several files beside one another: told apart only where chance could not have put them in another order."""

import numpy as np
import pytest

from studio.core.estimate import next_training
from studio.evaluate.comparison import compare
from studio.evaluate.evaluation import evaluate_files
from studio.evaluate.report import comparison_text
from tests.evaluate.conftest import REQUEST, make_evaluation
from tests.evaluate.copying import copier


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


DISTANCE = "Fréchet distance"
SPREAD = (-1.0, 0.0, 1.0)


def evaluation(name, value, spread=SPREAD, measure=DISTANCE, **about):
    return make_evaluation(name, [(measure, value, [value + part for part in spread])], **about)


def test_what_chance_does_to_both_alike_drops_out():
    """Each alone is known to 2, and their difference exactly: they were measured on the same parts."""
    ((comparison),) = compare([evaluation("a", 5.0), evaluation("b", 5.5)])
    (difference,) = comparison.differences
    assert (difference.lower, difference.higher, difference.told) == (("a",), ("b",), True)
    assert difference.interval == (0.5, 0.5)
    assert comparison.groups[0].interval == pytest.approx((3.04, 6.96))
    assert comparison.verdict == "a is nearer than b by 0.5 (0.5 to 0.5)"


def test_what_moves_each_by_itself_tells_nothing():
    (comparison,) = compare([evaluation("a", 5.0), evaluation("b", 5.5, spread=(1.0, 0.0, -1.0))])
    assert not comparison.differences[0].told
    assert comparison.verdict == "between a and b no difference can be told"


def test_a_share_is_lower_not_nearer():
    (comparison,) = compare([evaluation(name, value, measure="coverage") for name, value in (("a", 0.9), ("b", 0.5))])
    assert comparison.verdict == "b is lower than a by 0.4 (0.4 to 0.4)"


def test_a_measure_that_one_of_them_lacks():
    files = [evaluation("a", 5.0), evaluation("b", 6.0), evaluation("c", 1.0, measure="coverage")]
    (comparison,) = compare(files)
    assert comparison.measure == DISTANCE
    assert comparison.without == ("c",)


def test_trainings_of_other_settings_are_not_pooled():
    files = [
        evaluation("a", 5.0, sha256="1", title="T"),
        evaluation("b", 6.0, sha256="2", title="T"),
        evaluation("c", 5.0, sha256="3", title="T", settings={"depth": 2}),
    ]
    (pooled,) = compare(files, pool=True)
    assert [group.names for group in pooled.groups] == [("a", "b"), ("c",)]
    assert pooled.groups[0].interval == pytest.approx(tuple(max(0.0, end) for end in next_training([5.0, 6.0])))
    assert len(compare(files)[0].groups) == 3


def test_two_trainings_of_one_model_alone():
    files = [evaluation("a", 5.0, sha256="1", title="T"), evaluation("b", 6.0, sha256="2", title="T")]
    (comparison,) = compare(files, pool=True)
    assert comparison.differences == ()
    assert comparison.verdict == "trainings of the same model"
