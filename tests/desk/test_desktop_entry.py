"""The entry in the desktop's menu starts this very studio."""

import configparser
import os
import sys
from pathlib import Path

from studio.desk.desktop_entry import add_desktop_entry, desktop_entry


def test_the_entry_and_its_icon_are_written(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    entry = add_desktop_entry()
    assert entry == tmp_path / "applications" / "generative-studio.desktop"
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(entry)
    section = parser["Desktop Entry"]
    assert section["Exec"] == f'"{Path(sys.executable).with_name("studio")}"'
    assert os.path.exists(section["Exec"].strip('"'))
    assert section["Icon"] == "generative-studio"
    icon = tmp_path / "icons" / "hicolor" / "scalable" / "apps" / "generative-studio.svg"
    assert icon.read_text().startswith("<svg")
    assert add_desktop_entry() == entry


def test_odd_paths_are_escaped():
    line = next(line for line in desktop_entry(Path('/o p/"a"$b%c')).splitlines() if line.startswith("Exec"))
    assert line == 'Exec="/o p/\\"a\\"\\$b%%c"'
