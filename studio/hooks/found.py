"""Finds the installed plugins without importing any: in the studio's own environment, and in folders of their own."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from studio.core.errors import PluginError, explain
from studio.core.safe_mode import in_safe_mode
from studio.core.words import number_of
from studio.hooks.hookspecs import PROJECT
from studio.hooks.static import StaticManifest, packages_of, read_static, refuse_api
from studio.store.place import plugins_folder
from studio.store.plugin_folder import Installation, changed_files, folder_name, installations, read_installation

__all__ = ["BUNDLED", "PluginRow", "every_plugin", "find_plugins", "refuse_left_out", "use_site", "waiting_rows"]

BUNDLED = "generative-studio"


@dataclass
class PluginRow:
    """One installed plugin, known without its code.

    Attributes:
        name: Name of its entry point.
        distribution: The distribution that brings it.
        version: Version of that.
        bundled: Whether it comes with the studio.
        reason: Why it cannot be used; empty where nothing is known against it.
        off: Whether the person turned it off.
        entry: Its entry point; None where it is not to be imported.
        packages: Folders or the file of its package.
        static: What it says of itself.
        installation: The folder that it was installed into; None where it lies in the studio's own environment.
        unapproved: Whether it is for the person to turn it on as it lies in its folder.
    """

    name: str
    distribution: str
    version: str
    bundled: bool
    reason: str = ""
    off: bool = False
    entry: importlib.metadata.EntryPoint | None = field(default=None, repr=False)
    packages: list[Path] = field(default_factory=list)
    static: StaticManifest = field(default_factory=StaticManifest)
    installation: Installation | None = None
    unapproved: bool = False

    def refuse(self, reason: str) -> None:
        """Say why it cannot be used; it is not going to be imported."""
        self.entry, self.reason = None, self.reason or reason


def find_plugins(bundled_only: bool = False, off: Collection[str] = ()) -> list[PluginRow]:
    """List the plugins that may be used, without importing any, the bundled ones first; in safe mode these alone.

    Args:
        bundled_only: Those alone, in safe mode or not.
        off: Names of plugins that the person turned off; nothing of them is going to be imported.
    """
    return _rows(bundled_only or in_safe_mode(), off)


def every_plugin() -> list[PluginRow]:
    """List what is installed, in safe mode too: for whoever installs, removes, turns off or looks at a plugin."""
    return _rows(False, ())


def refuse_left_out(what: str, distribution: str) -> None:
    """Refuse in safe mode what would run a stranger's code.

    Args:
        what: What needs the plugin, to begin the sentence.
        distribution: The distribution that brings it; empty for the studio's own.

    Raises:
        PluginError: If it does not come with the studio.
    """
    if in_safe_mode() and distribution and folder_name(distribution) != BUNDLED:
        raise PluginError(
            f"{what} needs the plugin of '{distribution}', and safe mode uses the bundled ones only; leave safe mode "
            "first."
        )


def _rows(bundled_only: bool, off: Collection[str]) -> list[PluginRow]:
    unique: dict[tuple[str, str], PluginRow] = {}
    rows = [*_in_environment(), *([] if bundled_only else _in_folders())]
    ours = {row.name for row in rows if row.bundled}
    for row in rows:
        if bundled_only and not row.bundled:
            continue
        if row.name in ours and not row.bundled:
            row.refuse(f"It is called '{row.name}', as a plugin that comes with the studio; it needs another name.")
        elif row.name in off:
            row.off = True
            row.entry, row.reason = None, "It is turned off."
        # Of a distribution that is found twice the first counts, as for imports.
        unique.setdefault((row.name, folder_name(row.distribution)), row)
    return sorted(unique.values(), key=lambda row: (not row.bundled, row.name))


def _in_environment() -> Iterator[PluginRow]:
    for installed in importlib.metadata.distributions():
        yield from _rows_of(installed)


def waiting_rows(distribution: str) -> list[PluginRow]:
    """The plugins of the version that the studio installed and the person has not turned on yet.

    Raises:
        PluginError: If there is none, or its files changed meanwhile.
    """
    folder = plugins_folder() / folder_name(distribution)
    installation = read_installation(folder, waiting=True)
    if not installation.record.waiting:
        raise PluginError(f"No version of '{distribution}' waits to be turned on.")
    if changed := changed_files(installation):
        raise PluginError(f"{_named(changed)} of '{distribution}' changed meanwhile; install it again.")
    return list(_rows_in(installation))


def _in_folders() -> Iterator[PluginRow]:
    for installation in installations():
        rows = list(_rows_in(installation))
        reason = installation.problem
        if not reason and (changed := changed_files(installation)):
            reason = (
                f"{_named(changed)} of it changed since it was approved; look at what is there, then turn it on again, "
                "or install it again."
            )
        if not rows:
            lock, reason = installation.lock, reason or "Its folder holds no plugin; install it again."
            rows = [PluginRow(installation.folder.name, lock.name, lock.version, False, installation=installation)]
        for row in rows:
            if reason:
                row.refuse(reason)
                row.unapproved = True
            yield row


def _rows_in(installation: Installation) -> Iterator[PluginRow]:
    for installed in importlib.metadata.distributions(path=[str(installation.site)]):
        for row in _rows_of(installed):
            if folder_name(row.distribution) == installation.folder.name:
                row.installation, row.bundled = installation, False
                yield row


def _named(paths: list[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{number_of(len(paths), 'file')} ({paths[0]} and others)"


def _rows_of(installed: importlib.metadata.Distribution) -> Iterator[PluginRow]:
    """The rows of a distribution; metadata that cannot be read are one row where they speak of the studio."""
    try:
        entries = [entry for entry in installed.entry_points if entry.group == PROJECT]
        if not entries:
            return
        distribution, version = str(installed.metadata["Name"] or ""), str(installed.version or "")
    except Exception as error:
        if "[studio]" in (installed.read_text("entry_points.txt") or ""):
            name = Path(str(getattr(installed, "_path", "unknown"))).stem
            yield PluginRow(name, name, "", False, f"Broken metadata: {explain(error)}")
        return
    bundled = folder_name(distribution) == BUNDLED
    for entry in entries:
        row = PluginRow(entry.name, distribution, version, bundled, entry=entry)
        try:
            row.packages = packages_of(entry, installed)
            row.static = read_static(row.packages)
            refuse_api(row.static.api, row.name)
        except PluginError as error:
            row.refuse(str(error))
        except Exception as error:  # an entry point that names no module, or one that cannot be looked for
            row.refuse(f"It cannot be found: {explain(error)}")
        yield row


def use_site(row: PluginRow) -> None:
    """Let this process import a plugin from its own folder, after everything of the studio's own."""
    if row.installation is not None and str(row.installation.site) not in sys.path:
        sys.path.append(str(row.installation.site))
