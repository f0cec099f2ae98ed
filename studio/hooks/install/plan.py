"""Works out what the installation of a plugin would do, without running anything of it."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from studio.core.errors import PluginError, explain
from studio.core.words import number_of, path_text, readable_size
from studio.hooks.found import BUNDLED, every_plugin
from studio.hooks.install.pip import run_pip, write_constraints
from studio.hooks.install.wheel import WheelFacts, read_wheel
from studio.hooks.static import refuse_api
from studio.store.atomic import read_document, write_document
from studio.store.plugin_folder import folder_name, installations

__all__ = ["InstallPlan", "NeedsBuild", "PlanProgress", "PlannedWheel", "keep_plan", "kept_plan", "make_plan"]

# Stage, what is done, the total or 0 where that is not known; may raise to cancel.
PlanProgress = Callable[[str, int, int], None]
_NAME = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(\[[A-Za-z0-9,._-]+\])?(\s*(==|>=|<=|~=|<|>|!=)\s*[A-Za-z0-9.*+!_-]+)*"
)
_NOT_COPIED = (".git", ".venv", "venv", "build", "dist", "*.egg-info", "__pycache__", "node_modules")
_KEPT = "plan.json"
_SOURCES = (".tar.gz", ".zip", ".tar.bz2", ".tgz")


class NeedsBuild(PluginError):
    """What is to be installed must be built first, which runs code of it; asked for on a second yes only."""


@dataclass(frozen=True)
class PlannedWheel:
    """A wheel that would be unpacked, and where it lies until then."""

    path: Path
    facts: WheelFacts


@dataclass(frozen=True)
class InstallPlan:
    """What would happen.

    Attributes:
        plugin: The plugin's own wheel.
        others: Those that it depends on and the studio has not.
        replaces: Version that it takes the place of; empty where the plugin is new.
        built: Whether it was built here.
    """

    plugin: PlannedWheel
    others: tuple[PlannedWheel, ...] = ()
    replaces: str = ""
    built: bool = False

    @property
    def wheels(self) -> tuple[PlannedWheel, ...]:
        """All of them, the plugin's own first."""
        return (self.plugin, *self.others)

    def lines(self) -> list[str]:
        """What a person agrees to, in words."""
        facts = self.plugin.facts
        size, unpacked = readable_size(facts.size), readable_size(facts.unpacked)
        said = "families" in facts.static.model_fields_set
        brings = ", ".join(facts.static.families) or ("none" if said else "not said before it is imported")
        lines = [
            f"{facts.static.title or facts.name} {facts.version}"
            + (f", replaces {self.replaces}" if self.replaces else ""),
            facts.static.summary or facts.summary or "It says nothing of itself.",
            f"author: {facts.author or 'not named'}",
            f"licence: {facts.licence or 'not named'}",
            f"families: {brings}",
            f"wheel: {facts.file}, {size}, {number_of(len(facts.files), 'file')} of {unpacked}",
            f"sha256: {facts.sha256}",
            *(["built from its source on this machine"] if self.built else []),
        ]
        for other in self.others:
            each = other.facts
            lines.append(f"along with it: {each.name} {each.version}, {readable_size(each.size)}, sha256 {each.sha256}")
        if any(wheel.facts.compiled for wheel in self.wheels):
            lines.append("It holds machine code.")
        commands = [command for wheel in self.wheels for command in wheel.facts.commands]
        if commands:
            lines.append(f"Not installed: its commands {', '.join(commands)}.")
        lines.append(
            "It goes into a folder of its own; nothing of the studio's is changed. Its training is code that runs with "
            "your rights: it can read and change whatever you can."
        )
        return lines

    def document(self) -> dict[str, Any]:
        """The plan as JSON values."""
        facts = [asdict(wheel.facts) | {"static": wheel.facts.static.model_dump(mode="json")} for wheel in self.wheels]
        return {"plugin": facts[0], "along": facts[1:], "replaces": self.replaces, "built": self.built}


def make_plan(what: str, place: Path, build: bool, on_progress: PlanProgress, links: Path | None = None) -> InstallPlan:
    """Work out what would happen.

    Args:
        what: A wheel, a folder or archive of a plugin's source, or a name in the package index, with a version or not.
        place: An empty folder for wheels until they are unpacked.
        build: Whether code of it may be run to build its wheel.
        on_progress: Told how far it is.
        links: A folder of wheels to look into beside the package index.

    Raises:
        NeedsBuild: If it must be built and may not.
        PluginError: If it cannot be installed.
    """
    source = _find(what)
    built = False
    if isinstance(source, Path) and source.suffix != ".whl":
        if not build:
            raise NeedsBuild(
                f"{path_text(source)} is source: to make a wheel of it runs its code with your rights, before anything "
                "of it could be looked at."
            )
        source, built = _build(source, place / "built", on_progress), True
    wanted = str(source) if isinstance(source, Path) else source
    report = _resolve(wanted, place, on_progress, links)
    wheels = []
    for number, item in enumerate(report):
        on_progress("get", number, len(report))
        wheels.append(_fetch(item, place, on_progress, links))
    main = [index for index, item in enumerate(report) if item.get("requested")]
    if not main:
        raise PluginError(
            f"{what} lies in the studio's own environment already, as pip put it there; remove it there first."
        )
    plugin = wheels.pop(main[0])
    _check_plugin(plugin.facts)
    mine = next((one for one in installations() if one.folder.name == folder_name(plugin.facts.name)), None)
    replaces = mine.lock.version if mine is not None else ""
    return InstallPlan(plugin, tuple(wheels), replaces, built)


def keep_plan(plan: InstallPlan, place: Path) -> None:
    """Keep a plan beside its wheels until a person has agreed to it."""
    wheels = [{"path": str(wheel.path), "sha256": wheel.facts.sha256} for wheel in plan.wheels]
    write_document(place / _KEPT, {"wheels": wheels, "replaces": plan.replaces, "built": plan.built})


def kept_plan(place: Path) -> InstallPlan:
    """The plan that was kept; its wheels are those that the person saw.

    Raises:
        PluginError: If one of them was changed since.
    """
    document = read_document(place / _KEPT)
    wheels = [PlannedWheel(Path(entry["path"]), read_wheel(Path(entry["path"]))) for entry in document["wheels"]]
    for wheel, entry in zip(wheels, document["wheels"], strict=True):
        if wheel.facts.sha256 != entry["sha256"]:
            raise PluginError(f"{wheel.path.name} was changed since it was shown; begin again.")
    return InstallPlan(wheels[0], tuple(wheels[1:]), str(document["replaces"]), bool(document["built"]))


def _find(what: str) -> Path | str:
    path = Path(what).expanduser()
    if what.strip() and path.exists():
        path = path.absolute()
        if path.is_dir() and not any((path / name).is_file() for name in ("pyproject.toml", "setup.py")):
            raise PluginError(f"{path_text(path)} is no plugin's folder: it has no pyproject.toml.")
        if path.is_file() and path.suffix != ".whl" and not path.name.endswith(_SOURCES):
            raise PluginError(f"{path_text(path)} is no wheel; give a .whl file, a folder or a name.")
        return path
    if what.endswith((".whl", *_SOURCES)) or "/" in what or "\\" in what:
        raise PluginError(f"There is no {path_text(what)}.")
    if not _NAME.fullmatch(what):
        raise PluginError(f"'{what}' is neither a wheel, nor a folder, nor a name such as my-plugin or my-plugin==1.2.")
    return what


def _build(source: Path, place: Path, on_progress: PlanProgress) -> Path:
    """Make a wheel of a source; runs code of it."""
    needed = ["setuptools"]
    if source.is_dir() and (source / "pyproject.toml").is_file():
        try:
            project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))
            needed = [str(name) for name in project.get("build-system", {}).get("requires", needed)]
        except (OSError, ValueError, AttributeError) as error:
            raise PluginError(f"Its pyproject.toml cannot be read: {explain(error)}.") from None
    if source.is_dir():
        # In a copy: what a build leaves behind is not to lie among the person's own files.
        copy = place.with_name("source") / source.name
        shutil.copytree(source, copy, symlinks=True, ignore=shutil.ignore_patterns(*_NOT_COPIED))
        source = copy
    # What is here already needs no network.
    here = ["--no-build-isolation"] if all(_is_here(name) for name in needed) else []
    place.mkdir()
    words = ["wheel", "--no-deps", *here, "--wheel-dir", str(place), str(source)]
    run_pip(words, lambda: on_progress("build", 0, 0))
    made = list(place.glob("*.whl"))
    if len(made) != 1:
        raise PluginError(f"Building {path_text(source)} gave {number_of(len(made), 'wheel')}.")
    return made[0]


def _is_here(requirement: str) -> bool:
    name = re.split(r"[\s\[<>=!~;]", requirement.strip(), maxsplit=1)[0]
    try:
        importlib.metadata.distribution(name)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return False
    return True


def _resolve(wanted: str, place: Path, on_progress: PlanProgress, links: Path | None) -> list[dict[str, Any]]:
    """What pip would install beside what the studio has."""
    constraints, report = place / "constraints.txt", place / "report.json"
    write_constraints(constraints)
    words = ["install", "--dry-run", "--only-binary", ":all:", "-c", str(constraints), "--report", str(report)]
    words += ["--find-links", str(links)] if links is not None else []
    run_pip([*words, wanted], lambda: on_progress("resolve", 0, 0))
    try:
        return list(json.loads(report.read_text(encoding="utf-8"))["install"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PluginError(f"pip's report cannot be read: {explain(error)}.") from None


def _fetch(item: dict[str, Any], place: Path, on_progress: PlanProgress, links: Path | None) -> PlannedWheel:
    """Get one wheel of pip's report, held against the hash that it names."""
    try:
        url, metadata = urlparse(item["download_info"]["url"]), item["metadata"]
        wanted = item["download_info"].get("archive_info", {}).get("hashes", {}).get("sha256", "")
        name, version = str(metadata["name"]), str(metadata["version"])
    except (KeyError, TypeError, AttributeError) as error:
        raise PluginError(f"pip's report cannot be read: {explain(error)}.") from None
    folder = place / folder_name(name)
    folder.mkdir()
    if url.scheme == "file":
        local = Path(unquote(url.path))
        path = folder / local.name
        shutil.copyfile(local, path)
    else:
        words = ["download", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
        words += ["--find-links", str(links)] if links is not None else []
        run_pip([*words, f"{name}=={version}"], lambda: on_progress("get", 0, 0))
        found = list(folder.glob("*.whl"))
        if len(found) != 1:
            raise PluginError(f"pip got {number_of(len(found), 'wheel')} of {name} {version}.")
        path = found[0]
    facts = read_wheel(path)
    if wanted and facts.sha256 != wanted:
        raise PluginError(f"{path.name} is not what the package index names: its sha256 is {facts.sha256}.")
    if folder_name(facts.name) != folder_name(name):
        raise PluginError(f"{path.name} says that it is '{facts.name}'.")
    return PlannedWheel(path, facts)


def _check_plugin(facts: WheelFacts) -> None:
    """Check that it is a plugin which can live beside those that are there.

    Raises:
        PluginError: If it is not.
    """
    if not facts.plugins:
        raise PluginError(f"{facts.name} is no plugin of the studio: it has no entry point in the group 'studio'.")
    if folder_name(facts.name) == BUNDLED:
        raise PluginError(f"{facts.file} calls itself '{facts.name}', which is the studio.")
    for name in facts.plugins:
        refuse_api(facts.static.api, name)
        for row in every_plugin():
            if row.name == name and folder_name(row.distribution) != folder_name(facts.name):
                raise PluginError(f"{facts.name} has a plugin called '{name}', as {row.distribution} has already.")
