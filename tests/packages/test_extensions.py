"""Packages without families: a reader, an observer and a codec with a transform, each used as a person uses it."""

import csv

import numpy as np
import pytest
import torch

from studio.core.errors import DataError, SettingsError
from studio.core.spec import Continuous
from studio.data.dataset import open_dataset
from studio.data.importer import run_import
from studio.data.request import ImportRequest
from studio.export.exporter import export_run
from studio.hooks.install.folder import remove
from studio.hooks.loader import load_family, load_row
from studio.jobs.new_run import RunRequest, make_run
from studio.runtime.model import OnnxModel
from studio.store.run import read_run
from studio.testing import toy_dataset
from studio.testing.card import CardWriter, checks_of
from studio.testing.contract import draw_samples
from studio.train.extensions import RunExtensions
from studio.train.trainer import Trainer

PICTURES = """pixel notation 1
size 4 x 3
ink .+#

bar
....
####
....

bar
....
###
....

post
.+..
.+..
.+..

post
.+x.
.+..
.+..

bar
####
"""
SMALL = {
    "vae": {"channels": 8, "groups": 0, "latent_dim": 4, "likelihood": "logistic"},
    "gan": {"channels": 8},
}
SHORT = {"train.batch_size": 16, "train.threads": 1, "train.preview_count": 4, "train.preview_every": 10**6}


def train(workspace, dataset, steps, family="vae", **values):
    """Make a run as ``studio train digits --family vae --set KEY=VALUE`` does, and train it; gives its folder."""
    asked = {**SMALL[family], **SHORT, "train.steps": steps, **values}
    folder = make_run(workspace, RunRequest(dataset.document.id, family, "cpu", asked, device="cpu"))
    status = Trainer(workspace, folder, load_family(family)).execute()
    assert status.state == "finished", status.message
    return folder


@pytest.fixture
def add(installed, workspace, tmp_path):
    """Import a file of the reader's; gives its data set."""
    installed("notation_reader")

    def make(data):
        (tmp_path / "shapes.pixels").write_bytes(data)
        request = ImportRequest(workspace=workspace.path, paths=(str(tmp_path / "shapes.pixels"),))
        return open_dataset(workspace.folder("datasets") / run_import(request, lambda event: None).id)

    return make


def test_pictures_are_read_and_bad_ones_refused_one_by_one(add, workspace):
    dataset = add(PICTURES.encode())
    assert dataset.spec.shape == (3, 4, 1)
    assert dataset.spec.classes == ("bar", "post")
    items = {int(label): item[..., 0].tolist() for item, label in zip(*dataset.batch([0, 1]), strict=True)}
    assert items == {0: [[0] * 4, [255] * 4, [0] * 4], 1: [[0, 128, 0, 0]] * 3}
    refused = (workspace.folder("datasets") / dataset.document.id / "rejects.csv").read_text().splitlines()
    assert refused == [
        "name,reason",
        "line 10,Row 2 has 3 characters instead of 4.",
        "line 20,\"Row 1 has 'x', which is no ink.\"",
        "line 25,It has 1 rows instead of 3.",
    ]


def test_what_is_not_of_the_format_is_one_plain_sentence(add):
    for data in (b"hello\n", b"\xff\xfe", b"", PICTURES.replace("4 x 3", "4 by 3").encode()):
        with pytest.raises(DataError) as raised:
            add(data)
        said = str(raised.value).removeprefix("'Pixel notation' of pixel-notation cannot read shapes.pixels: ")
        assert said in (
            "This is no pixel notation: its first line is not 'pixel notation 1'.",
            "Line 2 of a pixel notation says the size, as in 'size 8 x 6'.",
        )


def test_the_observer_writes_what_is_recorded(installed, workspace, uncaptured):
    installed("csv_observer")
    folder = train(workspace, toy_dataset(workspace), 6, "gan", **{"train.validate_every": 3})
    assert read_run(folder).observers == ("metrics-csv",)
    text = (folder / "observers" / "metrics-csv" / "metrics.csv").read_text()
    assert text.startswith("kind,step,metric,value\n")
    *rows, last = csv.DictReader(text.splitlines())
    steps = {kind: sorted({int(row["step"]) for row in rows if row["kind"] == kind}) for kind in ("step", "validation")}
    assert steps == {"step": [1, 2, 3, 4, 5, 6], "validation": [3, 6]}
    assert all(np.isfinite(float(row["value"])) for row in rows)
    assert list(last.values()) == ["end", "6", "finished", ""]


@pytest.mark.parametrize("view", [Continuous(), Continuous(dequantise=True)])
def test_the_codec_is_the_map_that_it_says_it_is(installed, workspace, view):
    brought = {each.id: each for each in load_row(installed("signed_codec")).extensions}
    spec = toy_dataset(workspace, (4, 6, 3)).spec
    codec = RunExtensions(brought["haar"]).make_codec(spec, view)
    items = torch.randint(0, 256, (5, 4, 6, 3), dtype=torch.uint8)
    seen = codec.encode(items)
    assert seen.shape == (5, *codec.shape)
    assert seen.abs().max() <= 1
    assert torch.equal(codec.settle(codec.decode(seen)), items)
    middle = torch.full((1, 4, 6, 3), 100.0)
    slope = torch.autograd.functional.jacobian(lambda x: codec.coefficients(x).flatten(), middle).reshape(72, 72)
    torch.testing.assert_close(codec.log_det(items)[0], torch.linalg.slogdet(slope).logabsdet)
    given = items.long()
    given[:, 0, 0, 0] = -1
    known, mask = codec.encode_known(given)
    plain = RunExtensions(brought["haar"]).make_codec(spec, Continuous()).encode(items)
    assert torch.equal(known[mask], plain[mask])
    assert (~mask).sum() == 5 * 4


def test_trained_exported_and_sampled_with_the_codec_then_without_its_package(installed, workspace, uncaptured):
    installed("signed_codec")
    dataset = toy_dataset(workspace)
    with pytest.raises(SettingsError, match="there are haar-view:haar"):
        train(workspace, dataset, 60, **{"train.codec": "haar-view:walsh"})
    chosen = {"train.codec": "haar-view:haar", "train.transforms": "haar-view:invert", "train.validate_every": 60}
    folder = train(workspace, dataset, 60, **chosen)
    exported = export_run(workspace, folder, family=load_family("vae"))
    assert exported.parity.keys() == {"sample", "encode", "decode"}
    assert all(parity.passed for parity in exported.parity.values())
    remove("haar-view")
    with pytest.raises(SettingsError, match=r"no plugin that is on brings 'haar-view:haar'; there are none\."):
        train(workspace, dataset, 60, **chosen)
    samples = draw_samples(OnnxModel(exported.folder / "sample.onnx", "cpu", threads=1), seed=1, count=64)
    assert samples.shape == (64, *dataset.spec.shape)
    # The codec's way back is in the file: the samples look like the items with light and dark exchanged.
    mean = 255 - np.asarray(dataset.items).astype(float).mean()
    assert abs(samples.mean() - mean) < 30


@pytest.mark.parametrize(
    ("folder", "states"),
    [
        ("notation_reader", ["skipped", "passed"]),
        ("csv_observer", ["passed", "passed"]),
        ("signed_codec", ["passed", "passed", "passed"]),
    ],
)
def test_its_report_card_passes_though_nothing_of_it_trains(installed, folder, states):
    row = installed(folder)
    card = CardWriter(checks_of(load_row(row), row.static.check), lambda *_: None)
    card.run()
    assert [line.state for line in card.lines()] == states
