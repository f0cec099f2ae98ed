"""The numbers of models: cells with intervals, and CSV that other programs read."""

import csv
import io

from studio.desk.comparison_table import as_csv, columns_of, write_csv

TOYS = "print of toys"


FRECHET = "Fréchet distance (pixels)"


def test_cells_say_interval_floor_and_what_a_likelihood_is(make_subject):
    columns = columns_of([make_subject(value=6.0), make_subject("m-2", judged=False)], TOYS)
    assert list(columns)[:5] == ["Model", "Family", "Steps", "Time trained", "ms a sample"]
    assert [cell.text for cell in columns["ms a sample"]] == ["20", ""]
    assert [cell.text for cell in columns["Time trained"]] == ["1:01", "1:01"]
    assert [cell.text for cell in columns[FRECHET]] == ["6 (5.4 to 6.6), 4 above the floor", ""]
    likelihood = columns["log p of an item in nats (dynamically binarised, test)"][0]
    assert likelihood.text == "at least -80.00 ± 0.50"
    assert likelihood.note == "at least log p, 100 draws, dynamically binarised"


def test_what_another_data_set_said_is_not_in_it(make_subject):
    assert FRECHET not in columns_of([make_subject(dataset="others")], TOYS)


def test_csv_has_a_column_for_every_number(make_subject, tmp_path):
    subjects = [make_subject("=a", value=6.0), make_subject("b", judged=False)]
    rows = list(csv.DictReader(io.StringIO(as_csv(subjects, TOYS))))
    assert [row["Model"] for row in rows] == ["'=a", "b"]
    first, second = rows
    assert (first[FRECHET], first[f"{FRECHET}, floor"], first[f"{FRECHET}, above the floor"]) == ("6.0", "2.0", "4.0")
    assert float(first[f"{FRECHET}, low"]) < 6 < float(first[f"{FRECHET}, high"])
    assert first["Time trained, s"] == "61.0"
    assert first["ms a sample"] == "20.0"
    assert second[FRECHET] == ""
    write_csv(tmp_path / "t.csv", subjects, TOYS)
    assert (tmp_path / "t.csv").read_bytes().decode() == as_csv(subjects, TOYS)
