"""Commands of a person reach a running training between two steps: each is carried out and answered."""

import json
import threading
import time

import pytest
import torch

from studio.store.metrics import RunDatabase
from studio.store.run import RunStatus, read_status
from studio.train.commands import CommandListener
from studio.train.host import TrainingEnded
from studio.train.recorder import Recorder


def when(condition, action):
    """Do something from another thread once a condition holds."""

    def wait():
        for _ in range(1000):
            if condition():
                action()
                return
            time.sleep(0.01)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.fixture
def slow_loop():
    def loop(session, net, opt):
        for _ in session.batches():
            time.sleep(0.01)
            session.step(opt, ((net.mean - torch.rand(())) ** 2).sum())

    return loop


@pytest.fixture
def send():
    def send(trial, *names):
        def action():
            database = RunDatabase(trial.folder)
            for name in names:
                database.send(name)
            database.close()

        return when(lambda: read_status(trial.folder).step > 3 or is_running(trial), action)

    def is_running(trial):

        return json.loads((trial.folder / "status.json").read_text())["step"] > 3

    return send


def answers(trial):
    database = RunDatabase(trial.folder)
    rows = database._db.execute("SELECT name, state, answer FROM commands ORDER BY id").fetchall()
    database.close()
    return rows


@pytest.mark.fault("B12")
def test_stop_saves_and_the_run_goes_on_later(scripted, slow_loop, send):
    trial, whole = scripted(slow_loop, steps=200), scripted(slow_loop, steps=200)
    thread = send(trial, "stop")
    status = trial.train()
    thread.join()
    assert status.state == "stopped"
    assert 3 < status.step < 200
    assert trial.checkpoint().step == status.step
    assert answers(trial) == [("stop", "done", f"saved at step {status.step}")]
    assert trial.train().state == "finished"
    whole.train()
    assert torch.equal(
        trial.checkpoint().tensors["modules"]["net/mean"], whole.checkpoint().tensors["modules"]["net/mean"]
    )


def test_sample_now_and_save_now_answer_and_change_no_bit(scripted, slow_loop, send):
    trial, whole = scripted(slow_loop, steps=150), scripted(slow_loop, steps=150)
    thread = send(trial, "sample_now", "save_now", "sample_now")
    trial.train()
    thread.join()
    whole.train()
    rows = answers(trial)
    assert [row[1] for row in rows] == ["done"] * 3
    assert all((trial.folder / "previews" / rows[k][2]).stat().st_size > 100 for k in (0, 2))
    assert torch.equal(
        trial.checkpoint().tensors["modules"]["net/mean"], whole.checkpoint().tensors["modules"]["net/mean"]
    )


@pytest.mark.fault("B19")
def test_pause_saves_and_resume_goes_on_at_once(scripted, slow_loop, send):
    trial = scripted(slow_loop, steps=150)
    first = send(trial, "pause")
    seen = []

    def resume():
        seen.append(read_status(trial.folder))
        database = RunDatabase(trial.folder)
        database.send("resume")
        database.close()

    second = when(lambda: read_status(trial.folder).state == "paused", resume)
    assert trial.train().state == "finished"
    first.join()
    second.join()
    (paused,) = seen
    assert 3 < paused.step < 150
    assert [row[1] for row in answers(trial)] == ["done", "done"]


def test_a_paused_run_gives_its_device_away_and_stays_paused(scripted, slow_loop, send):
    trial = scripted(slow_loop, steps=150)
    first = send(trial, "pause", "release")
    assert trial.train().state == "paused"
    first.join()
    assert read_status(trial.folder).state == "paused"


def test_a_pause_that_cannot_be_saved_is_refused_and_the_run_goes_on(scripted, slow_loop, send, monkeypatch):
    from studio.train.checkpoint import CheckpointFolder

    save = CheckpointFolder.save

    def full(self, checkpoint):
        if 0 < checkpoint.step < 100:
            raise OSError(28, "No space left on device")
        return save(self, checkpoint)

    monkeypatch.setattr(CheckpointFolder, "save", full)
    trial = scripted(slow_loop, steps=100)
    thread = send(trial, "pause")
    assert trial.train().state == "finished"
    thread.join()
    assert answers(trial) == [("pause", "failed", "the checkpoint could not be written; it goes on running")]


class Run:
    """A run whose listener is asked by the test, with a disk that says what it wants."""

    def __init__(self, folder):
        self.database = RunDatabase(folder)
        self.recorder = Recorder(folder, self.database, RunStatus(state="running"))
        self.recorder.begin(0)
        self.saved = "step-5"
        self.drawn = "7.npy"
        self.asked = []
        self.listener = CommandListener(self.database, self.recorder, self.save, self.draw)

    def save(self, needed):
        self.asked.append(("save", needed))
        if isinstance(self.saved, OSError):
            raise self.saved
        return self.saved

    def draw(self, number):
        self.asked.append(("draw", number))
        return self.drawn

    def obey(self, *names, step=5):
        """Send commands and obey them; gives each answer."""
        sent = [self.database.send(name) for name in names]
        self.listener._polled_at = 0.0
        try:
            self.listener.obey(step)
        finally:
            self.answers = [self.database.answer_of(number) for number in sent]
        return self.answers


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path)
    yield run
    run.database.close()


def test_answers_say_what_was_made(run):
    assert run.obey("save_now", "sample_now", "resume", "release") == [
        ("done", "step-5"),
        ("done", "7.npy"),
        ("done", "it is running"),
        ("failed", "only a paused run can be released"),
    ]
    assert run.asked == [("save", False), ("draw", 2)]


def test_answers_say_what_failed(run):
    run.saved = run.drawn = ""
    assert run.obey("save_now", "sample_now", "pause") == [
        ("failed", "the checkpoint was not written"),
        ("failed", "the preview failed"),
        ("failed", "the checkpoint could not be written; it goes on running"),
    ]
    assert run.recorder.status.state == "running"


def test_a_stop_ends_though_it_cannot_be_saved(run):
    run.saved = OSError(28, "No space left on device")
    with pytest.raises(TrainingEnded) as ended:
        run.obey("stop")
    assert ended.value.state == "stopped"
    ((state, said),) = run.answers
    assert state == "done"
    assert said.startswith("stopped at step 5, which could not be saved (the disk is full")
    assert run.recorder.status.message == f"It {said}."


def test_commands_are_looked_for_every_fifth_of_a_second(run, monkeypatch):
    now = 100.0
    monkeypatch.setattr("studio.train.commands.time.monotonic", lambda: now)
    run.listener.obey(1)
    number = run.database.send("save_now")
    now += 0.1
    run.listener.obey(2)
    assert run.database.answer_of(number) == ("new", "")
    now += 0.15
    run.listener.obey(3)
    assert run.database.answer_of(number) == ("done", "step-5")


def test_a_signal_to_stop_waits_for_no_look(run):
    run.listener.obey(1)
    run.listener.ask_to_stop()
    with pytest.raises(TrainingEnded):
        run.listener.obey(2)
    assert run.asked == [("save", True)]


@pytest.mark.parametrize(("step", "said"), [(0, "stopped before the first step"), (4, "saved at step 4")])
def test_a_warm_up_obeys_a_stop_alone_and_saves_nothing(run, step, said):
    saving, stopping = run.database.send("save_now"), run.database.send("stop")
    with pytest.raises(TrainingEnded):
        run.listener.obey_stop(step)
    assert run.database.answer_of(stopping) == ("done", said)
    assert run.database.answer_of(saving) == ("new", "")
    assert run.asked == []
