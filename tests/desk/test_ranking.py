"""Items are ranked by a model's likelihood, measured in a process of its own and kept."""

import time
from dataclasses import replace

import numpy as np
import pytest

from studio.core.manifest import Manifest
from studio.core.modality import ImageSpec, TableSpec
from studio.desk.job import Progressed
from studio.desk.ranking import Ranker, Ranking, rankable
from studio.desk.snapshot import ModelRow

SPEC = ImageSpec(shape=(4, 4, 1))


@pytest.fixture
def model(tmp_path):
    """A model's row, with or without a file of likelihoods."""

    def make(name, created=1.0, spec=SPEC, likely=True):
        folder = tmp_path / name
        folder.mkdir()
        if likely:
            (folder / "log_prob.onnx").write_bytes(b"")
        return ModelRow(
            folder,
            Manifest(inputs=(), title=name, **spec.model_dump(include={"modality", "shape", "columns"})),
            created,
        )

    return make


def test_models_with_a_likelihood_of_such_items_are_offered_the_newest_first(model, tmp_path):
    old, new = model("old"), model("new", 2.0)
    others = [
        model("other size", spec=ImageSpec(shape=(8, 8, 1))),
        model("no likelihood", likely=False),
        ModelRow(tmp_path / "broken", None, 3.0, "damaged"),
        replace(model("foreign"), manifest=Manifest(inputs=())),
    ]
    assert rankable([old, *others, new], SPEC) == [new, old]
    assert rankable([], SPEC) == []


def test_of_tables_also_the_columns_must_be_the_same(model):
    points = model("points", spec=TableSpec(shape=(2,), columns=("x", "y"), knots=((0.0, 1.0), (0.0, 1.0))))
    assert rankable([points], TableSpec(shape=(2,), columns=("x", "y"))) == [points]
    assert rankable([points], TableSpec(shape=(2,), columns=("x", "z"))) == []
    assert rankable([points], TableSpec(shape=(3,), columns=("x", "y", "z"))) == []


def test_the_order_is_the_least_likely_first_among_those_that_are_shown():
    ranking = Ranking(np.array([0.0, -3.0, -np.inf, -1.0]), "exact", ("Trained elsewhere.",))
    assert ranking.order(np.arange(4)).tolist() == [2, 1, 3, 0]
    assert ranking.order(np.array([0, 1, 3])).tolist() == [1, 3, 0]
    assert ranking.words == "The least likely first, which need not be wrong: exact. Trained elsewhere."


SCORER = """
import json, sys, time
import numpy as np
print(json.dumps({"event": "progress", "stage": "scoring", "done": 1, "total": 2}), flush=True)
if "slow" in sys.argv[3]:
    time.sleep(30)
if "broken" in sys.argv[3]:
    print(json.dumps({"event": "error", "message": "The file is damaged."}))
    sys.exit(1)
out = sys.argv[sys.argv.index("-o") + 1]
np.save(out, np.array([-1.0, -2.0]))
print(json.dumps({"event": "done", "label": "exact", "written": out, "notes": []}))
"""


@pytest.fixture
def ranker(workspace, worker, monkeypatch, tmp_path):
    """A ranker whose process is a small one of ours, and what it told."""
    (tmp_path / "toy_scorer.py").write_text(SCORER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    make = __import__("studio.desk.ranking", fromlist=["ChildJob"]).ChildJob
    monkeypatch.setattr("studio.desk.ranking.ChildJob", lambda place, _, words: make(place, "toy_scorer", words))
    told = []
    found = Ranker(workspace, worker.receiver, lambda *now: told.append(Progressed(*now)), told.append)
    yield found, told
    found.close()


def settle(worker, ranker):
    until = time.monotonic() + 20
    while ranker.running and time.monotonic() < until:
        worker.settle()
        time.sleep(0.01)


def test_a_ranking_is_measured_and_kept(ranker, worker, workspace, tmp_path):
    found, told = ranker
    dataset, model = workspace.folder("datasets") / "d", tmp_path / "model"
    assert found.ranking(dataset, model) is None
    found.start(dataset, model)
    assert found.running
    settle(worker, found)
    assert told == [Progressed("scoring", 1, 2), ""]
    assert found.ranking(dataset, model).nats.tolist() == [-1.0, -2.0]
    assert found.ranking(dataset, tmp_path / "other") is None
    assert list(workspace.folder("jobs").iterdir()) == []


def test_why_it_failed_is_told(ranker, worker, workspace, tmp_path):
    found, told = ranker
    found.start(workspace.folder("datasets") / "d", tmp_path / "broken")
    settle(worker, found)
    assert told[-1] == "The file is damaged."
    assert not found.running


def test_what_is_given_up_says_nothing_more(ranker, worker, workspace, tmp_path):
    found, told = ranker
    found.start(workspace.folder("datasets") / "d", tmp_path / "slow")
    found.start(workspace.folder("datasets") / "d", tmp_path / "model")
    settle(worker, found)
    assert told == [Progressed("scoring", 1, 2), ""]
    found.start(workspace.folder("datasets") / "d", tmp_path / "slow again")
    found.close()
    worker.settle()
    assert told[-1] == ""
    assert not found.running
