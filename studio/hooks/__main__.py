"""A process that imports plugins: ``python -m studio.hooks`` describes those of one distribution.

``--validate FAMILY`` judges settings given on stdin instead, ``--read``, ``--extract`` and ``--measure`` have a reader,
features or a metric look at a file. The answer is JSON on the stdout it was started with; what a plugin prints goes to
stderr, and nothing that it leaves for the exit is run.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.core.errors import SettingsError, StudioError
from studio.core.extension import Features, Metric, Reader
from studio.core.settings import TrainSettings
from studio.hooks.catalogue import check_settings, describe_plugins
from studio.hooks.found import BUNDLED, find_plugins
from studio.hooks.judge_calls import extract_features, measure_items
from studio.hooks.loader import load_extension, load_family
from studio.hooks.read_file import read_file

__all__ = ["respond"]

_MOST_MEMORY = 4 * 2**30


def respond(words: Sequence[str], text: str = "") -> dict[str, Any]:
    """The answer to some words.

    Args:
        words: The arguments of the process.
        text: What it was given on stdin.
    """
    parser = argparse.ArgumentParser(prog="python -m studio.hooks")
    parser.add_argument("--distribution", default=BUNDLED)
    parser.add_argument("--validate", metavar="FAMILY")
    parser.add_argument("--extract", nargs=3, metavar=("FEATURES", "ITEMS", "OUT"))
    parser.add_argument("--measure", nargs=2, metavar=("METRIC", "ITEMS"))
    parser.add_argument("--read", nargs=3, metavar=("READER", "FILE", "OUT"))
    options = parser.parse_args(words)
    if options.distribution != BUNDLED:
        _limit_memory()
    if options.read is not None:
        id, file, out = options.read
        return read_file(load_extension(Reader, options.distribution, id), Path(file), Path(out))
    if options.extract is not None:
        id, file, out = options.extract
        return extract_features(load_extension(Features, options.distribution, id), Path(file), Path(out))
    if options.measure is not None:
        id, file = options.measure
        return measure_items(load_extension(Metric, options.distribution, id), Path(file))
    if options.validate is None:
        rows = [row for row in find_plugins(options.distribution == BUNDLED) if _is_of(row.distribution, options)]
        plugins = [plugin.model_dump(mode="json") for plugin in describe_plugins(rows)]
        return {"plugins": plugins, "train_schema": TrainSettings.model_json_schema()}
    try:
        kind = load_family(options.validate, options.distribution).declared.settings
        train, settings = check_settings(kind, json.loads(text or "{}"))
    except StudioError as error:
        fields = error.fields if isinstance(error, SettingsError) else {}
        return {"kind": type(error).__name__, "message": str(error), "fields": fields}
    return {"kind": "", "train": train, "settings": settings}


def _is_of(distribution: str, options: argparse.Namespace) -> bool:
    return bool(distribution == options.distribution)


def _limit_memory() -> None:
    """Let a stranger's declaration have no more than a declaration can need."""
    try:
        import resource
    except ImportError:  # on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Answer over a descriptor of its own and end at once."""
    private = os.dup(1)
    os.dup2(2, 1)
    answer = json.dumps(respond(sys.argv[1:], sys.stdin.read()), default=str).encode()
    while answer:
        answer = answer[os.write(private, answer) :]
    # Threads, exit handlers and buffers of a plugin are its own affair.
    os._exit(0)


if __name__ == "__main__":
    main()
