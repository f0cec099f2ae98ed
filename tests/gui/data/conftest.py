"""A Data page on a real workspace, and real files to drop on it."""

import io
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from studio.store.atomic import new_folder
from studio.store.dataset import read_dataset_document, write_dataset_document
from studio.store.workspace import Workspace


def png(height=12, width=12, seed=0):
    values = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def make_files(tmp_path):
    """Write image files by name below a folder; bytes as a name are taken as they are."""

    def make(names, folder="pets", **options):
        root = tmp_path / folder
        root.mkdir(exist_ok=True)
        for number, name in enumerate(names):
            path = os.path.join(os.fsencode(root), name if isinstance(name, bytes) else os.fsencode(name))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(png(seed=number, **options))
        return root

    return make


def write_pets(root):
    """Thirty images in two classes, and a web page that claims to be one."""
    for number in range(30):
        path = root / ("cats" if number % 3 else "dogs") / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(seed=number))
    (root / "cats" / "page.png").write_bytes(b"<html>")
    return root


@pytest.fixture
def pets(tmp_path):
    """The folder of ``write_pets``."""
    return write_pets(tmp_path / "pets")


@pytest.fixture
def page(app, context):
    """The page, shown."""
    from studio.gui.data.page import DataPage

    page = DataPage(context)
    page.resize(1000, 700)
    page.show()
    yield page
    page.closing()


@pytest.fixture
def looked(page, wait_until):
    """Drop paths and wait until the sheet has looked at them."""

    def drop(*paths):
        page.receive({"paths": list(paths)})
        wait_until(lambda: not page.sheet.looking)
        return page.sheet

    return drop


@pytest.fixture
def added(page, looked, wait_until):
    """Drop paths, import them and wait until the new data set is shown."""

    def add(*paths, name=""):
        sheet = looked(*paths)
        if name:
            sheet.form.name_edit.setText(name)
        before = len(page.cards.cards)
        sheet.import_button.click()
        wait_until(lambda: not page.queue.rows)
        wait_until(lambda: len(page.cards.cards) == before + 1)
        wait_until(lambda: page.browser.count_label.text())
        return page.cards.cards[0].row

    return add


@pytest.fixture(scope="session")
def imported_pets(made_once):
    """The data set of ``pets``, imported once for the tests to which only matters that it is there."""

    def fill(folder):
        root = write_pets(folder / "pets")
        words = [sys.executable, "-m", "studio.cli", "data", "add", str(root), "--workspace", str(folder / "workspace")]
        subprocess.run(words, check=True, capture_output=True)

    (folder,) = Workspace(made_once("pets", fill) / "workspace").entries("datasets")
    return folder


@pytest.fixture
def listed(imported_pets, page, context, wait_until):
    """Put the data set of ``pets`` into the workspace under a name, and wait until it is shown."""

    def put(name="pets"):
        folder = context.workspace.folder("datasets") / name.replace(" ", "-")
        with new_folder(folder) as unfinished:
            shutil.copytree(imported_pets, unfinished, dirs_exist_ok=True)
            document = read_dataset_document(imported_pets)
            changed = {"id": folder.name, "name": name, "created": document.created + len(page.cards.cards)}
            write_dataset_document(unfinished, document.model_copy(update=changed))
        before = len(page.cards.cards)
        context.watch.look_now()
        wait_until(lambda: len(page.cards.cards) == before + 1)
        page.receive({"dataset": folder.name})
        wait_until(lambda: page._chosen == folder and page.browser.count_label.text())
        return next(card.row for card in page.cards.cards if card.row.folder == folder)

    return put


@pytest.fixture
def nothing_left(context):
    """Whether jobs and unfinished data sets are gone."""

    def look():
        jobs = os.listdir(context.workspace.folder("jobs"))
        hidden = [name for name in os.listdir(context.workspace.folder("datasets")) if name.startswith(".")]
        return not jobs and not hidden

    return look
