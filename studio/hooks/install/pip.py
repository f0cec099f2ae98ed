"""Asks pip, in a process of its own, and puts what it refuses into one sentence."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from studio.core.errors import PluginError
from studio.core.words import one_line
from studio.store.plugin_folder import folder_name

__all__ = ["Waiting", "run_pip", "write_constraints"]

# Called while pip is at work; what it raises ends pip.
Waiting = Callable[[], None]
_POLL_S = 0.1
_OPTIONS = ("--no-input", "--disable-pip-version-check", "--no-color", "--retries", "1", "--timeout", "10")
_NO_NETWORK = (
    "Failed to establish a new connection",
    "NewConnectionError",
    "NameResolutionError",
    "Name or service not known",
    "Temporary failure in name resolution",
    "Cannot connect to proxy",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "Connection refused",
)


def write_constraints(path: Path) -> None:
    """Write the versions that the studio's own environment holds, so that pip plans to change none of them."""
    found: dict[str, str] = {}
    for installed in importlib.metadata.distributions():
        name, version = str(installed.metadata["Name"] or ""), str(installed.version or "")
        if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name) and version:
            # Of one that is found twice the first counts, as for imports.
            found.setdefault(folder_name(name), f"{name}=={version}")
    path.write_text("\n".join(found.values()) + "\n", encoding="utf-8")


def run_pip(words: Sequence[str], wait: Waiting) -> None:
    """Run pip to its end.

    Args:
        words: Its command and what belongs to it.
        wait: Called ten times a second; what it raises ends pip and goes up.

    Raises:
        PluginError: If it fails, or is not there.
    """
    if importlib.util.find_spec("pip") is None:
        raise PluginError(f"pip is missing beside the studio; get it with '{sys.executable} -m ensurepip'.")
    command = [sys.executable, "-m", "pip", words[0], *_OPTIONS, *words[1:]]
    # What a shell has set for pip must not redirect what a person agreed to; indexes and proxies are theirs to choose.
    dropped = ("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV", "PIP_NO_BINARY", "PIP_CONSTRAINT")
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment
        )
        try:
            while process.poll() is None:
                wait()
                try:
                    process.wait(_POLL_S)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        output.seek(0)
        said = output.read().decode("utf-8", "replace")
    if process.returncode:
        raise PluginError(_why(said))


def _why(said: str) -> str:
    """What pip's words come to."""
    lines = [one_line(line) for line in said.splitlines()]
    if "ResolutionImpossible" in said or "Cannot install" in said:
        wants = [line for line in lines if re.search(r"\S depends on \S", line)]
        ours = [line for line in lines if line.startswith("The user requested (constraint)")]
        if wants and ours:
            needs = [line.replace(" depends on ", " needs ") for line in dict.fromkeys(wants)]
            # Of every release that the index has one.
            wanted = needs[0] + (f" (and {len(needs) - 1} more like it)" if len(needs) > 1 else "")
            has = ", ".join(line.rpartition(") ")[2] for line in dict.fromkeys(ours))
            return f"{wanted}, but the studio has {has}; get a release that goes with it."
    missing = re.search(r"No matching distribution found for (\S+)", said)
    if any(word in said for word in _NO_NETWORK):
        return "The package index cannot be reached; a wheel and a folder that need nothing from it work without it."
    if missing:
        return f"There is no wheel of '{missing[1]}' for this machine in the package index; check the name."
    unsupported = re.search(r"(\S+\.whl) is not a supported wheel", said)
    if unsupported:
        return f"{unsupported[1]} was made for another system or Python; get the one for this machine."
    errors = [line.partition("ERROR: ")[2] for line in lines if "ERROR: " in line]
    return f"pip cannot do it: {(errors or lines or ['it said nothing'])[-1][:500].rstrip('.')}."
