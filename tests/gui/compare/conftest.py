"""A workspace with small exported models, runs with curves, and what the judge said of them."""

import math
import shutil

import numpy as np
import pytest
import torch
from torch import nn

from studio.core.manifest import Manifest, label_input, noise_input
from studio.core.modality import Column, ImageSpec
from studio.core.spec import Continuous
from studio.export.exporter import write_model_file
from studio.export.graph import assemble
from studio.export.parity import measure_parity
from studio.nn import Sampler, make_codec
from studio.store.atomic import new_folder
from studio.store.dataset import DatasetDocument, write_dataset_document
from studio.store.evaluation import write_evaluation
from studio.store.metrics import RunDatabase
from studio.store.model import read_manifest, write_manifest
from studio.store.run import RunDocument, RunStatus, create_run, write_status
from tests.judged import make_report
from tests.toy_rows import add_rows_dataset, export_rows


class Net(nn.Module):
    """Brighter the higher the class; the noise shows."""

    def forward(self, noise, label):
        return 0.4 * torch.tanh(noise) + 0.3 * label.reshape(-1, 1, 1, 1)


@pytest.fixture(scope="session")
def exported(made_once):
    """A small exported sampler of two classes, and its manifest."""

    def fill(folder):
        inputs = [noise_input((1, 4, 4)), label_input(2)]
        sampler = Sampler(inputs, Net(), nn.Identity(), make_codec(ImageSpec(shape=(4, 4, 1)), Continuous()))
        manifest = Manifest(inputs=tuple(inputs), shape=(4, 4, 1), classes=("dark", "bright"), condition="class")
        path = folder / "sample.onnx"
        parity = write_model_file(assemble(sampler), manifest, path, lambda trial: measure_parity(sampler, trial))
        write_manifest(folder, manifest.model_copy(update={"parity": parity}))

    folder = made_once("compared", fill)
    return folder / "sample.onnx", read_manifest(folder)


@pytest.fixture(scope="session")
def exported_rows(made_once):
    """A small exported sampler of rows, and its manifest."""
    folder = made_once("rows", export_rows)
    return folder / "sample.onnx", read_manifest(folder)


@pytest.fixture
def add_table(workspace):
    """The rows that it could have learned from, in the workspace."""
    return add_rows_dataset(workspace)


@pytest.fixture
def add_points(workspace, exported_rows):
    """Put a model into the workspace that says it makes points, with or without a file of likelihoods."""

    def add(name, likely):
        folder = workspace.folder("models") / name
        folder.mkdir()
        shutil.copy(exported_rows[0], folder / "sample.onnx")
        if likely:
            (folder / "log_prob.onnx").write_bytes(b"no model")
        columns = tuple(Column(name=axis, knots=(-1.0, 1.0)) for axis in "xy")
        write_manifest(folder, exported_rows[1].model_copy(update={"model": name, "title": name, "columns": columns}))

    return add


@pytest.fixture
def add_dataset(workspace):
    """Put a data set into the workspace; its fingerprint is ``print of NAME``."""

    def add(name="toys", shape=(4, 4, 1), count=40):
        with new_folder(workspace.folder("datasets") / name) as folder:
            np.save(folder / "items.npy", np.zeros((count, *shape), np.uint8))
            np.save(folder / "labels.npy", np.arange(count, dtype=np.int64) % 2)
            np.save(folder / "splits.npy", (np.arange(count) % 4 == 3).astype(np.uint8))
            document = DatasetDocument(
                id=name,
                name=name,
                spec=ImageSpec(shape=shape, classes=("dark", "bright")),
                count=count,
                splits={"train": count - count // 4, "validation": count // 4, "test": 0},
                fingerprint=f"print of {name}",
            )
            write_dataset_document(folder, document)
        return document

    return add


@pytest.fixture
def add_run(workspace):
    """Put a finished run with curves into the workspace; gives its folder."""

    def add(name="mine", family="vae", metrics=("loss", "validation.loss")):
        document = RunDocument(
            id="",
            name=name,
            dataset="toys",
            dataset_name="toys",
            fingerprint="",
            spec=ImageSpec(shape=(4, 4, 1)),
            family=family,
            preset="cpu",
            created=1.0,
        )
        folder = create_run(workspace, document)
        database = RunDatabase(folder)
        segment = database.begin_segment(0)
        rows = [(step, name, 10 * math.exp(-step / 50) + 1) for name in metrics for step in range(20, 201, 20)]
        database.add_metrics(segment, rows)
        database.close()
        write_status(folder, RunStatus(state="finished", step=200, total=200, seconds=20.0, device="cpu"))
        return folder

    return add


@pytest.fixture
def add_model(workspace, exported, exported_rows):
    """Put a model into the workspace, of pictures or of rows; gives its folder."""

    def add(name="m-1", rows=False, **values):
        path, manifest = exported_rows if rows else exported
        folder = workspace.folder("models") / name
        folder.mkdir()
        shutil.copy(path, folder / "sample.onnx")
        about = {"model": name, "title": name.title(), "family": "vae", "step": 9, "seconds": 61.0}
        about |= {"dataset": "toys", "dataset_fingerprint": "print of toys"}
        write_manifest(folder, manifest.model_copy(update={**about, **values}))
        return folder

    return add


@pytest.fixture(name="make_report")
def _make_report():
    return make_report


@pytest.fixture
def make_subject(exported, make_report, tmp_path):
    """A model as the page compares it, without a workspace."""
    from studio.desk.subject import Subject

    def make(name="m-1", judged=True, family="vae", **values):
        manifest = exported[1].model_copy(
            update={"model": name, "title": name, "family": family, "step": 9, "seconds": 61.0}
        )
        return Subject(tmp_path / name, manifest, name, "", make_report(name, **values) if judged else None)

    return make


@pytest.fixture
def judged_models(add_dataset, add_model, make_report):
    """Two models of one data set that were judged and a third that was not."""
    add_dataset()
    for name, family, value in (("a", "vae", 6.0), ("b", "gan", 4.0)):
        write_evaluation(add_model(name, family=family), make_report(name, value))
    add_model("c", family="flow")


@pytest.fixture
def open_page(context, over, wait_until):
    """Open the page on the workspace as it is; gives it when it has read everything."""
    from studio.gui.compare.page import ComparePage

    pages = []
    over.show()

    def make(models, judged=0):
        context.watch.look_now()
        wait_until(lambda: len(context.watch.snapshot.models) == models)
        page = ComparePage(context)
        pages.append(page)
        page.resize(1000, 640)
        page.show()
        page.shown()
        wait_until(lambda: sum(subject.report is not None for subject in page.subjects) == judged)
        return page

    yield make
    for page in pages:
        page.closing()
