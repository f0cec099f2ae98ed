"""The judge's document in a model's folder: written and read back, of earlier formats too, or damaged."""

import json

import pytest

from studio.core.errors import DamagedDocumentError, ForeignEntryError, WorkspaceError
from studio.store.evaluation import (
    EVALUATION_FILE,
    EvaluationReport,
    LikelihoodReport,
    read_evaluation,
    write_evaluation,
)
from tests.judged import make_report


def test_a_likelihood_of_before_says_that_its_noise_was_another():
    values = {name: 1 for name in LikelihoodReport.model_fields if name != "noise_version"}
    words = {"label": "l", "kind": "bound", "protocol": "p", "split": "test"}
    assert LikelihoodReport.model_validate({**values, **words}).noise_version == 1


def test_round_trip(tmp_path):
    assert read_evaluation(tmp_path) is None
    report = make_report(notes=("a note",))
    assert write_evaluation(tmp_path, report) == tmp_path / EVALUATION_FILE
    assert read_evaluation(tmp_path) == report
    other = make_report(value=1.0)
    write_evaluation(tmp_path, other)
    assert read_evaluation(tmp_path) == other


def test_one_of_the_first_format_says_that_its_numbers_are_of_the_first_protocol(tmp_path):
    document = make_report().model_dump(mode="json")
    del document["protocol"]
    for measure in document["features"][0]["measures"]:
        for new in ("above", "above_interval", "halves", "quarters"):
            del measure[new]
    text = json.dumps({"format": 1, **document})
    (tmp_path / EVALUATION_FILE).write_text(text)
    report = read_evaluation(tmp_path)
    assert report.protocol == 1
    assert report.features[0].measures[0].above is None
    assert (tmp_path / f"{EVALUATION_FILE}.format-1").read_text() == text


@pytest.mark.parametrize("data", ['{"format": 1}', '{"format": 2, "file": 3}'])
def test_a_damaged_one(tmp_path, data):
    (tmp_path / EVALUATION_FILE).write_text(data)
    with pytest.raises(DamagedDocumentError, match=r"evaluation\.json is damaged; evaluate the model again\.$"):
        read_evaluation(tmp_path)


def test_one_of_a_newer_studio(tmp_path):
    (tmp_path / EVALUATION_FILE).write_text('{"format": 99}')
    with pytest.raises(WorkspaceError, match="newer studio"):
        read_evaluation(tmp_path)


def test_nothing_is_written_behind_a_link(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "model").symlink_to(tmp_path / "outside")
    with pytest.raises(ForeignEntryError, match="is a link"):
        write_evaluation(tmp_path / "model", make_report())
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_number_that_is_not_finite_is_none():
    with pytest.raises(ValueError, match="finite"):
        EvaluationReport.model_validate({**make_report().model_dump(), "elapsed": float("nan")})


def test_what_follows_from_its_numbers():
    report = make_report()
    assert report.sampling.seconds_per_sample == pytest.approx(0.02)
    measure = report.features[0].measures[0]
    assert measure.estimate.value == measure.value
    assert measure.estimate.halves.tolist() == list(measure.halves)
