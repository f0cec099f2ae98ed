"""What can be done in the gallery, as its buttons, the palette and the keys offer it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from studio.gui.action import Action
from studio.gui.page import Page

__all__ = ["GalleryActions"]


class GalleryActions:
    """The actions of a gallery page, each under the name of what does it.

    Args:
        page: The page.
        run: What does each of them.
    """

    def __init__(self, page: Page, **run: Callable[[], object]) -> None:
        def action(name: str, text: str, *keys: str, **look: Any) -> Action:
            return Action(page, f"gallery.{name}", text, run[name], *keys, **look)

        self.draw = action("draw", "Draw samples", "Ctrl+Return", icon="play", short="Sample", tip="Draw samples")
        tip = "Open an .onnx file from elsewhere"
        self.open_file = action("open_file", "Open a model file", icon="folder", short="Open file", tip=tip)
        self.remove = action("remove", "Remove the model", icon="bin", tip="Remove the model")
        self.search = action("search", "Search samples", "/", tip="Search by class, seed, model or words")
        self.star = action("star", "Star the selected samples", "S", icon="star", tip="Star it")
        text, tip = "Move the selected samples to the trash", "Move to the trash"
        self.trash = action("trash", text, "Del", "Backspace", icon="bin", tip=tip)
        self.enlarge = action("enlarge", "Enlarge the sample", "Space", tip="Enlarge")
        tip = "Draw this sample again, alone, by its seed and number, and compare every pixel"
        self.again = action("again", "Draw the sample again", icon="again", short="Again", tip=tip)
        text, tip = "Draw variations of the sample", "Draw others with the same settings and the next seed"
        self.vary = action("vary", text, icon="variations", short="Variations", tip=tip)
        tip = "Keep a part of this sample; the model that is chosen draws the rest anew"
        self.complete = action("complete", "Complete the sample", icon="complete", short="Complete", tip=tip)
        text = "Draw what lies between two samples"
        tip = f"{text} of a model; select the second by Ctrl+click"
        self.interpolate = action("interpolate", text, icon="interpolate", short="Interpolate", tip=tip)
        self.copy = action("copy", "Copy the sample's settings", icon="copy", short="Copy settings")
        text, tip = "Copy the texts of the selected samples", "Copy the text"
        self.copy_text = action("copy_text", text, "Ctrl+C", icon="copy", short="Copy text", tip=tip)
        text, tip = "Show how likely each token was", "Shade each token by how unlikely the model held it"
        self.shade = action("shade", text, "P", icon="bars", short="Probabilities", tip=tip)
        tip = "Save with the settings that made it"
        self.save = action("save", "Save the selected samples", icon="save", short="Save", tip=tip)
