"""Dialogs for files: beside the window, with what was chosen as paths."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from studio.gui.dialog import ask_for_files, ask_for_folder, ask_where_to_save


@pytest.fixture
def chosen(over):
    over.show()
    return []


def dialog_over(over):
    (dialog,) = over.findChildren(QFileDialog)
    return dialog


def test_several_files(over, chosen, tmp_path):
    ask_for_files(over, "Add files", "All files (*)", chosen.append, several=True)
    dialog = dialog_over(over)
    assert (dialog.windowTitle(), dialog.fileMode()) == ("Add files", QFileDialog.FileMode.ExistingFiles)
    dialog.filesSelected.emit([str(tmp_path / "a"), str(tmp_path / "b")])
    assert chosen == [[tmp_path / "a", tmp_path / "b"]]
    dialog.reject()


def test_a_folder(over, chosen, tmp_path):
    ask_for_folder(over, "Add a folder", chosen.append, tmp_path)
    dialog = dialog_over(over)
    assert dialog.fileMode() == QFileDialog.FileMode.Directory
    assert Path(dialog.directory().absolutePath()) == tmp_path
    dialog.filesSelected.emit([str(tmp_path)])
    assert chosen == [tmp_path]
    dialog.reject()


def test_a_file_to_be_written(over, chosen, tmp_path):
    ask_where_to_save(over, "Export the table", "models.csv", "Tables (*.csv)", chosen.append)
    dialog = dialog_over(over)
    assert (dialog.acceptMode(), dialog.defaultSuffix()) == (QFileDialog.AcceptMode.AcceptSave, "csv")
    assert [Path(name).name for name in dialog.selectedFiles()] == ["models.csv"]
    dialog.filesSelected.emit([str(tmp_path / "x.csv")])
    assert chosen == [tmp_path / "x.csv"]
    dialog.reject()
