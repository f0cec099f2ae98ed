"""Makes the pictures of the README: every page of the real window over real data, light and dark.

    python tests/screenshots/remake.py [--workspace DIR] [--minutes 1.5]
    python tests/screenshots/remake.py --texts DIR

It trains two families on the example digits and one on the irises, exports, judges and samples them, opens the window
without a screen and lets every family learn two moons on the Play page. It writes resources/screenshots/PAGE-light.png
and PAGE-dark.png, and of opened rows rows-light.png and rows-dark.png. A workspace that is given is kept and used
again. With --texts it writes texts-light.png and texts-dark.png alone, of the run verses-ar in DIR.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from studio.core.safe_mode import set_safe_mode
from studio.gui.app import App
from studio.gui.compare.page import ComparePage
from studio.gui.gallery.page import GalleryPage
from studio.gui.item.known_text import KnownText
from studio.gui.layout_memory import LayoutMemory
from studio.gui.play.page import PlayPage
from studio.gui.train.page import TrainPage
from studio.store.dataset import list_datasets
from studio.store.model import list_models
from studio.store.workspace import Workspace

TARGET = Path(__file__).resolve().parents[2] / "resources" / "screenshots"
_SETTLE_S = 1.2
_PATIENCE_S = 120.0
# How long every family learns two moons before its picture is taken.
_PLAY_S = 45.0


def _studio(workspace: Path, *words: str) -> dict[str, object]:
    command = [sys.executable, "-m", "studio.cli", *words, "--json", "--workspace", str(workspace)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    document: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return document


def _prepare(workspace: Path, minutes: float) -> None:
    place = Workspace(workspace)
    if not list_datasets(place):
        _studio(workspace, "data", "add", "example:digits")
    if len(list_models(place)) < 3:
        _studio(workspace, "data", "add", "example:iris")
        words = ("--family", "autoregressive", "--minutes", str(minutes), "--name", "irises")
        _studio(workspace, "export", str(_studio(workspace, "train", "iris", *words)["run"]))
        for family, factor in (("vae", 1), ("diffusion", 2)):
            run = _studio(workspace, "train", "digits", "--family", family, "--minutes", str(factor * minutes))
            model = _studio(workspace, "export", str(run["run"]))
            few = ("--samples", "500", "--likelihood-items", "100", "--draws", "10")
            _studio(workspace, "evaluate", str(model["model"]), "--dataset", "digits", *few)


@contextlib.contextmanager
def _living_run(workspace: Path) -> Iterator[str]:
    """A run that learns while the pictures are taken."""
    name = f"vae, latent 16 ({time.strftime('%H:%M')})"
    words = ("--family", "vae", "--minutes", "5", "--set", "latent_dim=16", "--name", name, "--detach")
    run = str(_studio(workspace, "train", "digits", *words)["run"])
    until = time.monotonic() + 120
    while time.monotonic() < until:
        step = _studio(workspace, "runs", "show", run)["step"]
        if isinstance(step, int) and step > 100:
            break
        time.sleep(1.0)
    try:
        yield run
    finally:
        _studio(workspace, "runs", "stop", run)


class Screen:
    """The window over a workspace, without a screen, and what lets it go on.

    Args:
        workspace: The workspace's folder.
        memory: Where it keeps how it was left.
    """

    def __init__(self, workspace: Path, memory: Path) -> None:
        self._application = QApplication([])
        set_safe_mode(True)
        self.app = App(self._application, workspace, LayoutMemory(memory / "window.ini"))
        self.window = self.app.window
        self.window.resize(1280, 800)
        self.window.show()
        self.wait(lambda: len(self.window.pages) == 6, "its pages")

    def turn(self, seconds: float) -> None:
        """Let it go on."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._application.processEvents()
            time.sleep(0.005)

    def wait(self, ready: Callable[[], bool], what: str) -> None:
        """Let it go on until it is ready."""
        until = time.monotonic() + _PATIENCE_S
        while not ready():
            if time.monotonic() > until:
                raise SystemExit(f"the window does not get as far as {what}")
            self.turn(0.05)
        self.turn(_SETTLE_S)

    def take(self, name: str) -> None:
        """Keep what it shows."""
        self.window.grab().save(str(TARGET / f"{name}.png"))


def _take(workspace: Path, run: str) -> None:
    with tempfile.TemporaryDirectory() as memory:
        screen = Screen(workspace, Path(memory))
        app, turn, wait = screen.app, screen.turn, screen.wait
        train, gallery = app.window.pages["train"], app.window.pages["gallery"]
        assert isinstance(train, TrainPage)
        assert isinstance(gallery, GalleryPage)
        app.window.show_page("gallery")
        _draw_rows(gallery, wait)
        wait(lambda: gallery.controls.manifest is not None and gallery.requests.ready, "an open model")
        gallery.controls.sample.click()
        wait(lambda: bool(gallery.samples.batches) and gallery.drawing.current is None, "samples")
        gallery.panel.grid.set_current(12)
        compare = app.window.pages["compare"]
        assert isinstance(compare, ComparePage)
        app.window.show_page("compare")
        wait(lambda: bool(compare.subjects), "models to compare")
        for subject in compare.subjects:
            compare.side.models.tick(subject.folder)
        compare.choose_view(2)
        app.window.show_page("train", {"run": run})
        train.view.curves.smoothing.setValue(30)
        wait(lambda: bool(train.view.curves.plot.curves), "curves")
        play = app.window.pages["play"]
        assert isinstance(play, PlayPage)
        app.window.show_page("play")
        play.take("two-moons")
        wait(lambda: play.go.ready, "the Play page")
        play.go.trigger()
        wait(lambda: all(panel.picture.samples is not None for panel in play.panels.values()), "moving pictures")
        turn(_PLAY_S)
        for theme in ("light", "dark"):
            app.theme.choose(theme)
            for key in ("play", "data", "train", "gallery", "compare", "plugins"):
                app.window.show_page(key)
                turn(_SETTLE_S)
                screen.take(f"{key}-{theme}")
            app.window.show_page("gallery")
            _open_rows(gallery)
            wait(lambda: bool(gallery.opened.legend.text()), "opened rows")
            screen.take(f"rows-{theme}")
            gallery.opened.dismiss()
        play.stop.trigger()
        turn(_SETTLE_S)
        app.window.close()


def _take_texts(workspace: Path) -> None:
    """The gallery of the run of that name."""
    with tempfile.TemporaryDirectory() as memory:
        screen = Screen(workspace, Path(memory))
        gallery = screen.window.pages["gallery"]
        assert isinstance(gallery, GalleryPage)
        screen.window.show_page("gallery")
        screen.wait(lambda: bool(gallery.library.choices) and gallery.requests.ready, "its models")
        writer = next(choice for choice in gallery.library.choices if choice.run == "verses-ar")
        gallery.models.choose(writer.path)
        screen.wait(lambda: isinstance(gallery.controls.known, KnownText), "a model of texts")
        assert isinstance(gallery.controls.known, KnownText)
        gallery.controls.known.edit.setText("In the beginning")
        gallery.controls.sample.click()
        screen.wait(lambda: bool(gallery.samples.batches) and gallery.drawing.current is None, "samples")
        gallery.panel.grid.set_current(2)
        gallery.inspector.shade.click()
        screen.wait(lambda: not gallery.inspector.shade_words.isHidden(), "how likely its tokens were")
        for theme in ("light", "dark"):
            screen.app.theme.choose(theme)
            screen.turn(_SETTLE_S)
            screen.take(f"texts-{theme}")
        screen.window.close()


def _draw_rows(gallery: GalleryPage, wait: Callable[[Callable[[], bool], str], None]) -> None:
    """Draw irises before the digits that the page shows."""
    wait(lambda: bool(gallery.library.choices) and gallery.requests.ready, "its models")
    rows = next(choice for choice in gallery.library.choices if choice.run == "irises")
    digits = next(choice for choice in gallery.library.choices if choice.run != "irises")
    gallery.models.choose(rows.path)
    wait(lambda: gallery.controls.known is not None, "a model of rows")
    gallery.controls.sample.click()
    wait(lambda: bool(gallery.samples.batches) and gallery.drawing.current is None, "rows")
    gallery.models.choose(digits.path)
    wait(lambda: gallery.controls.known is None or gallery.controls.manifest is not None, "a model of digits")


def _open_rows(gallery: GalleryPage) -> None:
    batch = next(batch for batch in gallery.samples.batches if batch.together)
    gallery.opened.open(batch, "1,000 irises", gallery.library.of_batch(batch.document), True)


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--minutes", type=float, default=1.5)
    parser.add_argument("--texts", type=Path, metavar="DIR", help="only those of texts, by the models of a workspace")
    options = parser.parse_args()
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        # The window writes paths from the person's own folder on, so that no picture shows where it was made.
        os.environ["HOME"] = home
        if options.texts:
            _take_texts(options.texts.absolute())
            return
        workspace = (options.workspace or Path(home) / "studio").absolute()
        _prepare(workspace, options.minutes)
        with _living_run(workspace) as run:
            _take(workspace, run)


if __name__ == "__main__":
    main()
