"""A run is made of what a person asks for, or one sentence says what does not fit."""

import numpy as np
import pytest

from studio.core.errors import DataError, PluginError, SettingsError
from studio.core.modality import ImageSpec
from studio.hooks.installed import read_catalogue
from studio.jobs.new_run import RunRequest, default_preset, make_all, make_run, merge_settings
from studio.store.atomic import new_folder
from studio.store.dataset import DatasetDocument, write_dataset_document
from studio.store.run import list_runs, read_run
from studio.store.switches import switch_plugin

SPEC = ImageSpec(shape=(4, 4, 1), classes=("a", "b"))


@pytest.fixture
def dataset(workspace):
    with new_folder(workspace.folder("datasets") / "digits") as folder:
        np.save(folder / "items.npy", np.zeros((8, 4, 4, 1), np.uint8))
        document = DatasetDocument(id="digits", name="digits", spec=SPEC, count=8, splits={"train": 8}, fingerprint="f")
        write_dataset_document(folder, document)
    return document


@pytest.fixture(scope="module")
def vae():
    return read_catalogue().family("vae")


def test_a_run_holds_everything_it_depends_on(workspace, dataset):
    folder = make_run(workspace, RunRequest("digits", "vae", "cpu", {"channels": 8, "train.steps": 5}, 3, "cpu"))
    run = read_run(folder)
    assert (run.name, run.family, run.preset, run.seed) == ("vae on digits", "vae", "cpu", 3)
    assert (run.fingerprint, run.spec, run.dataset) == ("f", dataset.spec, "digits")
    assert run.settings["channels"] == 8
    assert run.settings["latent_dim"] == 16
    assert (run.train["steps"], run.train["minutes"]) == (5, None)
    assert run.distribution == "generative-studio"


@pytest.mark.parametrize(
    ("request_", "kind", "words"),
    [
        (RunRequest("nothing", "vae"), DataError, "no data set 'nothing'"),
        (RunRequest("digits", "magic"), PluginError, "no family 'magic'"),
        (RunRequest("digits", "vae", "huge"), SettingsError, "no preset 'huge'"),
        (RunRequest("digits", "vae", seed=-1), SettingsError, "seed must lie between"),
        (RunRequest("digits", "vae", device="tpu"), SettingsError, "'tpu' is not a device"),
        (RunRequest("digits", "vae", values={"lr": 7}), SettingsError, "lr = 7"),
        (RunRequest("digits", "vae", values={"train.clip": -1}), SettingsError, "train.clip = -1"),
    ],
)
def test_what_does_not_fit_is_one_sentence_and_no_run(workspace, dataset, request_, kind, words):
    with pytest.raises(kind, match=words):
        make_run(workspace, request_)
    assert list_runs(workspace) == []


def test_each_wrong_setting_is_named_by_its_key(workspace, dataset):
    with pytest.raises(SettingsError) as caught:
        make_run(workspace, RunRequest("digits", "vae", values={"lr": 7, "channels": 1, "train.batch_size": 4}))
    assert set(caught.value.fields) == {"lr", "channels"}
    with pytest.raises(SettingsError) as caught:
        make_run(workspace, RunRequest("digits", "vae", values={"train.clip": -1}))
    assert set(caught.value.fields) == {"train.clip"}


def test_a_plugin_that_is_off_is_not_used(workspace, dataset):
    switch_plugin(workspace.path, "vae", on=False)
    with pytest.raises(PluginError, match="turned off"):
        make_run(workspace, RunRequest("digits", "vae"))


def test_a_length_replaces_the_presets(vae):
    assert merge_settings(vae, SPEC, "cpu", {"train.steps": 9}).get("train.minutes") is None
    assert merge_settings(vae, SPEC, "cpu", {})["train.minutes"] == 10
    assert merge_settings(vae, SPEC, "cpu", {"train.minutes": 2})["train.minutes"] == 2


def test_the_preset_suits_the_device(vae):
    presets = vae.presets_for(SPEC)
    assert default_preset(presets, "cpu") == "cpu"
    assert default_preset(presets, "cuda:0") == "gpu"
    assert default_preset({}, "cpu") == ""


def test_a_run_of_every_family_is_alike_in_all_but_the_family(workspace, dataset):
    folders = make_all(workspace, RunRequest("digits", "all", values={"train.minutes": 2}, seed=4, device="cpu"))
    runs = [read_run(folder) for folder in folders]
    assert {run.family for run in runs} == {"vae", "gan", "autoregressive", "flow", "diffusion"}
    assert {(run.train["minutes"], run.seed, run.preset, run.dataset) for run in runs} == {(2.0, 4, "cpu", "digits")}


def test_where_one_of_them_does_not_fit_none_is_made(workspace, dataset):
    with pytest.raises(SettingsError, match="There is no setting 'latent_dim'"):
        make_all(workspace, RunRequest("digits", "all", values={"latent_dim": 8}, device="cpu"))
    assert list_runs(workspace) == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"train.codec": "gone:x"}, "train.codec: no plugin that is on brings 'gone:x'; there are none."),
        ({"train.transforms": "a:b, c:d"}, "train.transforms: no plugin that is on brings 'a:b'; there are none."),
        ({"train.codec": "a:b, c:d"}, "train.codec names 2 of them; a run takes at most 1."),
        ({"train.codec": "nothing"}, "'nothing' names nothing that a plugin brings: write PACKAGE:ID."),
    ],
)
def test_what_no_plugin_brings_is_said_before_the_run_is_made(workspace, dataset, values, said):
    with pytest.raises(SettingsError) as raised:
        make_run(workspace, RunRequest(dataset.id, "vae", values=values))
    assert str(raised.value) == said
