"""Puts a plugin into a folder of its own, turns it on, goes back to the version before, and removes it.

Each is done whole or not at all: a version is a folder that is renamed into place, and which version is used is one
document. Whoever is killed in between leaves the state before.
"""

from __future__ import annotations

import compileall
import os
import py_compile
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from studio.core.errors import PluginError
from studio.core.words import number_of
from studio.hooks.install.plan import InstallPlan, PlanProgress
from studio.hooks.install.wheel import unpack_wheel
from studio.store.atomic import new_folder
from studio.store.lock import ProcessLock
from studio.store.place import plugins_folder
from studio.store.plugin_folder import (
    Installation,
    Lock,
    LockedWheel,
    changed_files,
    folder_name,
    locked_files,
    read_installation,
    version_folder,
    write_lock,
    write_record,
)

__all__ = ["approve", "find_installation", "put_back", "put_in_place", "remove", "roll_back"]

_REMOVED = ".removed"


def put_in_place(plan: InstallPlan, on_progress: PlanProgress) -> Installation:
    """Unpack the wheels of a plan; what they bring waits until it is approved.

    Raises:
        PluginError: If another installation goes on, or two wheels bring one file.
        OSError: If it cannot be written.
    """
    facts = plan.plugin.facts
    folder = plugins_folder() / folder_name(facts.name)
    with _alone():
        folder.mkdir(parents=True, exist_ok=True)
        before = read_installation(folder)
        _sweep(folder, before)
        version = f"{facts.version.lower()}-{secrets.token_hex(4)}"
        with new_folder(version_folder(folder, version)) as unfinished:
            site = unfinished / "site"
            site.mkdir()
            for number, wheel in enumerate(plan.wheels):
                on_progress("unpack", number, len(plan.wheels))
                unpack_wheel(wheel.path, site)
            # Byte code is part of what is approved; its own time does not count, so that nobody writes it anew.
            compileall.compile_dir(
                site,
                quiet=2,
                stripdir=str(site),
                prependdir=str(version_folder(folder, version) / "site"),
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
            lock = Lock(
                name=facts.name,
                version=facts.version,
                author=facts.author,
                licence=facts.licence,
                summary=facts.summary,
                wheels=tuple(
                    LockedWheel(
                        name=each.name, version=each.version, file=each.file, size=each.size, sha256=each.sha256
                    )
                    for each in (wheel.facts for wheel in plan.wheels)
                ),
                files=locked_files(site),
            )
            write_lock(unfinished, lock)
        write_record(folder, before.record.model_copy(update={"waiting": version}))
    on_progress("unpack", len(plan.wheels), len(plan.wheels))
    return read_installation(folder, waiting=True)


def find_installation(name: str, waiting: bool = False) -> Installation:
    """The plugin of a name that the studio installed: of its distribution, or of its entry point.

    Raises:
        PluginError: If there is none.
    """
    folder = plugins_folder() / folder_name(name)
    if not name.strip() or not (folder / "record.json").is_file():
        raise PluginError(f"The studio has installed no plugin '{name}'; 'studio plugins list' shows what there is.")
    found = read_installation(folder, waiting)
    if waiting and not found.record.waiting:
        raise PluginError(f"No version of '{name}' waits to be turned on.")
    return found


def approve(name: str) -> Installation:
    """Use the version that waits, or approve the files of the current one as they are now.

    Raises:
        PluginError: If there is none, or its folder is damaged.
    """
    with _alone():
        found = find_installation(name)
        record = found.record
        if record.waiting:
            found = find_installation(name, waiting=True)
            if changed := changed_files(found):
                raise PluginError(f"{number_of(len(changed), 'file')} of '{name}' changed meanwhile; install it again.")
            after = {
                "current": record.waiting,
                "previous": record.current,
                "waiting": "",
                "approved": found.lock.digest,
            }
        elif not found.version:
            raise PluginError(f"'{name}' cannot be turned on: {found.problem}")
        else:
            lock = found.lock.model_copy(update={"files": locked_files(found.site)})
            write_lock(version_folder(found.folder, found.version), lock)
            after = {"approved": lock.digest}
        write_record(found.folder, record.model_copy(update=after))
        return read_installation(found.folder)


def roll_back(name: str) -> Installation:
    """Use the version before; the one of now is what it goes back to.

    Raises:
        PluginError: If there is none before.
    """
    with _alone():
        found = find_installation(name)
        record = found.record
        before = read_installation(found.folder, version=record.previous) if record.previous else None
        if before is None or not before.lock.version:
            raise PluginError(
                f"There is no version of '{name}' before {found.lock.version or 'this one'} to go back to."
            )
        if changed := changed_files(before):
            raise PluginError(
                f"{number_of(len(changed), 'file')} of '{name}' {before.lock.version} changed since; install it again."
            )
        after = {"current": record.previous, "previous": record.current, "approved": before.lock.digest}
        write_record(found.folder, record.model_copy(update=after))
        return read_installation(found.folder)


def remove(name: str) -> Path:
    """Remove a plugin with all its versions; gives where it lies until the next removal, to put it back.

    Raises:
        PluginError: If there is none.
    """
    with _alone():
        found = find_installation(name)
        trash = plugins_folder() / _REMOVED
        shutil.rmtree(trash, ignore_errors=True)
        trash.mkdir(exist_ok=True)
        gone = trash / found.folder.name
        os.rename(found.folder, gone)
        return gone


def put_back(removed: Path) -> None:
    """Undo the last removal.

    Raises:
        PluginError: If something else was removed or installed meanwhile.
    """
    with _alone():
        target = plugins_folder() / removed.name
        if target.exists() or not removed.exists():
            raise PluginError(f"'{removed.name}' cannot be put back; install it again.")
        os.rename(removed, target)


@contextmanager
def _alone() -> Iterator[None]:
    """One change at a time, whichever process makes it."""
    root = plugins_folder()
    root.mkdir(parents=True, exist_ok=True)
    lock = ProcessLock(root / ".lock")
    if not lock.acquire():
        raise PluginError("Another plugin is being installed or removed; try again when that is done.")
    try:
        yield
    finally:
        lock.release()


def _sweep(folder: Path, installation: Installation) -> None:
    """Remove versions that nothing leads to, and what a killed installation left."""
    record = installation.record
    kept = {record.current, record.previous, record.waiting}
    if record.shown or not installation.problem:
        with suppress(FileNotFoundError):
            for version in os.scandir(folder / "versions"):
                if version.name not in kept:
                    shutil.rmtree(version.path, ignore_errors=True)
    (folder / "versions").mkdir(exist_ok=True)
