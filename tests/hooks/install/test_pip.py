"""What pip says, in one sentence."""

import sys

import pytest

from studio.core.errors import PluginError
from studio.hooks.install.pip import _why, run_pip, write_constraints


def test_the_constraints_hold_what_the_studio_has(tmp_path):
    write_constraints(tmp_path / "constraints.txt")
    lines = (tmp_path / "constraints.txt").read_text().split()
    assert sum(line.startswith("numpy==") for line in lines) == 1
    assert any(line.startswith("torch==") for line in lines)


CONFLICT = """
ERROR: Cannot install mine==2.0 and mine==1.0 because these package versions have conflicting dependencies.

The conflict is caused by:
    mine 2.0 depends on numpy<1.5
    mine 1.0 depends on numpy<1.4
    The user requested (constraint) numpy==2.1
"""


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            CONFLICT,
            "mine 2.0 needs numpy<1.5 (and 1 more like it), but the studio has numpy==2.1; get a release that goes "
            "with it.",
        ),
        (
            "ERROR: No matching distribution found for nothing",
            "There is no wheel of 'nothing' for this machine in the package index; check the name.",
        ),
        (
            "WARNING: Retrying after NewConnectionError\nERROR: No matching distribution found for x",
            "The package index cannot be reached; a wheel and a folder that need nothing from it work without it.",
        ),
        (
            "ERROR: x-1-cp1-none-any.whl is not a supported wheel on this platform.",
            "x-1-cp1-none-any.whl was made for another system or Python; get the one for this machine.",
        ),
        ("a\nERROR: something  odd.\n", "pip cannot do it: something odd."),
        ("", "pip cannot do it: it said nothing."),
    ],
)
def test_a_failure_is_one_sentence(said, why):
    assert _why(said) == why


def test_without_pip_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pip", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(PluginError, match=r"pip is missing beside the studio; get it with '.* -m ensurepip'"):
        run_pip(["download"], lambda: None)


def test_what_a_shell_has_set_does_not_redirect_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PIP_REQUIRE_VIRTUALENV", "1")
    run_pip(["list"], lambda: None)
