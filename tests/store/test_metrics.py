"""The database of a run: curves, events, commands."""

import math

import pytest

from studio.core.errors import StudioError
from studio.store.metrics import BEGAN_ANEW, COMMANDS, RunDatabase


@pytest.fixture
def database(tmp_path):
    opened = RunDatabase(tmp_path)
    yield opened
    opened.close()


def test_a_curve_in_order_of_steps(database):
    segment = database.begin_segment(0)
    database.add_metrics(segment, [(2, "loss", 0.5), (1, "loss", 1.0), (1, "lr", 0.1)])
    database.add_metrics(segment, [(3, "loss", 0.25)])
    assert database.curve("loss") == [(1, 1.0), (2, 0.5), (3, 0.25)]
    assert database.metric_names() == ["loss", "lr"]
    assert database.latest() == {"loss": 0.25, "lr": 0.1}
    assert database.curve("nothing") == []


def test_a_resumed_segment_draws_over_the_steps_it_repeats(database):
    first = database.begin_segment(0)
    database.add_metrics(first, [(step, "loss", 1.0) for step in range(1, 11)])
    second = database.begin_segment(6)
    assert database.curve("loss") == [(step, 1.0) for step in range(1, 7)]
    database.add_metrics(second, [(7, "loss", 2.0), (8, "loss", 2.0)])
    assert database.curve("loss") == [(step, 1.0) for step in range(1, 7)] + [(7, 2.0), (8, 2.0)]
    third = database.begin_segment(3)
    database.add_metrics(third, [(4, "loss", 3.0)])
    assert database.curve("loss") == [(1, 1.0), (2, 1.0), (3, 1.0), (4, 3.0)]
    assert database.latest() == {"loss": 3.0}


def test_a_metric_that_only_the_dropped_steps_had_has_no_latest(database):
    first = database.begin_segment(0)
    database.add_metrics(first, [(5, "validation.loss", 1.0)])
    database.begin_segment(2)
    assert database.latest() == {}


def test_numbers_that_are_not_finite(database):
    segment = database.begin_segment(0)
    database.add_metrics(segment, [(1, "loss", 1.0), (2, "loss", math.nan), (3, "bad", math.nan)])
    assert database.curve("loss")[0] == (1, 1.0)
    assert database.curve("loss")[1][0] == 2
    assert math.isnan(database.curve("loss")[1][1])
    assert database.latest() == {"loss": 1.0}


def test_rows_of_one_call_are_written_together(database, tmp_path):
    segment = database.begin_segment(0)

    def rows():
        yield (1, "loss", 1.0)
        raise RuntimeError("the plugin's number could not be read")

    with pytest.raises(RuntimeError):
        database.add_metrics(segment, rows())
    database.add_metrics(segment, [(2, "loss", 2.0)])
    other = RunDatabase(tmp_path)
    assert other.curve("loss") == [(2, 2.0)]
    other.close()


def test_events(database):
    segment = database.begin_segment(0)
    database.add_event(segment, 5, "rollback", "Went back.\x1b[31m")
    database.add_event(segment, 6, "saved", "Saved.")
    rows = database.events()
    assert [(event.step, event.kind, event.message) for _, event in rows] == [
        (5, "rollback", "Went back.\x1b[31m"),
        (6, "saved", "Saved."),
    ]
    assert database.events(rows[0][0]) == rows[1:]
    assert database.events(rows[1][0]) == []


def test_commands_are_answered_once(database, tmp_path):
    trainer = RunDatabase(tmp_path)
    trainer.begin_segment(0)
    first, second = database.send("pause"), database.send("stop")
    assert database.answer_of(first) == ("new", "")
    assert [(command.id, command.name) for command in trainer.waiting_commands()] == [
        (first, "pause"),
        (second, "stop"),
    ]
    trainer.answer(first, "done", "paused at step 3")
    assert database.answer_of(first) == ("done", "paused at step 3")
    assert [command.id for command in trainer.waiting_commands()] == [second]
    trainer.answer(second, "failed", "the disk is full")
    assert database.answer_of(second) == ("failed", "the disk is full")
    assert trainer.waiting_commands() == []
    trainer.close()


def test_a_new_trainer_drops_what_was_meant_for_the_last(database):
    command = database.send("stop")
    database.begin_segment(0)
    assert database.waiting_commands() == []
    assert database.answer_of(command) == ("failed", BEGAN_ANEW)


def test_an_unknown_command(database):
    with pytest.raises(StudioError, match=f"There is no command 'explode'; known are {', '.join(COMMANDS)}"):
        database.send("explode")
    assert database.answer_of(99) == ("failed", "the command is gone")


def test_a_damaged_database_does_not_keep_a_run_from_going_on(tmp_path):
    (tmp_path / "metrics.db").write_bytes(b"damaged" * 1000)
    database = RunDatabase(tmp_path)
    database.add_metrics(database.begin_segment(7), [(8, "loss", 1.0)])
    assert database.curve("loss") == [(8, 1.0)]
    database.close()
    assert (tmp_path / "metrics.db.corrupt-1").exists()


def test_rows_of_the_metrics_one_after_another(tmp_path):
    database = RunDatabase(tmp_path)
    assert database.last_metric() == 0
    database.add_metrics(database.begin_segment(0), [(1, "loss", 2.0), (1, "norm", float("nan")), (2, "loss", 1.0)])
    assert database.metrics_after(0, 2) == [(1, 1, "loss", 2.0), (2, 1, "norm", None)]
    assert database.metrics_after(2, 10) == [(3, 2, "loss", 1.0)]
    assert database.last_metric() == 3
    database.close()


def test_the_newest_segment(tmp_path):
    database = RunDatabase(tmp_path)
    assert database.segment() == 0
    database.begin_segment(0)
    assert database.begin_segment(5) == database.segment() == 2
    database.close()
