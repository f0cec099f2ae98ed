"""A gallery page on a workspace with small exported models."""

import shutil

import pytest
import torch
from torch import nn

from studio.core.modality import ImageSpec
from studio.core.sampling import Manifest, given_input, label_input, noise_input, scalar_input, steps_input
from studio.core.spec import Continuous
from studio.export.exporter import write_model_file
from studio.export.graph import assemble
from studio.export.parity import measure_parity
from studio.nn import Sampler, Stage, make_codec
from studio.store.gallery import list_batches
from studio.store.model import write_manifest


class Init(nn.Module):
    def forward(self, noise, steps, shift, label, *given):
        return noise, shift, label, *given


class Step(nn.Module):
    """As much arithmetic as a request needs to last: the matrix is large on purpose."""

    def __init__(self, width):
        super().__init__()
        self.mix = nn.Parameter(torch.randn(width, width) / width**0.5)

    def forward(self, i, x, shift, label, *given):
        mixed = torch.tanh((x.flatten(1)[:, :1] * self.mix[:1]) @ self.mix)[:, :16].reshape(x.shape)
        return x + 0.001 * mixed + shift * label.reshape(-1, 1, 1, 1)


class Finish(nn.Module):
    def forward(self, x, shift, label, *given):
        """What is given is kept."""
        for known in given:
            grey = known.permute(0, 3, 1, 2)
            x = torch.where(grey >= 0, grey / 127.5 - 1.0, x)
        return x


@pytest.fixture(scope="session")
def export_file(tmp_path_factory):
    """Export a small sampler with three classes; ``width`` says how heavy a step is, ``given`` that it completes."""
    kept = {}

    def make(name, width=16, given=False, **values):
        key = (name, width, given, *sorted(values.items()))
        if key not in kept:
            path = tmp_path_factory.mktemp("exported") / "sample.onnx"
            inputs = [
                noise_input((1, 4, 4)),
                steps_input(4, 100_000),
                scalar_input("shift", 0.1, 0.0, 1.0, "How far a class moves."),
                label_input(3),
                *([given_input(ImageSpec(shape=(4, 4, 1)))] if given else []),
            ]
            codec = make_codec(ImageSpec(shape=(4, 4, 1)), Continuous())
            sampler = Sampler(inputs, Init(), Finish(), codec, [Stage(Step(width).requires_grad_(False), "steps")])
            options = {
                "classes": ("a", "b", "c"),
                "title": f"Toy {name}",
                "family": "flow",
                "dataset": "toys",
                "step": 9,
            }
            manifest = Manifest(inputs=tuple(inputs), model=name, shape=(4, 4, 1), **{**options, **values})
            parity = write_model_file(assemble(sampler), manifest, path, lambda trial: measure_parity(sampler, trial))
            kept[key] = path, manifest.model_copy(update={"parity": parity, "condition": "class"})
        return kept[key]

    return make


@pytest.fixture
def add_model(workspace, export_file):
    """Put a small model into the workspace; gives its folder."""

    def add(name="m-1", width=16, given=False, manifest=True, **values):
        path, described = export_file(name, width, given, **values)
        folder = workspace.folder("models") / name
        folder.mkdir()
        shutil.copy(path, folder / "sample.onnx")
        if manifest:
            write_manifest(folder, described)
        return folder

    return add


@pytest.fixture
def open_page(context, over, wait_until):
    """Open gallery pages on the workspace; gives the page when it has read what is kept."""
    from studio.gui.gallery.page import GalleryPage

    pages = []
    over.show()

    def make(models=1):
        context.watch.look_now()
        wait_until(lambda: len(context.watch.snapshot.models) == models)
        page = GalleryPage(context)
        pages.append(page)
        page.resize(1000, 640)
        page.show()
        page.shown()
        wait_until(lambda: page.requests.ready)
        return page

    yield make
    for page in pages:
        page.closing()


@pytest.fixture
def kept(workspace, wait_until):
    """Wait until so many batches lie in the workspace and the page knows them."""

    def wait(page, count):
        wait_until(lambda: len(list_batches(workspace)) == count)
        wait_until(lambda: all(batch.folder is not None for batch in page.shelf.batches))
        return list_batches(workspace)

    return wait


@pytest.fixture
def drawn(add_model, open_page, kept):
    """A page with eight samples of one model, seed 0, every class in turn."""
    add_model()
    page = open_page()
    page.controls.count.setValue(8)
    page.controls.sample.click()
    kept(page, 1)
    return page
