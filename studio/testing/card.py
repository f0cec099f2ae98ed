"""Tries what a plugin must keep, one line after the other, and says of each how it went."""

from __future__ import annotations

import inspect
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from unittest import SkipTest

from studio.core.errors import explain
from studio.core.words import one_line
from studio.hooks.loader import LoadedPlugin, load_plugin
from studio.store.report_card import CardLine
from studio.testing.contract import FamilyContract
from studio.testing.extensions import extension_checks

__all__ = ["CardWriter", "checks_of"]

_LONGEST = 1000


def checks_of(plugin: LoadedPlugin, settings: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, Any]]:
    """What is going to be tried: the family or what else it brings, what holds when it passes, and the test.

    Args:
        plugin: The plugin.
        settings: For each family those that make it small.
    """
    found = []
    for family in plugin.families:
        values = {"plugin": plugin.object, "family": family.id, "settings": dict(settings.get(family.id, {}))}
        contract = type("Tried", (FamilyContract,), values)()
        for name in vars(FamilyContract):
            if name.startswith("test_"):
                test = getattr(contract, name)
                says = one_line((inspect.getdoc(test) or name).split("\n\n")[0])
                found.append((family.id, says, test))
    found += extension_checks(plugin)
    if not plugin.families:
        # What cannot be tried, such as a reader without a file, was at least held against the contract.
        found.append((plugin.name, "Asked again, it declares the same.", partial(_declares_the_same, plugin)))
    return found


def _declares_the_same(plugin: LoadedPlugin) -> None:
    first, second = (
        [(type(each).__name__, each.id, each.modality) for each in asked.extensions]
        for asked in (plugin, load_plugin(plugin.object, plugin.name))
    )
    assert first == second, "It declares other things than when it was first asked; declare the same each time."


class CardWriter:
    """Tries them in order and keeps how it went, whenever somebody looks.

    Args:
        tests: What is tried.
        on_line: Told before each: what it says, how many are done, and how many there are.
    """

    def __init__(self, tests: list[tuple[str, str, Any]], on_line: Callable[[str, int, int], None]) -> None:
        self._tests = tests
        self._on_line = on_line
        self._lock = threading.Lock()
        self._lines: list[CardLine] = []

    def run(self) -> None:
        """Try them all."""
        for number, (family, says, test) in enumerate(self._tests):
            self._on_line(says, number, len(self._tests))
            begun = time.monotonic()
            state, why = _try(test)
            line = CardLine(family=family, says=says, state=state, why=why, seconds=time.monotonic() - begun)
            with self._lock:
                self._lines.append(line)

    def lines(self) -> tuple[CardLine, ...]:
        """How it went so far; what was not tried is said to be not reached."""
        with self._lock:
            done = tuple(self._lines)
        return (*done, *self._not_reached(len(done)))

    def _not_reached(self, done: int) -> Iterator[CardLine]:
        for number, (family, says, _) in enumerate(self._tests[done:]):
            why = "It was still at this when the time was up." if not number else ""
            yield CardLine(family=family, says=says, state="not reached", why=why)


def _try(test: Any) -> tuple[Any, str]:
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            test(*([Path(folder)] if inspect.signature(test).parameters else []))
    except SkipTest as reason:
        return "skipped", str(reason)[:_LONGEST]
    except AssertionError as error:
        return "failed", one_line(str(error) or "It does not hold.")[:_LONGEST]
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return "failed", one_line(explain(error))[:_LONGEST]
    return "passed", ""
