"""Whether a window can be opened is known before Qt ends the process over it."""

import subprocess
import sys
import types

import pytest

from studio.core import display

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="displays of X and Wayland are a matter of Linux")


@pytest.fixture
def bare(monkeypatch):
    """No display and no platform is named."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.fault("G4")
def test_no_display(bare):
    why = display.why_no_window()
    assert why.startswith("there is no display to open a window on")
    assert "studio --help" in why


@pytest.mark.parametrize(
    "platform",
    ["offscreen", "minimal", "vnc", "offscreen:size=800x600", "eglfs", "linuxfb:fb=/dev/fb1", "vkkhrdisplay"],
)
def test_a_platform_that_needs_none(bare, platform):
    bare.setenv("QT_QPA_PLATFORM", platform)
    assert display.why_no_window() == ""


def test_a_display_that_cannot_be_reached(bare):
    bare.setenv("DISPLAY", ":9876")
    bare.setattr(display, "_missing_at_once", lambda folder: [])
    assert display.why_no_window() == "the display :9876 cannot be reached; check DISPLAY, or log in to a desktop"


@pytest.mark.fault("G4")
def test_a_missing_library_is_named_with_its_package(bare):
    bare.setenv("DISPLAY", ":9876")

    def ldd(command, **options):
        text = "\tlibxcb-cursor.so.0 => not found\n\tlibc.so.6 => /lib/libc.so.6 (0x1)\n\tlibEGL.so.1 => not found\n"
        return subprocess.CompletedProcess(command, 0, text * 2, "")

    class Missing:
        def __init__(self, path):
            raise OSError("libxcb-cursor.so.0: cannot open shared object file")

    bare.setattr(display.ctypes, "CDLL", Missing)
    bare.setattr(display.shutil, "which", lambda name: "/usr/bin/ldd")
    bare.setattr(display.subprocess, "run", ldd)
    assert display.why_no_window() == (
        "the window needs libxcb-cursor.so.0, libEGL.so.1; "
        "on Debian or Ubuntu: sudo apt-get install libegl1 libxcb-cursor0"
    )
    # Without ldd it is not known which one.
    bare.setattr(display.shutil, "which", lambda name: None)
    assert "studio doctor" in display.why_no_window()


def test_a_library_without_a_known_package_is_named_itself():
    assert display.packages_for(["libxyz.so.3", "libGL.so.1"]) == "libgl1 libxyz.so.3"


def test_without_pyside_the_verbs_are_what_is_left(bare):
    bare.setenv("DISPLAY", ":9876")
    bare.setattr(display.importlib.util, "find_spec", lambda name: None)
    assert "PySide6 is not installed" in display.why_no_window()
    with pytest.raises(ImportError):
        display.missing_libraries()


def test_wayland_is_left_to_qt(bare):
    bare.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert display.why_no_window() == ""


@pytest.mark.parametrize(
    ("platform", "plugin", "opens"),
    [
        ("", "libqwayland.so", True),
        ("", "libqwayland-generic.so", True),
        ("wayland", "libqwayland.so", True),
        ("wayland;xcb", "libqwayland.so", True),
        ("xcb", "libqwayland.so", False),
        ("", "libqvnc.so", False),
    ],
)
def test_where_qt_takes_wayland_a_dead_x_is_no_hindrance(bare, tmp_path, platform, plugin, opens):
    platforms = tmp_path / "Qt" / "plugins" / "platforms"
    platforms.mkdir(parents=True)
    (platforms / plugin).touch()
    bare.setenv("WAYLAND_DISPLAY", "wayland-0")
    bare.setenv("DISPLAY", ":9876")
    if platform:
        bare.setenv("QT_QPA_PLATFORM", platform)
    spec = types.SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    bare.setattr(display.importlib.util, "find_spec", lambda name: spec)
    bare.setattr(display, "_missing_at_once", lambda folder: [])
    assert (display.why_no_window() == "") is opens


def test_nothing_is_missing_where_qt_is_installed_whole():
    found = display.missing_libraries()
    assert all(name.startswith("lib") for name in found)
