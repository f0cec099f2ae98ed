"""Imports one after another, whatever comes of each."""

import pytest

from studio.data.exclusion import ExclusionRequest
from studio.data.request import ImportRequest
from studio.desk import imports
from studio.desk.imports import ImportQueue, added, stage_text, unique_name
from studio.desk.job import Cancelled, Failed, Finished, Progressed


class Job:
    """A job that ends when the test says so."""

    made = []

    def __init__(self, launch, tell, crossing, read=None):
        self.tell, self.started, self.cancelled = crossing(tell), False, False
        Job.made.append(self)

    def start(self):
        self.started = True

    def cancel(self):
        self.cancelled = True

    def wait(self, seconds):
        return True


@pytest.fixture
def queue(workspace, monkeypatch):
    monkeypatch.setattr(imports, "FollowedJob", Job)
    Job.made = []
    made = ImportQueue(workspace, lambda receive: receive)
    made.told = []
    for name in ("added", "started", "progressed", "finished", "failed", "cancelled"):
        getattr(made, name).connect(lambda row, *what, name=name: made.told.append((name, row.title, *what)))
    return made


@pytest.fixture
def add(queue, workspace):
    def add(title):
        queue.add(ImportRequest(workspace=workspace.path, paths=(title,)), title)

    return add


def test_one_after_another_whatever_comes_of_each(queue, add):
    for title in ("a", "b\nb", "c"):
        add(title)
    assert [row.title for row in queue.rows] == ["a", "b b", "c"]
    assert len(Job.made) == 1
    Job.made[0].tell(Progressed("decoding", 1, 2))
    Job.made[0].tell(Finished({"items": 2}))
    Job.made[1].tell(Failed("There is no image."))
    Job.made[2].tell(Cancelled())
    assert queue.rows == []
    assert queue.told[4:] == [
        ("progressed", "a", "decoding", 1, 2),
        ("started", "b b"),
        ("finished", "a", {"items": 2}),
        ("started", "c"),
        ("failed", "b b", "There is no image."),
        ("cancelled", "c"),
    ]


def test_one_that_waits_is_taken_off_and_one_at_work_is_asked_to_end(queue, add):
    for title in ("a", "b"):
        add(title)
    first, second = queue.rows
    queue.cancel(second)
    queue.cancel(second)
    assert queue.told[-1] == ("cancelled", "b")
    queue.cancel(first)
    assert Job.made[0].cancelled
    assert queue.rows == [first]
    Job.made[0].tell(Cancelled())
    assert queue.rows == []


def test_after_closing_nothing_begins_and_nothing_is_told(queue, add):
    for title in ("a", "b"):
        add(title)
    queue.close()
    told = list(queue.told)
    assert Job.made[0].cancelled
    Job.made[0].tell(Cancelled())
    add("c")
    assert (queue.told, queue.rows, len(Job.made)) == (told, [], 1)


@pytest.mark.parametrize(
    ("done", "words"),
    [
        ({"items": 1, "name": "pets", "rejected": 0}, "Added 1 item as 'pets'."),
        ({"items": 1200, "name": "a\nb", "rejected": 1}, "Added 1,200 items as 'a b'; 1 was refused."),
        ({"items": 2, "name": "pets", "rejected": 1000}, "Added 2 items as 'pets'; 1,000 were refused."),
    ],
)
def test_what_was_added_and_refused(done, words):
    assert added(done) == words


def test_a_name_that_is_taken_gets_the_first_free_number():
    assert unique_name("pets", ()) == "pets"
    assert unique_name("pets", {"pets", "pets 2", "pets 4"}) == "pets 3"


def test_stages_are_told_and_one_that_is_not_known_goes_by_its_name():
    assert stage_text("decoding") == "Decoding"
    assert stage_text("writing") == "Writing"
    assert stage_text("another") == "another"


def test_a_data_set_of_another_one_is_made_by_its_own_process(workspace, monkeypatch):
    started = []
    monkeypatch.setattr(imports, "FollowedJob", lambda launch, *_: started.append(launch) or Job(launch, *_))
    monkeypatch.setattr(imports, "ChildJob", lambda *words: words)
    queue = ImportQueue(workspace, lambda receive: receive)
    queue.add(ExclusionRequest(workspace=workspace.path, dataset="digits-1", ranges=((1, 2),)), "fewer")
    place, module, words, files = started[0]()
    assert (place, module, words) == (workspace, "studio.data.exclude", ["{folder}/request.json"])
    assert ExclusionRequest.from_json(files["request.json"]) == queue.rows[0].request
