"""Reads a wheel without running anything of it, refuses what must not be in one, and unpacks it.

The format: Python Packaging User Guide, "Binary distribution format" (PEP 427) and "Recording installed projects".
"""

from __future__ import annotations

import base64
import configparser
import csv
import email.message
import email.parser
import email.policy
import hashlib
import io
import json
import stat
import sys
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path, PurePosixPath

from studio.core.errors import PluginError, explain
from studio.core.words import one_line, readable_size
from studio.hooks.hookspecs import PROJECT
from studio.hooks.static import STATIC_NAME, StaticManifest

__all__ = ["WheelFacts", "read_wheel", "unpack_wheel"]

_MOST_FILES = 100_000
_MOST_BYTES = 8 * 2**30
_RATIO, _GRACE = 100, 256 * 2**20
_CHUNK = 1 << 20
_COMPILED = (".so", ".pyd", ".dll", ".dylib")
# Parts of ``NAME.data`` that lie beside the packages; the others would be put elsewhere.
_BESIDE = ("purelib", "platlib")
# Python imports these by itself at every start.
_AT_START = ("sitecustomize", "usercustomize")


@dataclass(frozen=True)
class WheelFacts:
    """What a wheel says and holds.

    Attributes:
        name: Name of the distribution.
        version: Its version.
        author: Who its metadata name; empty where they name nobody.
        licence: What its metadata say of it; empty where they say nothing.
        summary: One sentence of its metadata.
        file: Name of the wheel.
        size: Its bytes.
        unpacked: Bytes of its files.
        sha256: Hash of the wheel, in hexadecimal.
        files: Its files, as they lie once unpacked.
        plugins: Names of its entry points of the studio, and what each names.
        commands: Commands that it would bring; none of them is installed.
        compiled: Whether it holds machine code.
        static: What it says of itself.
    """

    name: str
    version: str
    author: str
    licence: str
    summary: str
    file: str
    size: int
    unpacked: int
    sha256: str
    files: tuple[str, ...]
    plugins: dict[str, str]
    commands: tuple[str, ...]
    compiled: bool
    static: StaticManifest


def read_wheel(path: Path) -> WheelFacts:
    """Read a wheel and check it.

    Raises:
        PluginError: If it is damaged, or holds what would reach beyond its folder or shadow something.
    """
    with _opened(path) as archive:
        places = _places(path.name, archive)
        info = _info_folder(path.name, places)
        _check_record(path.name, archive, info)
        _check_names(path.name, places.values())
        metadata = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(archive.read(f"{info}/METADATA"))
        entries = _entry_points(archive, info)
        name, version = _words(metadata["Name"]), _words(metadata["Version"])
        if not name or not version or _plain(info.removesuffix(".dist-info")) != _plain(f"{name}-{version}"):
            raise PluginError(f"{path.name} says that it is '{name} {version}', which is not what it is called.")
        plugins = dict(entries.get(PROJECT, {}))
        commands = (*entries.get("console_scripts", {}), *entries.get("gui_scripts", {}))
        if "studio" in commands:
            raise PluginError(f"{path.name} brings a command called 'studio', which is the studio's own.")
        return WheelFacts(
            name=name,
            version=version,
            author=_words(metadata["Author"] or metadata["Author-email"]),
            licence=_words(metadata["License-Expression"] or metadata["License"] or _classified(metadata)),
            summary=_words(metadata["Summary"]),
            file=path.name,
            size=path.stat().st_size,
            unpacked=sum(entry.file_size for entry in archive.infolist()),
            sha256=_hash(path),
            files=tuple(sorted(places.values())),
            plugins=plugins,
            commands=commands,
            compiled=any(place.endswith(_COMPILED) for place in places.values()),
            static=_static(path.name, archive, places, plugins),
        )


def unpack_wheel(path: Path, site: Path) -> None:
    """Unpack a wheel that was read before into a folder; nothing of it is run.

    Raises:
        PluginError: If it was changed since, or brings a file that another one has brought.
        OSError: If it cannot be written.
    """
    with _opened(path) as archive:
        for name, place in _places(path.name, archive).items():
            target = site / place
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with archive.open(name) as source, open(target, "xb") as file:
                    while chunk := source.read(_CHUNK):
                        file.write(chunk)
            except FileExistsError:
                raise PluginError(f"{path.name} brings {place}, which another of its wheels has brought.") from None


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, KeyError, RuntimeError) as error:
        raise PluginError(f"{path.name} is no whole wheel ({explain(error)}); get it again.") from None


def _places(wheel: str, archive: zipfile.ZipFile) -> dict[str, str]:
    """Where each file comes to lie, by its name in the archive.

    Raises:
        PluginError: If one would lie outside the folder, or is no file.
    """
    entries = archive.infolist()
    whole = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > _MOST_FILES or whole > min(_MOST_BYTES, max(_GRACE, _RATIO * packed)):
        raise PluginError(f"{wheel} unpacks to {len(entries):,} files of {readable_size(whole)}; that is no plugin.")
    found: dict[str, str] = {}
    taken: set[str] = set()
    for entry in entries:
        if entry.is_dir():
            continue
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise PluginError(f"{wheel} holds {one_line(entry.filename)}, which is a link or no file.")
        parts = PurePosixPath(entry.filename).parts
        bad = "\\" in entry.filename or ":" in entry.filename or "\0" in entry.filename
        if not parts or bad or parts[0] == "/" or ".." in parts or entry.orig_filename != entry.filename:
            raise PluginError(f"{wheel} holds {one_line(entry.filename)}, which would lie outside its own folder.")
        if parts[0].endswith(".data") and len(parts) > 2:
            if parts[1] not in _BESIDE:
                raise PluginError(f"{wheel} wants to put {one_line(entry.filename)} outside its own folder.")
            parts = parts[2:]
        place = "/".join(parts)
        if place.lower() in taken:
            raise PluginError(f"{wheel} holds {one_line(place)} twice.")
        taken.add(place.lower())
        found[entry.filename] = place
    return found


def _info_folder(wheel: str, places: Collection[str]) -> str:
    folders = {place.partition("/")[0] for place in places}
    infos = [folder for folder in folders if folder.endswith(".dist-info")]
    if len(infos) != 1 or not {f"{infos[0]}/METADATA", f"{infos[0]}/RECORD"} <= set(places):
        raise PluginError(f"{wheel} is no wheel: its metadata are missing.")
    return infos[0]


def _check_record(wheel: str, archive: zipfile.ZipFile, info: str) -> None:
    """Check that every file has the hash that the wheel's own list gives it."""
    rows = csv.reader(io.StringIO(archive.read(f"{info}/RECORD").decode("utf-8", "replace")))
    hashes = {row[0]: row[1] for row in rows if len(row) >= 2}
    for entry in archive.infolist():
        if entry.is_dir() or entry.filename.startswith(f"{info}/RECORD"):
            continue
        kind, _, wanted = hashes.get(entry.filename, "").partition("=")
        if kind != "sha256":
            raise PluginError(f"{wheel} holds {one_line(entry.filename)}, which its own list does not name; refuse it.")
        digest = hashlib.sha256()
        with archive.open(entry) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        if base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode() != wanted.rstrip("="):
            raise PluginError(f"{wheel} was changed after it was made: {one_line(entry.filename)} has another hash.")


def _check_names(wheel: str, places: Collection[str]) -> None:
    """Check that nothing of it hides or runs what is not its own."""
    ours = {*packages_distributions(), "studio", "studio_resources"}
    for place in places:
        top, _, rest = place.partition("/")
        if top.endswith(".dist-info"):
            continue
        if not rest and top.endswith(".pth"):
            raise PluginError(f"{wheel} holds {one_line(top)}, which would run code at every start.")
        name = top if rest else top.partition(".")[0]
        if name in _AT_START:
            raise PluginError(f"{wheel} holds {one_line(top)}, which would run code at every start.")
        if name in ours or name in sys.stdlib_module_names:
            raise PluginError(f"{wheel} brings '{one_line(name)}', which the studio or Python itself has already.")


def _entry_points(archive: zipfile.ZipFile, info: str) -> Mapping[str, Mapping[str, str]]:
    """The entry points of a wheel by group and name (PyPA specifications, "Entry points")."""
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    try:
        parser.read_string(archive.read(f"{info}/entry_points.txt").decode())
    except KeyError:
        return {}
    except (configparser.Error, UnicodeDecodeError):
        raise PluginError("Its entry points cannot be read; get it again.") from None
    return {section: dict(parser[section]) for section in parser.sections()}


def _static(wheel: str, archive: zipfile.ZipFile, places: dict[str, str], plugins: dict[str, str]) -> StaticManifest:
    wanted = {f"{value.partition('.')[0].partition(':')[0]}/{STATIC_NAME}" for value in plugins.values()}
    for name, place in places.items():
        if place in wanted:
            try:
                return StaticManifest.model_validate(json.loads(archive.read(name)))
            except (ValueError, RecursionError):
                raise PluginError(f"The {STATIC_NAME} of {wheel} is not one; 'studio plugins new' makes one.") from None
    return StaticManifest()


def _classified(metadata: email.message.Message) -> str:
    licences = [str(line) for line in metadata.get_all("Classifier", []) if str(line).startswith("License ::")]
    return licences[0].rpartition("::")[2] if licences else ""


def _words(value: object) -> str:
    return one_line(str(value or ""))[:500]


def _plain(text: str) -> str:
    return text.replace("-", "_").replace(".", "_").lower()


def _hash(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
