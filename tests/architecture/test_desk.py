"""The desk and its tests need no Qt."""

import subprocess
import sys

CODE = """
import importlib.util, pkgutil, sys
from pathlib import Path
import studio.desk

for found in pkgutil.iter_modules(studio.desk.__path__, "studio.desk."):
    importlib.import_module(found.name)
for path in sorted(Path("tests/desk").glob("*.py")):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("PySide6", "shiboken6", "pyqtgraph")))
print(sum(name.startswith("studio.desk.") for name in sys.modules))
"""


def test_the_desk_and_its_tests_import_no_qt(repository):
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=repository, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    loaded, count = done.stdout.splitlines()
    assert loaded == "[]"
    assert int(count) > 20
