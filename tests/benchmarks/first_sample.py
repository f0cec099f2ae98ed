"""Time from the click on Sample to the first tile on the screen: service warm, CPU, offscreen, a small trained VAE.

Run: python tests/benchmarks/first_sample.py [--family vae | --model DIR] [--clicks 30] [--count 64]
With DIR it is an exported model, such as one of texts, the whole of which is on the screen with its first tile.
Prints JSON; milliseconds, median with the 95 % bootstrap interval.
"""

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from studio.core.modality import ImageSpec
from studio.core.resources import resource
from studio.desk.run_control import RunControl
from studio.export.exporter import export_run
from studio.gui.bridge import Bridge
from studio.gui.gallery.page import GalleryPage
from studio.gui.page import PageContext
from studio.gui.theme import Theme
from studio.gui.toast import Toasts
from studio.gui.watch import Watch
from studio.hooks.loader import load_family
from studio.store.atomic import new_folder
from studio.store.dataset import SPLITS, DatasetDocument, write_dataset_document
from studio.store.run import RunDocument, create_run
from studio.store.workspace import Workspace
from studio.train.trainer import Trainer

RESAMPLES = 10_000


def make_model(workspace, family, steps=5):
    """A model at the size of the preset ``cpu``, on the example digits, trained for a few steps."""
    digits = np.load(resource("digits.npz"))
    images = next(digits[name] for name in digits.files if digits[name].ndim >= 3)[:2000]
    items = images.reshape(len(images), 28, 28, 1)
    labels = np.arange(len(items)) % 10
    splits = (np.arange(len(items)) % 8 == 7).astype(np.uint8)
    spec = ImageSpec(shape=(28, 28, 1), classes=tuple("0123456789"))
    with new_folder(workspace.folder("datasets") / "digits") as folder:
        for name, values in (("items", items), ("labels", labels.astype(np.int64)), ("splits", splits)):
            np.save(folder / f"{name}.npy", values)
        counts = {name: int((splits == index).sum()) for index, name in enumerate(SPLITS)}
        document = DatasetDocument(id="digits", name="digits", spec=spec, count=len(items), splits=counts)
        write_dataset_document(folder, document)
    loaded = load_family(family)
    preset = loaded.declared.presets[0].settings
    settings = {key: value for key, value in preset.items() if not key.startswith("train.")}
    train = {"steps": steps, "threads": 2, "preview_count": 4, "batch_size": 32}
    run = RunDocument(
        id="", name=family, dataset="digits", dataset_name="digits", fingerprint="", spec=spec, splits=counts,
        family=family, train=train, settings=settings,
    )  # fmt: skip
    folder = create_run(workspace, run)
    Trainer(workspace, folder, loaded).execute()
    export_run(workspace, folder, family=loaded)


class FirstPaint(QObject):
    """Notes that the tiles are painted with the first sample of the newest batch in them."""

    def __init__(self, page):
        super().__init__(page)
        self.page, self.seen = page, False
        page.panel.grid.viewport().installEventFilter(self)

    def eventFilter(self, watched, event):
        newest = self.page.samples.batches[0] if self.page.samples.batches else None
        if event.type() == QEvent.Type.Paint and newest is not None and newest.folder is None and newest.num_ready:
            self.seen = self.page.samples.picture(0) is not None
        return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--family", default="vae")
    parser.add_argument("--model", type=Path, metavar="DIR", help="a model's folder, in place of a small trained one")
    parser.add_argument("--clicks", type=int, default=30)
    parser.add_argument("--count", type=int, default=64)
    options = parser.parse_args()
    os.environ["STUDIO_THREADS"] = "2"
    app = QApplication(["studio"])
    with tempfile.TemporaryDirectory() as place:
        workspace = Workspace(Path(place))
        if options.model:
            shutil.copytree(options.model, workspace.folder("models") / options.model.name)
        else:
            make_model(workspace, options.family)
        over, bridge = QWidget(), Bridge()
        watch = Watch(workspace, bridge)
        watch.start()
        page = GalleryPage(
            PageContext(workspace, bridge, Theme(app, "dark"), watch, Toasts(over), RunControl(workspace))
        )
        page.resize(1100, 700)
        page.show()
        page.shown()

        def wait(ready):
            until = time.monotonic() + 60
            while not ready():
                assert time.monotonic() < until
                app.processEvents()
                time.sleep(0.0005)

        def drawn():
            return page.drawing.current is None and all(batch.folder is not None for batch in page.samples.batches)

        wait(lambda: page.controls.manifest is not None and page.requests.ready)
        page.controls.count.setValue(options.count)
        times = []
        for number in range(options.clicks + 1):
            paint = FirstPaint(page)
            begun = time.perf_counter()
            page.controls.sample.click()
            wait(lambda: paint.seen)  # noqa: B023
            if number:  # The first finds the service cold.
                times.append(1000 * (time.perf_counter() - begun))
            wait(drawn)
            page.panel.grid.viewport().removeEventFilter(paint)
        page.closing()
        watch.close()
        bridge.close()
    draws = np.random.default_rng(0).integers(0, len(times), (RESAMPLES, len(times)))
    low, high = np.quantile(np.median(np.array(times)[draws], axis=1), (0.025, 0.975))
    document = {
        "family": options.model.name if options.model else options.family,
        "clicks": len(times),
        "count": options.count,
        "threads": 2,
    }
    figures = {"median_ms": statistics.median(times), "low_ms": low, "high_ms": high, "slowest_ms": max(times)}
    print(json.dumps({**document, **{name: round(float(value), 1) for name, value in figures.items()}}))


if __name__ == "__main__":
    main()
