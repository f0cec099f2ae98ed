"""What people and programs see."""

import json

import pytest

from studio.cli.terminal import Terminal, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ä ☃", "plain ä ☃"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("two\nlines\r\t", "two\\nlines\\r\\t"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("bad\udcff", "bad\\udcff"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
    ],
)
def test_plain(text, shown):
    assert plain(text) == shown


def test_json_lines(capsys):
    terminal = Terminal(True)
    terminal.event(event="e", name="bad\udcff\n")
    terminal.say("for people")
    terminal.progress("stage", 1, 2)
    terminal.result({"x": 1}, "words")
    out, err = capsys.readouterr()
    assert [json.loads(line) for line in out.splitlines()] == [
        {"event": "e", "name": "bad\udcff\n"},
        {"event": "progress", "stage": "stage", "done": 1, "total": 2},
        {"x": 1},
    ]
    assert err == ""


def test_words(capsys):
    terminal = Terminal(False)
    terminal.event(event="e")
    terminal.say("for \x1b[31mpeople")
    terminal.result({"x": 1}, "first\x1b[2J\nsecond \udcff")
    out, err = capsys.readouterr()
    assert out == "first\\x1b[2J\nsecond \\udcff\n"
    assert err == "for \\x1b[31mpeople\n"


def test_a_table():
    rows = [["a", "long name"], ["bb\n", "x"]]
    assert Terminal(False).table(["ID", "NAME"], rows) == "ID    NAME\na     long name\nbb\\n  x"
    assert Terminal(False).table(["ID"], []) == "ID"


def test_progress_ends_whole(capsys):
    terminal = Terminal(False)
    for done in range(4):
        terminal.progress("reading", done, 3)
    terminal.progress("writing", 1, 0)
    terminal.progress("writing", 2, 5, note="loss 3")
    terminal.end_progress()
    out, err = capsys.readouterr()
    assert out == ""
    assert "reading: 100%" in err
    assert "3/3" in err
    assert "writing" in err
    assert err.endswith("\n")
