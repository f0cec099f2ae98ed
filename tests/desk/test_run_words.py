"""What runs do, in words."""

from pathlib import Path

import pytest

from studio.desk.run_words import progress_words, run_line, state_words
from studio.desk.snapshot import RunRow
from studio.store.run import RunStatus
from tests.run_rows import run_row


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (run_row("queued"), "flow on digits: queued"),
        (
            run_row("running", step=1204, total=5000, steps_per_second=41.26),
            "flow on digits: 1,204 of 5,000, 41.3 steps/s, 1:32 left",
        ),
        (run_row("running", step=3), "flow on digits: step 3, measuring its speed"),
        (
            run_row("paused", step=10, total=20, steps_per_second=2.0),
            "flow on digits: 10 of 20, paused",
        ),
    ],
)
def test_a_run_in_one_line(row, line):
    assert run_line(row) == line


def test_a_run_whose_document_is_damaged_goes_by_its_id():
    assert run_line(RunRow(Path("/runs/flow-1a2b3c"), None, RunStatus(state="queued"))) == "flow-1a2b3c: queued"


@pytest.mark.parametrize(
    ("row", "few", "many"),
    [
        (run_row("queued"), "Queued", "0 steps, 0:00 trained"),
        (run_row("running"), "Running", "measuring its speed on the first steps"),
        (
            run_row("running", step=30, total=120, steps_per_second=10.0, seconds=3.0, device="cpu"),
            "25 %, 0:09 left",
            "30 of 120 steps, 10.0 steps/s, 0:09 left, 0:03 trained, on cpu",
        ),
        (run_row("stopped", step=7), "Stopped, 7 steps", "7 steps, 0:00 trained"),
        (run_row("running", step=7, total=9, hangs=True), "Does not answer, 7 steps", "7 of 9 steps, 0:00 trained"),
        (RunRow(Path("/runs/r"), None, RunStatus(state="failed"), "it is empty"), "Damaged: it is empty", None),
    ],
)
def test_a_run_in_a_list_and_above_its_curves(row, few, many):
    assert state_words(row) == few
    if many is not None:
        assert progress_words(row) == many
