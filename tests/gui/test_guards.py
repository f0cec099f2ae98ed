"""P1: on Python 3.11 one unguarded exception in an override of Qt ends the process; so every override is guarded."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

import studio.gui
from studio.gui.guard import guarded

FOREIGN = ("PySide6", "shiboken6", "pyqtgraph")

SCRIPT = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
from studio.gui.guard import guarded

sys.excepthook = lambda kind, error, trace: print("reported", kind.__name__, error, flush=True)


class Plain(QWidget):
    def resizeEvent(self, event):
        1 / 0


class Guarded(QWidget):
    @guarded
    def paintEvent(self, event):
        1 / 0

    @guarded
    def resizeEvent(self, event):
        1 / 0


application = QApplication(["probe"])
widget = {"plain": Plain, "guarded": Guarded}[sys.argv[1]]()
widget.show()
widget.resize(300, 200)
QTimer.singleShot(100, application.quit)
application.exec()
print("lives", flush=True)
"""


def modules():
    for found in pkgutil.walk_packages(studio.gui.__path__, "studio.gui."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def classes():
    """Every class that studio.gui defines and that descends from a class of Qt's or pyqtgraph's."""
    for module in modules():
        for value in vars(module).values():
            if inspect.isclass(value) and value.__module__ == module.__name__:
                bases = [base for base in value.__mro__ if base.__module__.partition(".")[0] in FOREIGN]
                if bases:
                    yield value, bases


def overrides():
    for kind, bases in classes():
        for name, value in vars(kind).items():
            dunder = name.startswith("__") and name.endswith("__")
            function = value.__func__ if isinstance(value, classmethod | staticmethod) else value
            if inspect.isfunction(function) and not dunder and any(hasattr(base, name) for base in bases):
                yield f"{kind.__module__}.{kind.__qualname__}.{name}", function


@pytest.mark.fault("F3", "G1")
def test_every_override_is_guarded():
    found = dict(overrides())
    # The sweep itself must see what there is; the frame alone has this many.
    assert len(found) >= 60
    assert "studio.gui.tile_grid.TileGrid.paintEvent" in found
    assert "studio.gui.layout.FlowLayout.count" in found
    assert "studio.gui.window.Window.closeEvent" in found
    assert sorted(name for name, function in found.items() if not getattr(function, "__guarded__", False)) == []


def test_the_sweep_would_see_an_unguarded_override():
    class Careless(QWidget):
        def paintEvent(self, event):
            raise NotImplementedError

        @guarded
        def sizeHint(self):
            raise NotImplementedError

    assert not hasattr(Careless.paintEvent, "__guarded__")
    assert Careless.sizeHint.__guarded__ is True


def test_no_override_hides_from_the_sweep():
    """Classes inside functions and methods hung onto an instance are not seen by it, so there are none."""
    hidden = []
    for path in Path(studio.gui.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [part.name for part in ast.walk(node) if isinstance(part, ast.ClassDef)]
                hidden += [f"{path.name}: class {name} in {node.name}" for name in inner]
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = [target.attr for target in targets if isinstance(target, ast.Attribute)]
                hidden += [f"{path.name}:{node.lineno}: {name}" for name in names if name.endswith("Event")]
    assert hidden == []


def probe(tmp_path, kind):
    script = tmp_path / "probe.py"
    script.write_text(SCRIPT)
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", str(script), kind],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python 3.12 and later do not end the process over this")
@pytest.mark.fault("F3")
def test_an_unguarded_division_ends_the_process(tmp_path):
    # Of a resize; some releases of PySide6 forgive a paint event, none of these a resize, a click or a key.
    done = probe(tmp_path, "plain")
    assert done.returncode < 0
    assert "lives" not in done.stdout


@pytest.mark.fault("F3")
def test_a_guarded_division_is_reported_and_the_process_lives(tmp_path):
    done = probe(tmp_path, "guarded")
    assert done.returncode == 0, done.stderr
    # Of the resize and of the paint event.
    assert done.stdout.count("reported ZeroDivisionError division by zero") >= 2
    assert done.stdout.strip().endswith("lives")
