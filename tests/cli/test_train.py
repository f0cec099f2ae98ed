"""``studio families`` and ``studio train``: everything that can be refused is refused before a run is made."""

import json
import os

from studio.store.lock import is_locked
from studio.store.run import read_run, read_status

VAE = ["train", "digits", "--family", "vae"]
REFUSED = [
    (["train", "faces", "--family", "vae"], "There is no data set 'faces' in {workspace}; there are digits."),
    (["train", "digits", "--family", "gon"], "There is no family 'gon'; installed are "),
    ([*VAE, "--preset", "huge"], "There is no preset 'huge'; the family 'vae' has cpu"),
    ([*VAE, "--set", "lr=7"], "lr = 7 must be at most 1."),
    ([*VAE, "--set", "lr"], "'lr' is not a setting: write it as KEY=VALUE, for example lr=0.001."),
    ([*VAE, "--set", "lrr=1"], "There is no setting 'lrr'; known are mode, latent_dim, "),
    ([*VAE, "--set", "lr=NaN"], "lr = NaN must be a finite number."),
    ([*VAE, "--set", "train.batch_size=0"], "train.batch_size = 0 must be at least 1."),
    ([*VAE, "--set", "train.speed=9"], "There is no setting 'train.speed'; known are train.batch_size, "),
    (
        [*VAE, "--set", "train.steps=5", "--minutes", "1"],
        "Give the length of the run either in steps or in minutes",
    ),
    ([*VAE, "--steps", "0"], "train.steps = 0 must be at least 1."),
    ([*VAE, "--minutes", "-1"], "train.minutes = -1.0 must be above 0."),
    ([*VAE, "--minutes", "nan"], "train.minutes = NaN must be a finite number."),
    ([*VAE, "--device", "abacus"], "'abacus' is not a device; use cpu, cuda:0 or auto."),
    ([*VAE, "--seed", "-1"], "The seed must lie between 0 and 4294967295, not -1."),
    ([*VAE, "--seed", "4294967296"], "The seed must lie between 0 and 4294967295, not 4294967296."),
]


def test_what_cannot_be_trained(complaint, dataset, workspace):
    """One workspace for all, so that the catalogue is read once."""
    dataset()
    for words, text in REFUSED:
        assert complaint(*words).startswith(text.format(workspace=workspace.path))
    assert complaint(*REFUSED[-1][0], "--json", "--detach") == REFUSED[-1][1]
    assert os.listdir(workspace.path / "runs") == []
    assert not (workspace.path / "studio.db").exists()


def test_families(answer, run):
    families = {family["id"]: family for family in answer("families")["families"]}
    assert {"vae", "diffusion"} <= set(families)
    assert families["vae"]["settings_schema"]["properties"]["lr"]["default"] == 0.002
    words = run("families", "--safe-mode").out
    assert "vae: Variational autoencoder." in words
    assert "--preset cpu: " in words
    assert "--set lr=0.002: " in words


def test_an_unknown_modality(complaint, dataset):
    path = dataset() / "spec.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "spec": {"modality": "audio", "shape": [100]}}))
    assert "holds audio data, which this studio does not know" in complaint("train", "digits-1", "--family", "vae")


def test_a_damaged_data_set(complaint, dataset):
    folder = dataset()
    (folder / "spec.json").write_bytes(b"")
    assert "spec.json is damaged" in complaint("train", folder.name, "--family", "vae")


def test_detach(answer, run, dataset, workspace, no_supervisor):
    dataset()
    words = ["--set", "lr=0.5", "--set", "train.batch_size=3", "--steps", "7", "--seed", "5", "--device", "cuda"]
    queued = answer(*VAE, *words, "--name", "mine", "--detach")
    assert set(queued) == {"run", "status", "step"}
    assert (queued["status"], queued["step"]) == ("queued", 0)
    document = read_run(workspace.path / "runs" / queued["run"])
    assert (document.name, document.family, document.seed, document.device) == ("mine", "vae", 5, "cuda:0")
    assert (document.dataset, document.distribution) == ("digits-1", "generative-studio")
    assert document.settings["lr"] == 0.5
    assert document.settings["kl_warmup"] == 0.1
    assert document.preset == "gpu"
    # The length that was given replaces the preset's.
    assert (document.train["steps"], document.train["minutes"], document.train["batch_size"]) == (7, None, 3)
    assert "is queued; 'studio runs show" in run(*VAE, "--detach").out


def test_the_length_of_a_preset_can_be_given_in_the_other_unit(answer, dataset, workspace, no_supervisor):
    dataset()
    for words, steps, minutes in ((["--minutes", "2"], None, 2.0), (["--set", "train.steps=9"], 9, None)):
        queued = answer(*VAE, "--preset", "cpu", *words, "--detach")
        train = read_run(workspace.path / "runs" / queued["run"]).train
        assert (train["steps"], train["minutes"]) == (steps, minutes)


def test_train_in_the_foreground(studio, answer, pictures, workspace):
    """A real training of two steps, as a person starts it."""
    answer("data", "add", pictures, "--name", "digits")
    small = ["--set", "channels=4", "--set", "latent_dim=2", "--set", "train.batch_size=4"]
    done = studio(*VAE, *small, "--steps", "2", "--device", "cpu", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0]["event"] == "queued"
    assert lines[-1] == {"run": lines[0]["run"], "status": "finished", "step": 2}
    folder = workspace.path / "runs" / lines[-1]["run"]
    assert not is_locked(folder / "lock")
    assert answer("runs", "show", folder.name)["metrics"]["loss"] > 0


def test_a_run_that_fails_says_why_once(studio, dataset, workspace):
    """The arrays of this data set are not there."""
    dataset()
    done = studio(*VAE, "--steps", "2", "--device", "cpu")
    assert done.returncode == 1
    assert done.stderr.startswith("studio: ")
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
    (name,) = os.listdir(workspace.path / "runs")
    status = read_status(workspace.path / "runs" / name)
    assert status.state == "failed"
    assert done.stderr == f"studio: {status.message}\n"


def test_a_run_of_every_family_is_one_command(answer, complaint, dataset, workspace, no_supervisor):
    dataset()
    queued = answer("train", "digits", "--family", "all", "--minutes", "3", "--detach")
    families = {read_run(workspace.path / "runs" / row["run"]).family for row in queued["runs"]}
    assert {"vae", "gan", "autoregressive", "flow", "diffusion"} <= families
    assert {row["status"] for row in queued["runs"]} == {"queued"}
    assert "leave --preset away" in complaint("train", "digits", "--family", "all", "--preset", "cpu")
