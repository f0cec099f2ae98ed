"""Safe mode is chosen once, and every process that is started afterwards is in it too."""

import subprocess
import sys

import pytest

from studio.core.safe_mode import SAFE_MODE, in_safe_mode, set_safe_mode


@pytest.mark.parametrize(("value", "safe"), [("", False), ("0", False), ("1", True), ("yes", True)])
def test_it_is_read_from_the_environment(monkeypatch, value, safe):
    monkeypatch.setenv(SAFE_MODE, value)
    assert in_safe_mode() is safe


def test_it_is_off_where_nobody_spoke_of_it(monkeypatch):
    monkeypatch.delenv(SAFE_MODE)
    assert not in_safe_mode()


@pytest.mark.parametrize("on", [True, False])
def test_whoever_is_started_afterwards_is_in_it_too(on):
    set_safe_mode(on)
    assert in_safe_mode() is on
    code = "import sys; from studio.core.safe_mode import in_safe_mode; sys.exit(in_safe_mode())"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == on
