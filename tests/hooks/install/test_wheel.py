"""A wheel is read without running anything of it; what must not be in one is refused in a sentence."""

import sys
import zipfile

import pytest

from studio.core.errors import PluginError
from studio.hooks.install.wheel import read_wheel, unpack_wheel


def refusal(path):
    with pytest.raises(PluginError) as raised:
        read_wheel(path)
    return str(raised.value)


def test_what_a_wheel_says(wheel, source):
    before = {*sys.modules}
    path = wheel(
        files={
            "toy_mine/__init__.py": source("mine"),
            "toy_mine/fast.so": b"\x7fELF",
            "toy_mine/studio.json": '{"title": "Mine", "families": ["mine"]}',
        },
        entries="[studio]\nmine = toy_mine.plugin:plugin\n[console_scripts]\nmine-tool = toy_mine:main\n",
    )
    facts = read_wheel(path)
    assert (facts.name, facts.version, facts.author, facts.licence) == ("mine", "1.0", "A Stranger", "MIT")
    assert facts.plugins == {"mine": "toy_mine.plugin:plugin"}
    assert facts.commands == ("mine-tool",)
    assert facts.compiled
    assert facts.static.families == ("mine",)
    assert len(facts.sha256) == 64
    assert "toy_mine/__init__.py" in facts.files
    assert facts.size == path.stat().st_size
    assert "toy_mine" not in {*sys.modules} - before


def test_it_is_unpacked_as_it_is(wheel, source, tmp_path):
    path = wheel(files={"toy_mine/__init__.py": source("mine"), "mine-1.0.data/purelib/toy_more.py": "x = 1\n"})
    unpack_wheel(path, tmp_path / "site")
    assert (tmp_path / "site" / "toy_mine" / "__init__.py").read_text() == source("mine")
    assert (tmp_path / "site" / "toy_more.py").read_text() == "x = 1\n"
    with pytest.raises(PluginError, match="which another of its wheels has brought"):
        unpack_wheel(path, tmp_path / "site")


ODD = {
    "parent": ({"../escaped.py": ""}, {}, "holds ../escaped.py, which would lie outside its own folder."),
    "absolute": ({"/etc/escaped": ""}, {}, "holds /etc/escaped, which would lie outside its own folder."),
    "drive": ({"C:/escaped": ""}, {}, "holds C:/escaped, which would lie outside its own folder."),
    "deep parent": ({"a/../../escaped": ""}, {}, "would lie outside its own folder."),
    "link": ({"toy_mine/link": "/etc/passwd"}, {"links": ["toy_mine/link"]}, "which is a link or no file."),
    "pth": ({"mine.pth": "import os"}, {}, "holds mine.pth, which would run code at every start."),
    "sitecustomize": ({"sitecustomize.py": ""}, {}, "which would run code at every start."),
    "usercustomize": ({"usercustomize/__init__.py": ""}, {}, "which would run code at every start."),
    "scripts": ({"mine-1.0.data/scripts/ls": ""}, {}, "wants to put mine-1.0.data/scripts/ls outside its own folder."),
    "data": ({"mine-1.0.data/data/etc/passwd": ""}, {}, "outside its own folder."),
    "studio": ({"studio/__init__.py": ""}, {}, "brings 'studio', which the studio or Python itself has already."),
    "torch": ({"torch/__init__.py": ""}, {}, "brings 'torch', which the studio or Python itself has already."),
    "bundled": ({"studio_vae/plugin.py": ""}, {}, "brings 'studio_vae', which the studio or Python itself has"),
    "stdlib": ({"json.py": ""}, {}, "brings 'json', which the studio or Python itself has already."),
    "command": (
        {"toy_mine/__init__.py": ""},
        {"entries": "[studio]\nmine = toy_mine:plugin\n[console_scripts]\nstudio = toy_mine:main\n"},
        "brings a command called 'studio', which is the studio's own.",
    ),
    "unlisted": ({"toy_mine/__init__.py": ""}, {"record": []}, "which its own list does not name; refuse it."),
    "changed": (
        {"toy_mine/__init__.py": ""},
        {"record_of": lambda rows: [row.replace("sha256=", "sha256=AAAA") for row in rows]},
        "was changed after it was made: ",
    ),
}


@pytest.mark.parametrize("case", ODD)
@pytest.mark.fault("F6")
def test_what_must_not_be_in_one_is_refused(wheel, case, tmp_path):
    files, options, said = ODD[case]
    path = wheel(files=files, **options)
    text = refusal(path)
    assert said in text
    assert "\n" not in text
    assert not (tmp_path / "escaped.py").exists()


@pytest.mark.parametrize("damage", [lambda data: data[:-40], lambda data: b"", lambda data: b"PK" + data[2:900]])
def test_a_damaged_file(wheel, damage):
    path = wheel()
    path.write_bytes(damage(path.read_bytes()))
    assert refusal(path).startswith("mine-1.0-py3-none-any.whl is no whole wheel (")


def test_a_zip_without_metadata(tmp_path):
    path = tmp_path / "x-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.py", "")
    assert refusal(path) == "x-1.0-py3-none-any.whl is no wheel: its metadata are missing."


@pytest.mark.fault("F6")
def test_a_bomb(wheel):
    path = wheel(files={"toy_mine/zeros": bytes(300 * 2**20)})
    assert refusal(path).endswith("; that is no plugin.")


def test_names_that_differ_by_case_alone(wheel):
    assert "twice." in refusal(wheel(files={"toy_mine/A.py": "", "toy_mine/a.py": ""}))


def test_html_and_control_characters_are_one_line_of_text(wheel):
    path = wheel(files={"toy_mine/__init__.py": ""}, metadata="Author-email: <b>x</b>\x1b[31m\n  y")
    facts = read_wheel(path)
    assert "\n" not in facts.author
    assert len(facts.author) <= 500
