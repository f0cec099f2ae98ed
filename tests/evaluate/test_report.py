"""The judge's reports in words."""

import pytest

from studio.evaluate.report import comparison_text, report_text
from studio.store.evaluation import Comparison, Group, MemorisationReport
from tests.judged import make_report


def line(report, beginning):
    (found,) = [line for line in report_text(report).splitlines() if line.strip().startswith(beginning)]
    return found.strip()


def test_the_head_says_what_was_judged_and_how():
    first, second, *_ = report_text(make_report("m-1")).splitlines()
    assert first == "M-1 (m-1): 100 samples against as many held-out items of toys (test split), seed 0"
    assert second == "  trained 9 steps in 1:01; a sample takes 20 ms on CPUExecutionProvider, steps 4"


def test_a_model_is_first_known_by_how_far_above_the_floor_it_is():
    report = make_report(value=6.0)
    assert line(report, "ABOVE THE FLOOR") == "ABOVE THE FLOOR: Fréchet distance 4 (3.5 to 4.5) (pixels)"
    said = "6 (5.4 to 6.6), floor 2: 4 above it (3.5 to 4.5)"
    assert line(report, "Fréchet distance").split(maxsplit=2)[2] == said
    assert line(report, "coverage").split(maxsplit=1)[1] == "0.7 (0.63 to 0.77), floor 0.95"
    assert "ABOVE THE FLOOR" not in report_text(make_report(features=()))
    # A report of the first protocol does not say it.
    (features,) = report.features
    measures = tuple(
        measure.model_copy(update={"above": None, "above_interval": None}) for measure in features.measures
    )
    before = features.model_copy(update={"measures": measures})
    assert "ABOVE THE FLOOR" not in report_text(make_report(features=(before,)))


def test_a_distance_that_cannot_be_told_from_the_floor():
    assert line(make_report(value=2.25), "Fréchet distance").endswith(
        "0.25 above it (-0.25 to 0.75), which cannot be told from it"
    )


def test_classes():
    report = make_report()
    assert line(report, "classes") == "classes, by the classifier (right on 97.00% of the validation items)"
    assert line(report, "the class histogram") == "the class histogram differs by 0 in total variation, floor 0"
    assert "MISSING" not in report_text(report)
    missing = report.classes.model_copy(update={"missing": ("dark", "bright"), "accuracy": None})
    assert line(make_report(classes=missing), "MISSING") == "MISSING, or hardly drawn: dark, bright"
    assert "accuracy" not in report_text(make_report(classes=missing))


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (0.9876, "ratio 0.988 (1 = fresh, 0 = copies)"),
        (None, "ratio cannot be told, for held-out items are copies too"),
    ],
)
def test_memorisation(ratio, said):
    entry = MemorisationReport(features="pixels", training=5000, median=1, median_held_out=1, ratio=ratio, near=0.012)
    text = line(make_report(memorisation=(entry,)), "memorisation")
    assert text.startswith(f"memorisation in pixels: {said}")
    assert text.endswith("1.2% of the samples nearer to 5,000 training items than all but 1 % of the held-out items")


def test_likelihoods_say_whether_they_are_bounds():
    report = make_report(nats=-80.0)
    (entry,) = report.likelihood
    said = "likelihood: at least -80.00 ± 0.50 nats an item, at most 7.2135 bits per dimension"
    assert line(report, "likelihood") == f"{said} [{entry.label}]"
    exact = entry.model_copy(update={"kind": "exact", "nats_error": None, "label": "l"})
    said = "likelihood: -80.00 nats an item, 7.2135 bits per dimension [l]"
    assert line(make_report(likelihood=(exact,)), "likelihood") == said
    none = entry.model_copy(update={"nats": None, "impossible": 3, "label": "l"})
    near = exact.model_copy(update={"gap": 0.0377, "gap_error": 0.0056})
    said = "likelihood: -80.00 nats an item, 7.2135 bits per dimension, 0.038 ± 0.006 below the true density [l]"
    assert line(make_report(likelihood=(near,)), "likelihood") == said
    said = "likelihood: none, 3 items without a finite one [l]"
    assert line(make_report(likelihood=(none,)), "likelihood") == said


def test_notes_come_last():
    assert report_text(make_report(notes=("one", "two"))).splitlines()[-2:] == ["note: one", "note: two"]


def test_a_comparison_ranks_nothing_inside_an_interval():
    groups = (
        Group(names=("a", "b"), trainings=2, value=5.5, interval=(4.0, 7.0)),
        Group(names=("c",), trainings=1, value=6.0, interval=(5.5, 6.5)),
    )
    comparison = Comparison(features="pixels", measure="d", groups=groups, without=("e", "f"), verdict="v")
    assert comparison_text([comparison]).splitlines() == [
        "d, pixels: v",
        "  5.5 (4 to 7) a + b, 2 trainings",
        "  6 (5.5 to 6.5) c, 1 training",
        "  without e, f: no such measure there",
        "note: an interval of one training knows nothing of other seeds: c.",
    ]
    assert comparison_text([]) == ""
