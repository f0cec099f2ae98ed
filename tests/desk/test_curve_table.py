"""Curves as a table for other programs."""

import csv
import math

import pytest

from studio.desk.curve import CurveKey
from studio.desk.curve_table import curves_as_csv, write_csv
from studio.store.metrics import RunDatabase


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    database = RunDatabase(folder)
    rows = [(1, "loss", 1 / 3), (2, "loss", math.nan), (3, "loss", -2.0), (1, "=sum", 1.0)]
    database.add_metrics(database.begin_segment(0), rows)
    database.close()
    return folder


def test_every_value_is_a_row_and_comes_back_exactly(run, tmp_path):
    write_csv(tmp_path / "t.csv", [("a, b", CurveKey(run, "loss")), ("none", CurveKey(run, "missing"))])
    with open(tmp_path / "t.csv", newline="") as file:
        table = list(csv.reader(file))
    assert table[0] == ["run", "metric", "step", "value"]
    assert table[1:] == [["a, b", "loss", "1", repr(1 / 3)], ["a, b", "loss", "2", ""], ["a, b", "loss", "3", "-2.0"]]
    assert float(table[1][3]) == 1 / 3


def test_a_name_that_begins_like_a_formula_is_text_in_the_table(run):
    assert curves_as_csv([("=1+1", CurveKey(run, "=sum"))]).splitlines()[1] == "'=1+1,'=sum,1,1.0"


def test_a_table_that_cannot_be_written_leaves_nothing(run, tmp_path):
    with pytest.raises(FileNotFoundError):
        write_csv(tmp_path / "missing" / "t.csv", [("a", CurveKey(run, "loss"))])
    with pytest.raises(FileNotFoundError):
        write_csv(tmp_path / "t.csv", [("a", CurveKey(tmp_path / "no run", "loss"))])
    assert not (tmp_path / "t.csv").exists()
