"""``studio data``."""

import csv
import json
import os
import re

import pytest

from studio.store.lock import ProcessLock
from studio.store.run import RunStatus, write_status


def test_add_show_list_remove(answer, run, pictures, workspace):
    added = answer("data", "add", pictures, "--name", "letters", "--size", "4x6")
    assert {key: added[key] for key in ("items", "rejected", "name", "classes", "shape")} == {
        "items": 12,
        "rejected": 1,
        "name": "letters",
        "classes": ["a", "b"],
        "shape": [6, 4, 1],
    }
    assert sum(added["splits"].values()) == 12
    shown = answer("data", "show", "letters")
    assert shown["dataset"] == added["dataset"]
    assert shown["rejects"][0][0] == "a/broken.png"
    (listed,) = answer("data", "list")["datasets"]
    assert (listed["dataset"], listed["count"], listed["rejected"]) == (added["dataset"], 12, 1)
    words = run("data", "show", added["dataset"]).out
    assert "12 items of 4x6 grey, fitted by crop" in words
    assert "a/broken.png: " in words
    assert "letters" in run("data", "list").out
    removed = answer("data", "remove", "letters")
    assert os.path.isdir(removed["trash"])
    assert answer("data", "list") == {"datasets": []}
    assert run("data", "list").out == "There are no data sets yet; add one with 'studio data add'.\n"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["{here}/nothing"], "{here}/nothing does not exist; check the path."),
        (["{here}/empty"], "There is nothing to import in empty: it holds no files."),
        (["{here}/noise.dat"], "noise.dat"),
        (["example:unicorns"], "unicorns"),
        (["{here}", "--size", "banana"], "banana"),
        (["{here}", "--size", "0"], "0"),
        (["{here}", "--size", "-3"], "-3"),
    ],
)
def test_what_cannot_be_added(complaint, workspace, tmp_path, words, text):
    (tmp_path / "empty").mkdir()
    (tmp_path / "noise.dat").write_text("no picture")
    said = complaint("data", "add", *(word.format(here=tmp_path) for word in words), "--json")
    assert text.format(here=tmp_path) in said
    assert os.listdir(workspace.path / "datasets") == []
    assert os.listdir(workspace.path / "jobs") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Name what is to be added: studio data add PATH, or --source FILE --target FILE for pairs."),
        (["a.tsv", "--source", "en"], "Of pairs give --source and --target"),
        (["a.tsv", "--text", "x", "--source", "en", "--target", "de"], "Of pairs give --source and --target"),
        (["a.txt", "--vocabulary", "3"], "--vocabulary 3: input should be greater than or equal to 256."),
    ],
)
def test_what_is_said_of_texts_is_checked(complaint, words, said):
    assert said in complaint("data", "add", *words)


def test_pairs_of_two_files_and_of_a_table(answer, tmp_path):
    (tmp_path / "a.en").write_text("one\ntwo\n")
    (tmp_path / "a.de").write_text("eins\nzwei\n")
    two = answer("data", "add", "--source", tmp_path / "a.en", "--target", tmp_path / "a.de")
    assert (two["items"], two["name"]) == (2, "a.de")
    (tmp_path / "a.tsv").write_text("en\tde\none\teins\ntwo\tzwei\nthree\tdrei\n")
    table = answer("data", "add", tmp_path / "a.tsv", "--modality", "text", "--source", "en", "--target", "de")
    assert table["items"] == 3


def test_columns_of_a_table(answer, run, complaint, tmp_path):
    rows = [f"{number};{number / 4:.2f};{'red' if number % 3 else 'blue'};x" for number in range(1, 31)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["id;price;colour;same", *rows, "31;red;blue;x"]).replace(".", ","))
    words = ["--label", "colour", "--column", "id=whole", "--without", "same"]
    added = answer("data", "add", path, "--name", "toys", *words)
    assert (added["items"], added["rejected"], added["classes"], added["shape"]) == (30, 1, ["blue", "red"], [2])
    assert added["notes"] == ["'same' was left out: you asked for it."]
    shown = run("data", "show", "toys").out
    # Of the training rows.
    assert re.search(r"  id: whole number from \d+ to \d+\n  price: number from \d\.\d\d to \d\.\d\d\n", shown)
    assert "line 32: its 'price' is no finite number of 32 bits: red" in shown
    said = complaint("data", "add", path, "--column", "price=colour")
    assert "'price=colour' is not NAME=KIND" in said
    assert "t has no column 'size'" in complaint("data", "add", path, "--label", "size", "--json")
    assert "There is no encoding 'klingon'" in complaint("data", "add", path, "--encoding", "klingon")


def test_unknown_data_sets(complaint, dataset, workspace):
    assert complaint("data", "show", "x").endswith("there are none yet, add one with 'studio data add PATH'.")
    dataset()
    for verb in ("show", "remove"):
        assert complaint("data", verb, "x") == f"There is no data set 'x' in {workspace.path}; there are digits."


def test_an_ambiguous_name(complaint, dataset):
    dataset("d-1", "digits")
    dataset("d-2", "digits")
    assert complaint("data", "remove", "digits").endswith("name one by its id: d-1, d-2.")


def test_a_damaged_data_set(complaint, run, answer, dataset):
    folder = dataset()
    (folder / "spec.json").write_bytes(b"{")
    assert "spec.json is damaged" in complaint("data", "show", folder.name)
    assert "damaged: " in run("data", "list").out
    assert "is damaged" in answer("data", "list")["datasets"][0]["error"]
    answer("data", "remove", folder.name)
    assert not folder.exists()


def test_names_with_control_characters_are_escaped(run, dataset, complaint):
    folder = dataset(name="\x1b[31mred\n\u202edesrever", licence="\x1b[2J")
    with open(folder / "rejects.csv", "a", newline="") as file:
        csv.writer(file).writerow(["\x1b]0;title\x07.png", "is\nbroken"])
    for words in (["data", "list"], ["data", "show", folder.name], ["data", "remove", folder.name]):
        done = run(*words)
        assert done.code == 0
        assert not [char for char in done.out.replace("\n", "") if not char.isprintable()]
    assert complaint("data", "show", "\x1b[31m\n").startswith("There is no data set '\\x1b[31m ' in ")


def test_json_keeps_names_as_they_are(answer, dataset):
    dataset(name="\x1b[31mred\n")
    assert json.loads(json.dumps(answer("data", "list")))["datasets"][0]["name"] == "\x1b[31mred\n"


@pytest.mark.fault("A15", "B14")
@pytest.mark.parametrize("state", ["queued", "running", "paused"])
def test_a_data_set_that_a_run_trains_on_is_not_removed(complaint, answer, dataset, make_run, state):
    """S14: the window refused, the command line took it from under the run."""
    folder, run = dataset(), make_run()
    lock = ProcessLock(run / "lock")
    assert lock.acquire()
    write_status(run, RunStatus(state=state))
    for word in (folder.name, "digits"):
        assert complaint("data", "remove", word) == (
            f"The run {run.name} trains on '{word}'; stop it first with 'studio runs stop {run.name}'."
        )
    write_status(run, RunStatus(state="stopped"))
    lock.release()
    answer("data", "remove", folder.name)
    assert not folder.exists()
