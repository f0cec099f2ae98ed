"""The document of a checkpoint: whose it is, and each sentence for what makes no sense."""

import hashlib
import json

import pytest

from studio.core.errors import ForeignEntryError, ModelError
from studio.store.atomic import write_document
from studio.train.checkpoint_state import STATE_FILE, hash_file, hash_values, read_state


@pytest.fixture
def write(tmp_path):
    """Write a document of the run r at step 3, with other values; gives its folder."""

    def make(**values):
        document = {"run": "r", "step": 3, "finite": True, "best": {"step": 2, "value": 0.5}, **values}
        document["sha256"] = values.get("sha256", {STATE_FILE: hash_values(document)})
        write_document(tmp_path / STATE_FILE, document)
        return tmp_path

    return make


def test_round_trip(write):
    state, document = read_state(write(lr_factor=0.5), "r", 3)
    assert (state.run, state.step, state.finite, state.best.step) == ("r", 3, True, 2)
    assert document["lr_factor"] == 0.5


def test_a_hash_is_of_the_values_whatever_their_order():
    assert hash_values({"a": 1, "b": (2,), "sha256": {}}) == hash_values({"b": [2], "a": 1})
    assert hash_values({"a": 1}) != hash_values({"a": 2})


def test_a_hash_of_a_file(tmp_path):
    (tmp_path / "f").write_bytes(b"x" * 100_000)
    assert hash_file(tmp_path / "f") == hashlib.sha256(b"x" * 100_000).hexdigest()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"step": -1}, r"is damaged: 'step' of state\.json makes no sense\."),
        ({"best": {"step": "x"}}, r"is damaged: 'best\.step' of state\.json makes no sense\."),
        ({"step": 4}, r"is damaged: it is that of step 4, renamed or copied\."),
        ({"run": "other"}, r"belongs to the run 'other' and was copied here\."),
    ],
)
def test_what_is_wrong_is_said(write, values, said):
    with pytest.raises(ModelError, match=said):
        read_state(write(**values), "r", 3)


def test_a_document_that_was_changed(write):
    folder = write()
    document = json.loads((folder / STATE_FILE).read_text())
    (folder / STATE_FILE).write_text(json.dumps({**document, "finite": False}))
    with pytest.raises(ModelError, match=r"is damaged: state\.json was changed after it was written\."):
        read_state(folder, "r", 3)


def test_one_that_is_missing_and_one_that_leads_nowhere(tmp_path):
    with pytest.raises(ModelError, match=r"is damaged: state\.json is missing\."):
        read_state(tmp_path, "r", 3)
    (tmp_path / STATE_FILE).symlink_to(tmp_path / "nowhere")
    with pytest.raises(ForeignEntryError, match="is a link"):
        read_state(tmp_path, "r", 3)


def test_one_from_before_runs_and_hashes_were_written(write):
    state, _ = read_state(write(run="", sha256={}), "r", 3)
    assert state.run == ""
