"""Finds out, before Qt is asked, whether a window can be opened here, and what is missing when not."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["missing_libraries", "packages_for", "why_no_window"]

_WITHOUT_DISPLAY = frozenset(("offscreen", "minimal", "minimalegl", "vnc", "eglfs", "linuxfb", "vkkhrdisplay"))
# Debian's packages of the libraries that Qt's window plugin loads.
_PACKAGES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
}


def packages_for(libraries: list[str]) -> str:
    """Debian's packages of some libraries, as words for ``apt-get install``."""
    return " ".join(sorted({_PACKAGES.get(name, name) for name in libraries}))


def missing_libraries() -> list[str]:
    """Libraries that Qt's window plugin wants and the system lacks; empty where that cannot be told.

    Raises:
        ImportError: If PySide6 is not installed.
    """
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        raise ImportError("PySide6 is not installed")
    folder = Path(spec.origin).parent / "Qt"
    files = [folder / "plugins" / "platforms" / "libqxcb.so", folder / "lib" / "libQt6Gui.so.6"]
    if sys.platform != "linux" or shutil.which("ldd") is None:
        return []
    done = subprocess.run(["ldd", *map(str, files)], capture_output=True, text=True, timeout=30, check=False)
    return list(dict.fromkeys(line.split()[0] for line in done.stdout.splitlines() if "not found" in line))


def why_no_window() -> str:
    """Why no window can be opened here, as one sentence; empty where nothing speaks against it.

    Qt itself would end the process with a message that blames the wrong library.
    """
    # Several may be named, the first that works is taken.
    named = [name.partition(":")[0] for name in os.environ.get("QT_QPA_PLATFORM", "").split(";") if name]
    if sys.platform != "linux" or _WITHOUT_DISPLAY.intersection(named):
        return ""
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        return (
            "there is no display to open a window on; start it from a desktop, or use the verbs: "
            "'studio --help' shows them"
        )
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        return "PySide6 is not installed; install the studio again, or use the verbs: 'studio --help' shows them"
    folder = Path(spec.origin).parent / "Qt"
    if not os.environ.get("DISPLAY") or any(name.startswith("wayland") for name in named):
        return ""
    if not named and os.environ.get("WAYLAND_DISPLAY") and _has_wayland(folder):
        return ""  # Qt's first choice then; X is not asked
    missing = _missing_at_once(folder)
    if missing:
        packages = packages_for(missing)
        return f"the window needs {', '.join(missing)}; on Debian or Ubuntu: sudo apt-get install {packages}"
    if not _display_answers():
        return f"the display {os.environ['DISPLAY']} cannot be reached; check DISPLAY, or log in to a desktop"
    return ""


def _has_wayland(folder: Path) -> bool:
    return any((folder / "plugins" / "platforms").glob("libqwayland*.so"))


def _missing_at_once(folder: Path) -> list[str]:
    """The quick way where everything is there: load what Qt is going to load anyhow."""
    try:
        ctypes.CDLL(str(folder / "lib" / "libQt6Gui.so.6"))
        ctypes.CDLL(str(folder / "plugins" / "platforms" / "libqxcb.so"))
    except OSError:
        return missing_libraries() or ["a system library; 'studio doctor' names it"]
    return []


def _display_answers() -> bool:
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not failed
