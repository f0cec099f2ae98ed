"""In safe mode no process imports a stranger's code, whatever it is for."""

import subprocess
import sys

import numpy as np
import pytest

from studio.core.errors import DataError, PluginError
from studio.core.extension import ItemCodec, Reader
from studio.core.modality import ImageSpec
from studio.core.safe_mode import set_safe_mode
from studio.core.settings import TrainSettings
from studio.data.importer import run_import
from studio.data.request import ImportRequest
from studio.evaluate.plugin_measures import plugin_features, plugin_metrics
from studio.hooks import child
from studio.hooks.found import every_plugin, find_plugins, refuse_left_out
from studio.hooks.installed import read_catalogue
from studio.hooks.loader import load_extension, load_family
from studio.jobs.control import resume_run
from studio.store.run import RunDocument, RunStatus, create_run, read_status, write_status
from studio.train.extensions import load_extensions

CODE = """
open(MARK, "w").close()
raise RuntimeError("a stranger was imported")
"""
LEFT_OUT = "needs the plugin of 'stranger', and safe mode uses the bundled ones only"


@pytest.fixture
def mark(install, tmp_path):
    """A file that the stranger makes when it is imported."""
    path = tmp_path / "imported"
    install("stranger", CODE.replace("MARK", repr(str(path))))
    set_safe_mode(True)
    return path


@pytest.fixture
def run(workspace):
    """A stopped run that needs what a function changes in its document."""

    def make(**changes):
        values = dict.fromkeys(("id", "name", "dataset", "dataset_name", "fingerprint", "family"), "r")
        folder = create_run(workspace, RunDocument(**values, spec=ImageSpec(shape=(4, 4, 1)), **changes))
        write_status(folder, RunStatus(state="stopped"))
        return folder

    return make


def test_outside_of_it_the_stranger_is_imported(mark):
    set_safe_mode(False)
    assert "stranger" in {plugin.name for plugin in read_catalogue().plugins}
    assert mark.exists()


def test_it_is_neither_listed_nor_described(mark):
    assert "stranger" not in {plugin.name for plugin in read_catalogue().plugins}
    assert "stranger" not in {row.name for row in find_plugins()}
    # It can be turned off and removed all the same.
    assert "stranger" in {row.name for row in every_plugin()}
    assert not mark.exists()


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--validate", "stranger"],
        ["--read", "notes", "file", "out"],
        ["--extract", "rows", "items", "out"],
        ["--measure", "gap", "items"],
    ],
)
def test_no_process_of_a_plugin_imports_it(mark, words):
    try:
        said = str(child.ask(["--distribution", "stranger", *words]))
    except PluginError as error:
        said = str(error)
    assert "safe mode" in said if words else "'plugins': []" in said
    assert not mark.exists()


@pytest.mark.parametrize("module", ["studio.train.observe", "studio.train.preview_metrics"])
def test_nothing_that_watches_imports_it(mark, run, module):
    folder = run(observers=("stranger",), metrics=("stranger",))
    ended = subprocess.run(
        [sys.executable, "-m", module, str(folder), "stranger", "0"], input="stopped\n", text=True, capture_output=True
    )
    assert ended.returncode == 1
    assert "that is on" in ended.stderr
    assert not mark.exists()


def test_a_run_that_needs_it_is_refused(mark):
    for load in (
        lambda: load_family("stranger", "stranger"),
        lambda: load_extension(Reader, "stranger", "notes"),
        lambda: load_extension(ItemCodec, "stranger", "signed"),
        lambda: load_extensions(TrainSettings(transforms="stranger:flip")),
    ):
        with pytest.raises(PluginError, match=LEFT_OUT):
            load()
    assert not mark.exists()


@pytest.mark.parametrize(
    "changes",
    [{"distribution": "stranger"}, {"train": {"codec": "stranger:c"}}, {"train": {"transforms": "stranger:t"}}],
)
def test_such_a_run_is_not_queued(mark, run, workspace, changes):
    folder = run(**changes)
    with pytest.raises(PluginError, match=f"The run 'r' {LEFT_OUT}; leave safe mode first."):
        resume_run(workspace, folder)
    assert read_status(folder).state == "stopped"


def test_files_of_its_format_are_not_read(mark, workspace, tmp_path):
    (tmp_path / "mine.notes").write_text("12345678")
    with pytest.raises(DataError):
        run_import(ImportRequest(workspace=workspace.path, paths=(str(tmp_path / "mine.notes"),)), print)
    assert not mark.exists()


def test_the_judge_does_without_it(mark, workspace):
    spec = ImageSpec(shape=(4, 4, 1))
    assert plugin_features(spec, workspace.path) == plugin_metrics(spec, workspace.path) == []
    assert not mark.exists()


def test_what_comes_with_the_studio_is_used():
    set_safe_mode(True)
    refuse_left_out("The run 'r'", "generative-studio")
    refuse_left_out("The run 'r'", "")
    assert load_family("vae").declared.id == "vae"
    assert np.array([row.bundled for row in find_plugins()]).all()
