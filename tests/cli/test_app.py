"""The command itself: its words, its workspace, its one sentence when something is wrong."""

import json
import os
import signal
import subprocess
import sys

import pytest

from studio.cli import main
from studio.store.place import default_workspace
from studio.version import VERSION


def test_version(studio):
    done = studio("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"Generative Studio {VERSION}\n", "")


def test_the_installed_command(tmp_path):
    """The script that pip made, not the module."""
    script = os.path.join(os.path.dirname(sys.executable), "studio")
    done = subprocess.run([script, "runs", "list", "--workspace", tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout == "There are no runs yet; start one with 'studio train'.\n"


def test_help_lists_every_verb(run):
    done = run("--help")
    assert done.code == 0
    for verb in ("data", "families", "train", "runs", "export", "sample", "plugins", "doctor", "demo"):
        assert f"\n    {verb} " in done.out


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "the following arguments are required: VERB; 'studio --help' shows what there is."),
        (["paint"], "argument VERB: invalid choice: 'paint' (choose from 'data', "),
        (["runs"], "the following arguments are required: VERB; 'studio runs --help' shows what there is."),
        (["runs", "dance"], "argument VERB: invalid choice: 'dance' (choose from 'list', "),
        (["runs", "show"], "the following arguments are required: RUN; 'studio runs show --help' "),
        (["data", "show"], "the following arguments are required: DATASET; "),
        (["data", "add", "x", "--fit", "melt"], "argument --fit: invalid choice: 'melt' "),
        (["data", "add", "x", "--seed", "y"], "argument --seed: invalid int value: 'y'; "),
        (["train", "x"], "the following arguments are required: --family; "),
        (["train", "x", "--family", "vae", "--steps", "5", "--minutes", "1"], "argument --minutes: not allowed with "),
        (["train", "x", "--family", "vae", "--steps", "many"], "argument --steps: invalid int value: 'many'; "),
        (["sample"], "the following arguments are required: FILE.onnx; "),
        (["sample", "f.onnx", "-n", "x"], "argument -n/--count: invalid int value: 'x'; "),
        (["sample", "f.onnx", "--provider", "abacus"], "argument --provider: invalid choice: 'abacus' "),
        (["runs", "list", "--frobnicate"], "unrecognized arguments: --frobnicate; "),
        (["\x1b[31mred"], "argument VERB: invalid choice: '\\x1b[31mred' "),
        (["runs", "list", "\x1b[31m\n"], "unrecognized arguments: \\x1b[31m\\n; "),
    ],
)
def test_wrong_words(complaint, words, text):
    assert complaint(*words, code=2).startswith(text)


def test_a_workspace_that_is_a_file(complaint, tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    for words in (["runs", "list"], ["data", "list"], ["runs", "show", "x"]):
        text = complaint(*words, "--workspace", file)
        assert text.startswith(f"The workspace {file} cannot be used: ")
        assert text.endswith("Choose another with --workspace.")
    assert file.read_text() == "mine"


@pytest.mark.fault("C8")
def test_a_workspace_on_a_read_only_disk(complaint, tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    for step in (["--bind", folder, folder], ["-o", "remount,ro,bind", folder]):
        done = subprocess.run(["mount", *map(str, step)], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"this machine lets the tests mount nothing: {done.stderr.strip()}")
    try:
        assert "the disk is read-only; choose another workspace" in complaint(
            "runs", "list", "--workspace", folder / "workspace"
        )
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.fault("C7", "C10")
def test_a_damaged_workspace_document_is_set_aside_and_made_anew(studio, workspace):
    (workspace.path / "workspace.json").write_text("{")
    assert studio("runs", "list").returncode == 0
    assert (workspace.path / "workspace.json.corrupt-1").read_text() == "{"
    assert json.loads((workspace.path / "workspace.json").read_text())["format"] == 1


def test_a_workspace_of_a_newer_studio(complaint, workspace):
    (workspace.path / "workspace.json").write_text('{"format": 7}')
    assert complaint("runs", "list").endswith("(format 7, this one knows 1); update the studio.")


def test_which_workspace(monkeypatch, tmp_path):
    assert default_workspace() == tmp_path.__class__(os.environ["XDG_DATA_HOME"]) / "generative-studio"
    monkeypatch.setenv("STUDIO_WORKSPACE", str(tmp_path / "mine"))
    assert default_workspace() == tmp_path / "mine"


def test_options_stand_before_or_after_the_verb(capsys, tmp_path):
    for words in (["--json", "--workspace", str(tmp_path), "runs", "list"], ["runs", "list", "--json"]):
        assert main([*words, *([] if "--workspace" in words else ["--workspace", str(tmp_path)])]) == 0
        assert json.loads(capsys.readouterr().out) == {"runs": []}


def test_what_nobody_foresaw_is_one_line_too(complaint, workspace):
    """A folder where a file should be."""
    (workspace.path / "workspace.json").unlink()
    (workspace.path / "workspace.json").mkdir()
    assert "workspace.json is no file; move it away." in complaint("runs", "list")


def test_a_reader_that_goes_away(workspace):
    command = f"'{sys.executable}' -m studio.cli families --workspace '{workspace.path}' | head -n 0"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_ctrl_c(workspace, pictures):
    """While the importer works."""
    for number in range(3000):
        (pictures / f"{number}.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    process = subprocess.Popen(
        [sys.executable, "-m", "studio.cli", "data", "add", pictures, "--json", "--workspace", workspace.path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert json.loads(process.stdout.readline())["event"] == "progress"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert err == "studio: cancelled.\n"
    assert process.returncode == 130
    assert os.listdir(workspace.path / "datasets") == os.listdir(workspace.path / "jobs") == []
