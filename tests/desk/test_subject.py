"""What is compared: names that tell models apart, and the judge's documents."""

import os

from studio.core.manifest import Manifest
from studio.desk.snapshot import ModelRow, Snapshot
from studio.desk.subject import Judged, judged_of, read_reports, subjects_of
from studio.store.evaluation import EVALUATION_FILE, write_evaluation


def test_newest_first_and_no_two_are_called_the_same(tmp_path):
    def row(name, **values):
        return ModelRow(tmp_path / name, Manifest(inputs=(), **values), 0.0)

    rows = (
        row("1", title="same", step=5),
        row("2", title="same", step=5),
        row("3", title="same", step=7),
        row("4", title="alone", step=5),
        ModelRow(tmp_path / "5", None, 0.0, "no manifest"),
    )
    names = [subject.name for subject in subjects_of(Snapshot(models=rows), {})]
    assert names == ["alone", "same, 7 steps", "same, 2", "same, 1"]


def test_reports_are_read_once_and_again_when_they_change(tmp_path, make_report):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    write_evaluation(tmp_path / "a", make_report(value=6.0))
    first = read_reports([tmp_path / "a", tmp_path / "b", tmp_path / "gone"], {})
    assert list(first) == [tmp_path / "a"]
    assert read_reports([tmp_path / "a"], first)[tmp_path / "a"] is first[tmp_path / "a"]
    write_evaluation(tmp_path / "a", make_report(value=4.0))
    os.utime(tmp_path / "a" / EVALUATION_FILE, (9, 9))
    again = read_reports([tmp_path / "a"], first)
    assert again[tmp_path / "a"].report.features[0].measures[0].value == 4.0


def test_a_damaged_report_says_so(tmp_path):
    (tmp_path / EVALUATION_FILE).write_text("{")
    found = read_reports([tmp_path], {})[tmp_path]
    assert isinstance(found, Judged)
    assert found.report is None
    assert EVALUATION_FILE in found.error


def test_numbers_of_another_data_set_do_not_count(make_subject):
    subject = make_subject()
    assert judged_of(subject, "print of toys") is subject.report
    assert judged_of(subject, "print of others") is None
    assert judged_of(make_subject(judged=False), "print of toys") is None
