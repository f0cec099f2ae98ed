"""Hostile and odd data through every bundled family: shapes, one item, one class, constant items, missing labels."""

import math

import numpy as np
import pytest
import torch

from studio.core.errors import StudioError
from studio.data.dataset import open_dataset
from studio.nn.sampler import draw_inputs, run_program
from studio.runtime.model import OnnxModel
from studio.store.dataset import write_dataset_document
from studio.store.metrics import RunDatabase
from studio.store.run import read_status
from studio.store.workspace import Workspace
from studio.testing import Trial, toy_dataset, toy_mixed_table, toy_table
from studio.testing.contract import draw_samples
from studio.testing.toy_data import toy_texts
from studio.train.checkpoint import CheckpointFolder
from studio_autoregressive.plugin import plugin as autoregressive
from studio_diffusion.plugin import plugin as diffusion
from studio_flow.plugin import plugin as flow
from studio_gan.plugin import plugin as gan
from studio_vae.plugin import plugin as vae

SAMPLER = {"mode": "sampler", "channels": 8, "prior_dim": 16, "prior_depth": 1}
FAMILIES = {
    "vae explorer": (vae, {"channels": 8, "latent_dim": 4}),
    "vae sampler": (vae, SAMPLER),
    "gan": (gan, {"channels": 8, "latent_dim": 4}),
    "autoregressive": (autoregressive, {"dim": 16, "depth": 1, "heads": 2}),
    "flow transformer": (flow, {"dim": 16, "depth": 1, "blocks": 1, "heads": 2, "bins": 4}),
    "flow coupling": (flow, {"kind": "coupling", "dim": 8, "depth": 1, "blocks": 1, "bins": 4}),
    "diffusion unet": (diffusion, {"channels": 8, "multipliers": [1], "sample_steps": 3}),
    "diffusion dit": (diffusion, {"net": "dit", "channels": 16, "depth": 1, "heads": 2, "sample_steps": 3}),
}


def with_knots(spec, *knots):
    columns = (column.model_copy(update={"knots": row}) for column, row in zip(spec.columns, knots, strict=True))
    return spec.model_copy(update={"columns": tuple(columns)})


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def events(trial, kind):
    database = RunDatabase(trial.folder)
    found = [event.message for _, event in database.events() if event.kind == kind]
    database.close()
    return found


def train(name, folder, dataset, settings=None, **train):
    """Train a family for two steps on a data set; nothing may be said to have gone wrong, and no number be lost."""
    plugin, small = FAMILIES[name]
    budget = {"steps": 2, "batch_size": 8, "preview_count": 2, **train}
    trial = Trial(plugin, Workspace(folder), dataset, {**small, **(settings or {})}, budget)
    assert trial.train().state == "finished"
    for kind in ("skipped", "rollback", "no preview", "warning"):
        assert events(trial, kind) == []
    database = RunDatabase(trial.folder)
    curves = {name: [value for _, value in database.curve(name)] for name in database.metric_names()}
    database.close()
    assert any(name.startswith("validation.") for name in curves)
    assert all(np.isfinite(values).all() for values in curves.values()), curves
    assert trial.checkpoint().finite
    return trial


def dataset_folder(workspace, dataset):
    return workspace / "datasets" / dataset.document.id


def changed(workspace, shape, count, change):
    """A toy data set of two classes with other items or labels."""
    folder = workspace.folder("datasets") / toy_dataset(workspace, shape, 2, count).document.id
    items, labels = (np.load(folder / f"{name}.npy") for name in ("items", "labels"))
    change(items, labels)
    np.save(folder / "items.npy", items)
    np.save(folder / "labels.npy", labels)
    return open_dataset(folder)


def grey_of_one_class(workspace):
    return toy_dataset(workspace, (28, 28, 1), 1, 24)


def colour_without_classes(workspace):
    return toy_dataset(workspace, (32, 32, 3), 0, 24)


def odd_size_with_missing_labels(workspace):
    def forget(items, labels):
        labels[::3] = -1

    return changed(workspace, (17, 30, 1), 24, forget)


# The conformance suite exports every family at 9x5 in colour, with classes; these are the larger and the stranger.
@pytest.mark.parametrize(
    ("name", "make", "settings"),
    [
        pytest.param("vae sampler", colour_without_classes, {}, marks=pytest.mark.slow),
        ("gan", odd_size_with_missing_labels, {}),
        ("gan", colour_without_classes, {}),
        pytest.param("autoregressive", colour_without_classes, {}, marks=pytest.mark.slow),
        pytest.param("diffusion unet", odd_size_with_missing_labels, {"multipliers": [1, 2]}, marks=pytest.mark.slow),
    ],
)
def test_shapes_and_labels_go_through_to_the_file(name, make, settings, tmp_path):
    """Trained, exported with its certificates, and sampled through the file."""
    dataset = make(Workspace(tmp_path))
    trial = train(name, tmp_path, dataset, settings)
    exported = trial.export()
    assert all(parity.passed for parity in exported.parity.values()), exported.parity
    model = OnnxModel(exported.folder / "sample.onnx", "cpu", threads=1)
    samples = draw_samples(model, seed=1, count=2, labels=(0, -1) if dataset.spec.classes else ())
    assert samples.dtype == np.uint8
    assert samples.shape == (2, *dataset.spec.shape)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.fault("A26")
def test_one_item_is_a_data_set(name, tmp_path):
    """It is trained on and, as nothing is held out, measured on."""
    dataset = toy_dataset(Workspace(tmp_path), (8, 8, 1), 1, 1)
    assert len(dataset.indices("validation")) == 0
    train(name, tmp_path, dataset)


@pytest.mark.parametrize("value", [0, 128])
@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.fault("A26")
def test_constant_items_are_a_data_set(name, value, tmp_path):
    """Nothing divides by what does not vary."""

    def flatten(items, labels):
        items[:] = value

    dataset = changed(Workspace(tmp_path), (8, 8, 3 if value == 128 else 1), 24, flatten)
    train(name, tmp_path, dataset)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.fault("B8")
def test_a_loss_that_blows_up_ends_in_words_and_keeps_what_was_finite(name, tmp_path, monkeypatch):
    """From the third step on every update is NaN: rolled back five times, then said; the checkpoint can be exported."""
    from studio.train.session import TrainSession

    take = TrainSession.step

    def blow_up(self, *optimizers_and_loss):
        *optimizers, loss = optimizers_and_loss
        take(self, *optimizers, loss * math.nan if self.step_count >= 2 else loss)

    monkeypatch.setattr(TrainSession, "step", blow_up)
    # Each bad update counts, and so a few are enough here.
    monkeypatch.setattr("studio.train.session.MAX_SKIPPED", 1)
    plugin, small = FAMILIES[name]
    workspace = Workspace(tmp_path)
    often = {"steps": 40, "batch_size": 8, "preview_every": 10**6, "validate_every": 10**6, "checkpoint_every": 2}
    trial = Trial(plugin, workspace, toy_dataset(workspace), small, often)
    with pytest.raises(StudioError, match=r"The loss keeps leaving the finite numbers.*start again with a smaller lr"):
        trial.train()
    assert read_status(trial.folder).state == "failed"
    assert len(events(trial, "rollback")) == 5
    kept = CheckpointFolder(trial.folder / "checkpoints").newest(finite=True)
    assert kept is not None
    assert kept.step >= 2
    groups = (kept.tensors["modules"], kept.tensors["averaged"], kept.tensors["optimizers"])
    assert all(bool(torch.isfinite(value).all()) for group in groups for value in group.values())


@pytest.mark.parametrize("name", FAMILIES)
def test_the_highest_rate_loses_nothing(name, tmp_path):
    """Whatever lr = 1 does to a net, the run ends with finite weights or says why it does not."""
    plugin, small = FAMILIES[name]
    workspace = Workspace(tmp_path)
    budget = {"steps": 12, "batch_size": 8, "preview_every": 10**6, "checkpoint_every": 4, "clip": 0}
    trial = Trial(plugin, workspace, toy_dataset(workspace), {**small, "lr": 1.0}, budget)
    try:
        trial.train()
    except StudioError as error:
        assert "smaller lr" in str(error)  # noqa: PT017
    assert CheckpointFolder(trial.folder / "checkpoints").newest(finite=True) is not None


@pytest.mark.parametrize("kill_at", [2, 4, 5])
def test_two_phases_and_three_optimizers_resume_to_the_bit(kill_at, tmp_path):
    """Killed in the first phase, exactly between the two, and in the second."""
    checkpoints = []
    for folder, killed in (("whole", None), ("broken", kill_at)):
        workspace = Workspace(tmp_path / folder)
        budget = {"steps": 8, "checkpoint_every": 1, "preview_every": 3, "validate_every": 3}
        trial = Trial(vae, workspace, toy_dataset(workspace), SAMPLER, budget)
        if killed is not None:
            assert trial.train(kill_at=killed).state == "interrupted"
            assert trial.checkpoint().document["phase"] == ("codec" if killed < 4 else "prior")
        assert trial.train().state == "finished"
        checkpoints.append(trial.checkpoint())
    whole, broken = checkpoints
    assert set(whole.document["optimizers"]) == {"codec", "prior", "prior_rest"}
    assert whole.document["phase_ends"] == broken.document["phase_ends"] == {"codec": 4, "prior": 8}
    for group, tensors in whole.tensors.items():
        assert tensors.keys() == broken.tensors[group].keys()
        assert all(torch.equal(value, broken.tensors[group][key]) for key, value in tensors.items()), group


TABLES = ["vae explorer", "gan", "autoregressive", "flow transformer", "flow coupling", "diffusion unet"]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("classes", [0, 3])
def test_rows_of_every_kind_of_column_come_out_as_such(tmp_path, name, classes):
    dataset = toy_mixed_table(Workspace(tmp_path), classes)
    trial = train(name, tmp_path, dataset)
    sampler = trial.family.call("studio_sample", trained=trial.trained())
    _, rows = run_program(sampler, draw_inputs(sampler.inputs, 7, list(range(200))))
    assert rows.shape == (200, 5)
    length, rooms, colour, sold, day = rows.unbind(1)
    assert bool(torch.isnan(rows[:, [1, 3, 4]]).any()) is False
    assert set(sold.tolist()) <= {0.0, 1.0}
    assert set(colour[~torch.isnan(colour)].tolist()) <= {0.0, 1.0, 2.0}
    assert torch.equal(rooms, rooms.round())
    assert torch.equal(day, day.round())
    assert bool((~torch.isnan(length)).any())
    for column, values in ((dataset.spec.columns[1], rooms), (dataset.spec.columns[4], day)):
        assert column.knots[0] < float(values.min()) <= float(values.max()) < column.knots[-1]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("columns", [1, 3])
def test_odd_tables_are_trained_on_and_sampled(tmp_path, name, columns):
    """One column, which a coupling cannot condition on; and columns of which one is constant and one is huge."""
    dataset = toy_table(Workspace(tmp_path), columns, 0, 24)
    if columns == 3:
        spec = with_knots(dataset.spec, (-1.0, 1.0), (6.9, 7.1), (0.0, 1e20, 1e30))
        items = np.stack([np.linspace(-1, 1, 24), np.full(24, 7.0), np.geomspace(1e10, 1e30, 24)], 1)
        folder = dataset_folder(tmp_path, dataset)
        np.save(folder / "items.npy", items.astype(np.float32))
        write_dataset_document(folder, dataset.document.model_copy(update={"spec": spec}))
        dataset = open_dataset(folder)
    trial = train(name, tmp_path, dataset)
    sampler = trial.family.call("studio_sample", trained=trial.trained())
    _, rows = run_program(sampler, draw_inputs(sampler.inputs, 7, [0, 1, 2]))
    assert rows.dtype == torch.float32
    assert rows.shape == (3, columns)
    assert torch.isfinite(rows).all()


TEXTS = {
    "vae explorer": {},
    "gan": {"text_latent_dim": 2, "autoencoder_dim": 16, "autoencoder_depth": 1},
    "autoregressive": {},
    "flow transformer": {"latent_dim": 2, "autoencoder_dim": 16, "autoencoder_depth": 1},
    "diffusion unet": {"depth": 1, "heads": 2},
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("odd", ["one text", "all alike", "all empty"])
def test_odd_texts_are_trained_on_and_sampled(tmp_path, name, odd):
    """A single text, so that nothing is held out; texts that do not differ; and texts without a token."""
    dataset = toy_texts(Workspace(tmp_path), count=1 if odd == "one text" else 24)
    if odd != "one text":
        folder = dataset_folder(tmp_path, dataset)
        items = np.load(folder / "items.npy")
        items[:] = dataset.spec.end if odd == "all empty" else items[0]
        np.save(folder / "items.npy", items)
        dataset = open_dataset(folder)
    trial = train(name, tmp_path, dataset, TEXTS[name])
    sampler = trial.family.call("studio_sample", trained=trial.trained())
    _, texts = run_program(sampler, draw_inputs(sampler.inputs, 7, [0, 1, 2], [0, 1, -1]))
    assert texts.dtype == torch.int16
    assert texts.shape == (3, *dataset.spec.shape)
    assert bool((texts <= dataset.spec.end).all())


@pytest.mark.slow
def test_a_constant_column_goes_through_a_file(tmp_path):
    """Its two knots leave nothing to compare, of which the exporter had made an array without an axis."""
    dataset = toy_table(Workspace(tmp_path), 2, 0, 24)
    folder = dataset_folder(tmp_path, dataset)
    spec = with_knots(dataset.spec, (-1.0, 1.0), (6.9, 7.1))
    write_dataset_document(folder, dataset.document.model_copy(update={"spec": spec}))
    trial = train("flow coupling", tmp_path, open_dataset(folder))
    exported = trial.export()
    assert all(parity.passed for parity in exported.parity.values()), exported.parity
    model = OnnxModel(exported.folder / "sample.onnx", "cpu", threads=1)
    assert model.manifest.spec == spec
    samples = draw_samples(model, seed=3, count=5)
    assert (samples.dtype, samples.shape) == (np.float32, (5, 2))
    np.testing.assert_allclose(draw_samples(model, seed=3, count=1, start=4)[0], samples[4], rtol=1e-3)
