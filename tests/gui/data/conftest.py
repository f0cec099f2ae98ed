"""A Data page on a real workspace, and real files to drop on it."""

import io
import os

import numpy as np
import pytest
from PIL import Image


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


@pytest.fixture
def pets(make_files):
    """Thirty images in two classes, and a web page that claims to be one."""
    root = make_files([f"{'cats' if number % 3 else 'dogs'}/{number:02}.png" for number in range(30)])
    (root / "cats" / "page.png").write_bytes(b"<html>")
    return root


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


@pytest.fixture
def nothing_left(context):
    """Whether jobs and unfinished data sets are gone."""

    def look():
        jobs = os.listdir(context.workspace.folder("jobs"))
        hidden = [name for name in os.listdir(context.workspace.folder("datasets")) if name.startswith(".")]
        return not jobs and not hidden

    return look
