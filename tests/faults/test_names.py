"""Names in a workspace's documents and tables: they lead to the workspace's own entries, and nowhere else."""

import sqlite3

import pytest

from studio.core.errors import DataError
from studio.jobs.supervisor import Supervisor
from studio.store.queue import Queue
from studio.store.run import read_status
from studio.testing import toy_dataset
from studio.train.trainer import Trainer

pytestmark = pytest.mark.fault("C14")


@pytest.mark.parametrize(
    "name", ["../../outside/step-3", "..", ".", "", "a/../../outside/step-3", None, 7, b"x", "no-such"]
)
@pytest.mark.parametrize("state", ["waiting", "started"])
def test_a_job_that_names_no_run_of_the_workspace_is_dropped(workspace, make_run, outside, name, state):
    """S2: the queue wrote status, log and lock wherever ``jobs.run`` led."""
    Queue(workspace).close()
    connection = sqlite3.connect(workspace.path / "studio.db", isolation_level=None)
    connection.execute("INSERT INTO jobs (run, device, state) VALUES (?, 'cpu', ?)", (name, state))
    connection.close()
    supervisor = Supervisor(workspace, "studio.no_such_trainer")
    assert not supervisor.look()
    assert supervisor.queue.waiting() == []
    assert supervisor.queue.started() == []
    supervisor.queue.close()


def test_the_absolute_path_of_a_folder_is_no_name_of_a_run(workspace, outside):
    queue = Queue(workspace)
    queue.add(str(outside / "step-3"), "cpu")
    queue.close()
    supervisor = Supervisor(workspace, "studio.no_such_trainer")
    assert not supervisor.look()
    supervisor.queue.close()


@pytest.mark.parametrize("name", ["../../outside/step-3", "..", "."])
def test_the_trainer_takes_no_run_from_elsewhere(workspace, outside, name):
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "studio.train", str(workspace.path), name],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "There is no run" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["../../elsewhere", "..", "/", ""])
def test_a_run_takes_its_data_set_from_the_workspace_only(workspace, make_run, tmp_path, name):
    """S2: a run's document led the trainer to a data set outside."""
    toy_dataset(workspace)
    (folder,) = workspace.entries("datasets")
    folder.rename(tmp_path / "elsewhere")
    run = make_run(dataset=name)
    trainer = Trainer(workspace, run)
    with pytest.raises(DataError, match="is gone"):
        trainer._open_dataset()
    trainer.database.close()


def test_a_copy_of_a_run_is_not_taken_for_it(workspace, make_run):
    """A synced folder's conflict copy has the id of another run inside; it is shown, and never trained."""
    import shutil

    from studio.core.errors import WorkspaceError
    from studio.store.run import list_runs

    folder = make_run()
    shutil.copytree(folder, folder.with_name(f"{folder.name} (conflicted copy)"))
    rows = dict(list_runs(workspace))
    assert rows[folder].id == folder.name
    error = rows[folder.with_name(f"{folder.name} (conflicted copy)")]
    assert isinstance(error, WorkspaceError)
    assert f"a copy of '{folder.name}'" in str(error)


def test_a_run_whose_log_is_a_link_fails_and_the_next_one_starts(workspace, make_run, tmp_path):
    """One odd run costs itself, never the queue."""
    (tmp_path / "victim").write_text("precious")
    bad, good = make_run("bad"), make_run("good")
    (bad / "log.txt").symlink_to(tmp_path / "victim")
    queue = Queue(workspace)
    for folder in (bad, good):
        queue.add(folder.name, "cpu")
    queue.close()
    supervisor = Supervisor(workspace, "studio.no_such_trainer")
    assert supervisor.run()
    supervisor.queue.close()
    assert "is a link" in read_status(bad).message
    assert "No module named" in (good / "log.txt").read_text()
    assert (tmp_path / "victim").read_text() == "precious"


def test_the_queue_names_nothing_outside_as_the_run_ahead(workspace, make_run):
    from studio.jobs.control import run_ahead
    from studio.store.queue import Queue

    folder = make_run()
    queue = Queue(workspace)
    queue._db.execute("INSERT INTO jobs (run, device, state) VALUES ('../../escape/victim', 'cpu', 'started')")
    queue.add(folder.name, "cpu")
    queue.close()
    assert run_ahead(workspace, folder) == ""
