"""One job at a time: what was given up is not heard any more."""

import pytest

from studio.desk import latest_job
from studio.desk.job import Cancelled, Failed, Finished, Progressed
from studio.desk.latest_job import LatestJob


class Job:
    """A followed job that says what it is told to."""

    made = []

    def __init__(self, make, tell, crossing, read):
        self.tell, self.started, self.cancelled, self.waited = tell, False, False, 0.0
        Job.made.append(self)

    def start(self):
        self.started = True

    def cancel(self):
        self.cancelled = True

    def wait(self, seconds):
        self.waited = seconds


@pytest.fixture
def job(monkeypatch):
    Job.made = []
    monkeypatch.setattr(latest_job, "FollowedJob", Job)
    return LatestJob(lambda act: act)


def start(job, heard):
    job.start(lambda: None, dict, heard.append)
    return Job.made[-1]


def test_what_it_says_is_heard_until_it_ends(job):
    heard = []
    one = start(job, heard)
    assert (one.started, job.running) == (True, True)
    one.tell(Progressed("reading", 1, 2))
    assert job.running
    one.tell(Finished({}))
    assert not job.running
    assert heard == [Progressed("reading", 1, 2), Finished({})]


def test_it_does_not_run_any_more_when_its_end_is_told(job):
    running = []
    job.start(lambda: None, dict, lambda event: running.append(job.running))
    Job.made[0].tell(Failed("no"))
    assert running == [False]


def test_a_new_one_takes_its_place(job):
    first, second = [], []
    old, new = start(job, first), start(job, second)
    assert old.cancelled
    old.tell(Cancelled())
    new.tell(Progressed("reading", 0, 0))
    assert (first, second) == ([], [Progressed("reading", 0, 0)])


def test_a_cancel_is_told_and_giving_up_is_not(job):
    heard = []
    one = start(job, heard)
    job.cancel()
    assert (one.cancelled, job.running) == (True, True)
    one.tell(Cancelled())
    assert heard == [Cancelled()]
    other = start(job, heard)
    job.give_up()
    other.tell(Cancelled())
    assert (len(heard), job.running) == (1, False)


def test_closing_waits_until_nothing_is_left(job):
    one = start(job, [])
    job.close()
    assert one.cancelled
    assert one.waited > 0
    job.close()
    assert len(Job.made) == 1
