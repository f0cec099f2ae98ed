"""What a process may load: the contracts of import-linter, and sys.modules of the real processes."""

import graphlib
import json
import subprocess
import sys

import grimp
import pytest

HEAVY = ("torch", "onnxruntime", "PySide6", "pyqtgraph", "onnxscript", "pyarrow")


def loaded(modules: list[str]) -> dict[str, list[str]]:
    """What is loaded after each of some modules, imported one after another into one process."""
    code = f"""
import importlib, json, sys
found = {{}}
for module in {modules!r}:
    importlib.import_module(module)
    found[module] = [name for name in {HEAVY!r} if name in sys.modules]
print(json.dumps(found))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return json.loads(done.stdout)


def test_contracts_of_import_linter_hold(repository):
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "0 broken" in done.stdout


def test_no_module_imports_itself_in_a_circle():
    """Imports for type checking included: a circle behind them is a wrong cut too."""
    roots = ("studio", "studio_vae", "studio_gan", "studio_autoregressive", "studio_flow", "studio_diffusion")
    graph = grimp.build_graph(*roots, exclude_type_checking_imports=False, cache_dir=None)
    imported = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert "studio.gui.page" in imported["studio.gui.workspace_view"]
    # Where there is a circle its error names it.
    assert len(list(graphlib.TopologicalSorter(imported).static_order())) == len(graph.modules)


@pytest.mark.parametrize(
    ("modules", "allowed"),
    [
        (
            [
                "studio.api",
                "studio.cli",
                "studio.jobs.supervisor",
                "studio.hooks.catalogue",
                "studio.data.importer",
                "studio.runtime.client",
                "studio.runtime.record",
                "studio.core.request",
                "studio_vae.plugin",
                "studio_diffusion.plugin",
            ],
            [],
        ),
        (["studio.gui.app", "studio.gui.data.page", "studio.gui.gallery.page", "studio.gui.plugins.page"], ["PySide6"]),
        (["studio.gui.compare.page"], ["PySide6", "pyqtgraph"]),
        (["studio.gui.train.page"], ["PySide6", "pyqtgraph"]),
        (["studio.runtime.service"], ["onnxruntime"]),
        (["studio.train.trainer"], ["torch"]),
    ],
)
def test_a_process_loads_only_what_it_may(modules, allowed):
    """Of modules that share a process, none loads more than what all of them may."""
    assert loaded(modules) == dict.fromkeys(modules, allowed)


def test_the_window_paints_before_it_imports_what_its_pages_need():
    code = "import sys, studio.gui.app; print([n for n in ('numpy', 'pydantic', 'pyqtgraph') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_importing_loads_nothing_of_plugins():
    done = subprocess.run(
        [sys.executable, "-c", "import sys, studio.cli; print([n for n in sys.modules if n.startswith('studio_')])"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "[]"
