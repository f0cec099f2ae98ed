"""A small exported model of rows, and the data set that it could have learned from."""

import numpy as np
import torch
from torch import nn

from studio.core.manifest import Manifest, given_input, noise_input
from studio.core.modality import Column, TableSpec
from studio.core.spec import Continuous
from studio.export.exporter import write_model_file
from studio.export.graph import assemble
from studio.export.parity import measure_parity
from studio.nn import Sampler, make_codec
from studio.store.atomic import new_folder
from studio.store.dataset import DatasetDocument, write_dataset_document
from studio.store.model import read_manifest, write_manifest

ROWS = TableSpec(
    shape=(2,),
    columns=(
        Column(name="width", knots=(-1.0, 1.0)),
        Column(name="kind", kind="category", categories=("long", "short"), missing=True),
    ),
)


class Net(nn.Module):
    """Any width, and every kind; what is given is not listened to."""

    def forward(self, noise, given):
        return torch.tanh(noise) + 0.0 * torch.nan_to_num(given).sum()


def export_rows(folder):
    """Export it into a folder; gives its file and manifest."""
    codec = make_codec(ROWS, Continuous(one_hot=False))
    inputs = [noise_input(codec.shape), given_input(ROWS)]
    sampler = Sampler(inputs, Net(), nn.Identity(), codec)
    manifest = Manifest(inputs=tuple(inputs), modality="table", shape=ROWS.shape, columns=ROWS.columns)
    path = folder / "sample.onnx"
    parity = write_model_file(assemble(sampler), manifest, path, lambda trial: measure_parity(sampler, trial))
    write_manifest(folder, manifest.model_copy(update={"parity": parity}))
    return path, read_manifest(folder)


def add_rows_dataset(workspace):
    """Put 40 rows into a workspace, of which the first 30 are for training; their fingerprint is ``rows``."""
    with new_folder(workspace.folder("datasets") / "table") as folder:
        rows = np.stack([np.linspace(-1, 1, 40), np.arange(40) % 2], 1).astype(np.float32)
        np.save(folder / "items.npy", rows)
        np.save(folder / "labels.npy", np.full(40, -1, np.int64))
        np.save(folder / "splits.npy", (np.arange(40) >= 30).astype(np.uint8))
        splits = {"train": 30, "validation": 10, "test": 0}
        document = DatasetDocument(id="table", name="table", spec=ROWS, count=40, splits=splits, fingerprint="rows")
        write_dataset_document(folder, document)
    return document
