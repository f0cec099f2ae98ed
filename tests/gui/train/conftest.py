"""A workspace with a data set and runs as a trainer leaves them, without one."""

import math

import numpy as np
import pytest


@pytest.fixture
def make_dataset(workspace):
    from studio.core.modality import ImageSpec
    from studio.store.atomic import new_folder
    from studio.store.dataset import DatasetDocument, write_dataset_document

    def make(name="digits", count=40, shape=(8, 8, 1), created=1.0):
        with new_folder(workspace.folder("datasets") / name) as folder:
            np.save(folder / "items.npy", np.zeros((count, *shape), np.uint8))
            np.save(folder / "labels.npy", np.arange(count, dtype=np.int64) % 2)
            np.save(folder / "splits.npy", (np.arange(count) % 4 == 3).astype(np.uint8))
            spec = ImageSpec(shape=shape, classes=("a", "b"))
            splits = {"train": count - count // 4, "validation": count // 4, "test": 0}
            document = DatasetDocument(id=name, name=name, spec=spec, count=count, splits=splits, created=created)
            write_dataset_document(folder, document)
        return document

    return make


@pytest.fixture
def make_run(workspace):
    """Runs with curves, previews and events."""
    from studio.core.modality import ImageSpec
    from studio.store.metrics import RunDatabase
    from studio.store.run import RunDocument, RunStatus, create_run, write_status

    def make(name="mine", state="finished", steps=200, created=1.0, previews=(100, 200), warning="", **values):
        document = RunDocument(
            id="",
            name=name,
            dataset="digits",
            dataset_name="digits",
            fingerprint="",
            spec=ImageSpec(shape=(8, 8, 1)),
            family=values.pop("family", "vae"),
            preset="cpu",
            created=created,
            **values,
        )
        folder = create_run(workspace, document)
        database = RunDatabase(folder)
        segment = database.begin_segment(0)
        rows = [(step, "loss", 100 * math.exp(-step / 50) + 10) for step in range(1, steps + 1)]
        rows += [(step, "validation.loss", 90 * math.exp(-step / 50) + 11) for step in range(20, steps + 1, 20)]
        database.add_metrics(segment, rows)
        database.add_event(segment, 10, "started", "It began.")
        if warning:
            database.add_event(segment, 50, "warning", warning)
        database.close()
        for step in previews:
            np.save(folder / "previews" / f"step-{step:08d}.npy", np.full((9, 8, 8, 1), step % 255, np.uint8))
        status = RunStatus(state=state, step=steps, total=2 * steps, seconds=20.0, device="cpu", alone=True)
        write_status(folder, status)
        return folder

    return make


@pytest.fixture
def no_supervisor(monkeypatch):
    """What is queued stays queued."""
    monkeypatch.setattr("studio.jobs.control.ensure_supervisor", lambda workspace: None)


@pytest.fixture
def page(context, wait_until):
    from studio.gui.train.page import TrainPage

    page = TrainPage(context)
    page.resize(1200, 760)
    page.show()
    page.shown()
    wait_until(lambda: page.setup.draft.family is not None)
    yield page
    page.closing()
