"""``studio runs``."""

import os

import pytest

from studio.store.lock import ProcessLock
from studio.store.metrics import RunDatabase
from studio.store.queue import Queue
from studio.store.run import RunStatus, read_status, write_status


def test_list_and_show(answer, run, make_run):
    folder = make_run("mine", settings={"lr": 0.1}, seed=3, preset="cpu")
    write_status(folder, RunStatus(state="finished", step=40, total=40, seconds=12.34, device="cpu"))
    database = RunDatabase(folder)
    segment = database.begin_segment(0)
    database.add_metrics(segment, [(1, "loss", 2.0), (40, "loss", 0.5), (40, "bad", float("nan"))])
    database.add_event(segment, 40, "best", "The best so far.")
    database.close()
    (listed,) = answer("runs", "list")["runs"]
    assert (listed["run"], listed["status"], listed["step"], listed["total"]) == (folder.name, "finished", 40, 40)
    shown = answer("runs", "show", "mine")
    assert {key: shown[key] for key in ("run", "status", "step", "seconds", "device", "family", "dataset")} == {
        "run": folder.name,
        "status": "finished",
        "step": 40,
        "seconds": 12.3,
        "device": "cpu",
        "family": "vae",
        "dataset": "digits",
    }
    assert shown["metrics"] == {"loss": 0.5}
    assert shown["settings"] == {"lr": 0.1}
    assert shown["events"][0]["message"] == "The best so far."
    words = run("runs", "show", folder.name).out
    assert "finished at step 40 of 40 on cpu" in words
    assert "latest: loss 0.5" in words
    assert "  step 40: The best so far." in words
    assert "40 / 40" in run("runs", "list").out


@pytest.mark.parametrize("verb", ["show", "pause", "save-now", "sample-now", "resume", "stop", "remove"])
def test_an_unknown_run(complaint, workspace, verb):
    assert complaint("runs", verb, "x") == (
        f"There is no run 'x' in {workspace.path}; 'studio runs list' shows what there is."
    )


@pytest.mark.parametrize("verb", ["show", "resume", "stop", "remove"])
def test_an_ambiguous_name(complaint, make_run, verb):
    ids = [make_run("same", created=float(number)).name for number in range(2)]
    assert complaint("runs", verb, "same") == (
        f"Several runs are called 'same'; name one by its id: {ids[0]}, {ids[1]}."
    )


@pytest.mark.parametrize("data", [b"", b"{", b'{"format": 1}', b'{"format": 1, "id": []}', b"\xff"])
def test_a_damaged_run(complaint, run, answer, make_run, data):
    folder, good = make_run("bad"), make_run("good")
    (folder / "run.json").write_bytes(data)
    for verb in ("show", "pause", "resume", "stop"):
        assert f"{folder / 'run.json'} is damaged" in complaint("runs", verb, folder.name)
    listed = {row["run"]: row for row in answer("runs", "list")["runs"]}
    assert "is damaged" in listed[folder.name]["message"]
    assert listed[good.name]["status"] == "queued"
    assert "damaged" in run("runs", "list").out
    answer("runs", "remove", folder.name)
    assert not folder.exists()


def test_a_run_of_a_newer_studio(complaint, make_run):
    folder = make_run()
    (folder / "run.json").write_bytes(b'{"format": 8}')
    assert complaint("runs", "show", folder.name).endswith("(format 8, this one knows 1); update the studio.")


def test_a_damaged_metrics_database(answer, make_run):
    folder = make_run()
    (folder / "metrics.db").write_bytes(b"damaged" * 1000)
    shown = answer("runs", "show", folder.name)
    assert shown["metrics"] == {}
    assert "cannot be read" in shown["events"][0]["message"]
    # To look at it alters nothing; whoever trains it next sets the file aside.
    assert (folder / "metrics.db").read_bytes() == b"damaged" * 1000


@pytest.mark.parametrize("verb", ["pause", "save-now", "sample-now"])
def test_a_command_to_nobody(complaint, make_run, verb):
    folder = make_run()
    write_status(folder, RunStatus(state="finished"))
    assert complaint("runs", verb, folder.name) == (
        f"The run {folder.name} is finished; nobody trains it, so it cannot {verb.replace('-', ' ')}."
    )


def test_stop_a_queued_run(answer, complaint, make_run, workspace):
    folder = make_run()
    assert answer("runs", "stop", folder.name) == {"run": folder.name, "status": "stopped", "step": 0}
    assert complaint("runs", "stop", folder.name) == f"The run {folder.name} is stopped; there is nothing to stop."
    queue = Queue(workspace)
    assert not queue.holds(folder.name)
    queue.close()


@pytest.mark.parametrize("damage", [b"damaged" * 1000, None])
def test_resume_with_a_damaged_or_deleted_queue(answer, make_run, workspace, no_supervisor, damage):
    """What else was queued is queued again."""
    other, folder = make_run("other"), make_run("mine")
    write_status(folder, RunStatus(state="stopped", step=9))
    if damage:
        (workspace.path / "studio.db").write_bytes(damage)
    assert answer("runs", "resume", folder.name, "--detach") == {"run": folder.name, "status": "queued", "step": 9}
    queue = Queue(workspace)
    assert [job.run for job in queue.waiting()] == [other.name, folder.name]
    queue.close()
    assert (workspace.path / "studio.db.corrupt-1").exists() == bool(damage)


def test_resume_a_finished_run(complaint, make_run):
    folder = make_run()
    write_status(folder, RunStatus(state="finished"))
    assert complaint("runs", "resume", folder.name) == (
        f"The run {folder.name} is finished; export it, or start a new one."
    )


def test_remove(answer, complaint, run, make_run, workspace):
    folder = make_run("mine")
    lock = ProcessLock(folder / "lock")
    assert lock.acquire()
    assert complaint("runs", "remove", "mine") == (
        f"The run {folder.name} is at work; stop it first with 'studio runs stop {folder.name}'."
    )
    lock.release()
    removed = answer("runs", "remove", "mine")
    assert removed["run"] == folder.name
    assert os.path.isfile(os.path.join(removed["trash"], "run.json"))
    assert run("runs", "list").out == "There are no runs yet; start one with 'studio train'.\n"
    queue = Queue(workspace)
    assert queue.waiting() == []
    queue.close()


def test_a_path_is_no_run(complaint, make_run, tmp_path):
    """The person's own folders are never touched."""
    make_run()
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in (photos, "", "..", "../trash"):
        assert complaint("runs", "remove", name).startswith("There is no run '")
    assert photos.is_dir()


def test_names_with_control_characters_are_escaped(run, make_run, complaint):
    folder = make_run("\x1b[31mred\n\u202edesrever", settings={"note": "\x1b[2J"})
    write_status(folder, RunStatus(state="failed", message="The family said \x1b[5mblink\x07."))
    for words in (["runs", "list"], ["runs", "show", folder.name]):
        out = run(*words).out
        assert "\\x1b[31mred\\n\\u202edesrever" in out
        assert not [char for char in out.replace("\n", "") if not char.isprintable()]
    assert complaint("runs", "show", "\x1b[31m").startswith("There is no run '\\x1b[31m' in ")


def test_an_interrupted_run_is_never_shown_as_running(answer, make_run):
    folder = make_run()
    write_status(folder, RunStatus(state="running", step=77, steps_per_second=3.0))
    shown = answer("runs", "show", folder.name)
    assert (shown["status"], shown["step"], shown["steps_per_second"]) == ("interrupted", 77, 0.0)
    assert read_status(folder).state == "interrupted"
