"""A gallery page on a workspace with small exported models."""

import shutil

import pytest

from studio.store.gallery import list_batches
from studio.store.model import read_manifest, write_manifest
from tests.toy_rows import add_rows_dataset, export_rows


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
def press(wait_until):
    """Press a key where the keyboard is taken to first: keys mean something only in the window in front."""
    from PySide6.QtTest import QTest

    def click(widget, key, modifiers=None):
        widget.window().activateWindow()
        widget.setFocus()
        wait_until(widget.hasFocus)
        QTest.keyClick(widget, key, *([modifiers] if modifiers is not None else []))

    return click


@pytest.fixture
def kept(workspace, wait_until):
    """Wait until so many batches lie in the workspace and the page knows them."""

    def wait(page, count):
        wait_until(lambda: len(list_batches(workspace)) == count)
        wait_until(lambda: all(batch.folder is not None for batch in page.samples.batches))
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


@pytest.fixture(scope="session")
def exported_rows(made_once):
    """A small exported sampler of rows, and its manifest."""
    folder = made_once("rows", export_rows)
    return folder / "sample.onnx", read_manifest(folder)


@pytest.fixture
def add_rows_model(workspace, exported_rows):
    """Put a small model of rows into the workspace, and what it could have learned from."""

    def add(name="rows-1", learned=True, **values):
        if learned:
            add_rows_dataset(workspace)
        folder = workspace.folder("models") / name
        folder.mkdir()
        shutil.copy(exported_rows[0], folder / "sample.onnx")
        about = {"model": name, "title": name, "family": "flow", "dataset_fingerprint": "rows", **values}
        write_manifest(folder, exported_rows[1].model_copy(update=about))
        return folder

    return add
