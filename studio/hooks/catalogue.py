"""The catalogue: every family with its settings as JSON schema, made in a child process and cached.

No process with a window or a queue imports plugin code; it reads this answer instead. The cache is keyed by what is
installed and by the time of the sources of plugins, so an upgraded or edited plugin is seen at the next look.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from studio.core.errors import PluginError, SettingsError, WorkspaceError, explain
from studio.core.modality import DataSpec
from studio.core.settings import TrainSettings, build_settings, split_settings
from studio.core.spec import Family, Preset, presets_for, why_not_offered
from studio.hooks import child
from studio.hooks.loader import PluginRow, find_plugins, load_rows
from studio.store.atomic import write_bytes
from studio.store.inside import read_own
from studio.version import VERSION

__all__ = [
    "Catalogue",
    "CatalogueFamily",
    "CataloguePlugin",
    "build_catalogue",
    "check_settings",
    "read_catalogue",
    "validate_settings",
]

_MOST_CACHE_BYTES = 16 * 2**20
# Of the cache's file; one of another format is made again.
_FORMAT = 2


class CatalogueFamily(BaseModel):
    """A family as its plugin declares it, without its code."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    summary: str
    paper: str
    views: tuple[str, ...]
    conditions: tuple[str, ...]
    monitor: tuple[str, Literal["min", "max"]]
    presets: tuple[Preset, ...]
    settings_schema: dict[str, Any]
    abilities: tuple[str, ...]

    def why_not_offered(self, spec: DataSpec) -> str:
        """Why it cannot model some data, to go on from its name; empty where it can."""
        return why_not_offered(self.views, self.conditions, spec)

    def presets_for(self, spec: DataSpec | None) -> dict[str, Preset]:
        """The presets for some data, for any where there are none yet, by name and in their order."""
        return presets_for(self.presets, spec)


class CataloguePlugin(BaseModel):
    """An installed plugin: what it brings, or why it could not be loaded."""

    model_config = ConfigDict(frozen=True)

    name: str
    distribution: str
    version: str
    bundled: bool
    families: tuple[CatalogueFamily, ...] = ()
    reason: str = ""
    off: bool = False


class Catalogue(BaseModel):
    """All installed plugins, and the schema of the studio's own settings."""

    model_config = ConfigDict(frozen=True)

    plugins: tuple[CataloguePlugin, ...]
    train_schema: dict[str, Any] = Field(default_factory=dict)

    @property
    def families(self) -> tuple[CatalogueFamily, ...]:
        """The families of all working plugins."""
        return tuple(family for plugin in self.plugins for family in plugin.families)

    def family(self, id: str) -> CatalogueFamily:
        """Find a family.

        Raises:
            PluginError: If no working plugin brings it; says why where a broken one has its name.
        """
        for family in self.families:
            if family.id == id:
                return family
        for plugin in self.plugins:
            if plugin.name == id:
                raise PluginError(f"The family '{id}' cannot be used: {plugin.reason}")
        known = ", ".join(family.id for family in self.families)
        raise PluginError(f"There is no family '{id}'; installed are {known or 'none'}.")

    def plugin_of(self, family: str) -> CataloguePlugin:
        """The plugin that brings a family of this catalogue."""
        return next(plugin for plugin in self.plugins if family in {each.id for each in plugin.families})


def build_catalogue(safe_mode: bool = False, only: str | None = None, off: Collection[str] = ()) -> Catalogue:
    """Import every plugin's declaration in this process and describe it.

    Args:
        safe_mode: The bundled plugins only.
        only: The bundled plugins and this distribution's only.
        off: Names of plugins that are not to be imported.
    """
    rows = [row for row in find_plugins(safe_mode, off) if only is None or row.bundled or row.distribution == only]
    return Catalogue(
        plugins=tuple(_describe(row) for row in load_rows(rows)), train_schema=TrainSettings.model_json_schema()
    )


def _describe(row: PluginRow) -> CataloguePlugin:
    families: tuple[CatalogueFamily, ...] = ()
    reason = row.reason
    if row.plugin is not None:
        try:
            families = tuple(_describe_family(family, row.plugin.abilities) for family in row.plugin.families)
        except Exception as error:
            reason = f"Its declaration is not sound: {explain(error)}"
    return CataloguePlugin(
        name=row.name,
        distribution=row.distribution,
        version=row.version,
        bundled=row.bundled,
        families=families,
        reason=reason,
        off=row.off,
    )


def _describe_family(declared: Family, abilities: tuple[str, ...]) -> CatalogueFamily:
    for preset in declared.presets:
        check_settings(declared.settings, preset.settings, f"the preset '{preset.name}'")
    return CatalogueFamily(
        id=declared.id,
        title=declared.title,
        summary=declared.summary,
        paper=declared.paper,
        views=declared.views,
        conditions=declared.conditions,
        monitor=declared.monitor,
        presets=tuple(declared.presets),
        settings_schema=declared.settings.model_json_schema(),
        abilities=abilities,
    )


def check_settings(kind: type[BaseModel], values: Any, where: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    """Check the values of a preset or a person; returns the studio's and the family's settings, defaults filled in."""
    studio, family = split_settings(values)
    try:
        whole = build_settings(TrainSettings, studio, "train."), build_settings(kind, family)
        return whole[0].model_dump(mode="json"), whole[1].model_dump(mode="json")
    except SettingsError as error:
        raise SettingsError(f"In {where}: {error}" if where else str(error), error.fields) from None


def _fingerprint(safe_mode: bool, off: Collection[str]) -> str:
    """What the catalogue depends on: versions, and the newest source of each plugin's package."""
    parts = [VERSION, sys.version, sys.executable, str(safe_mode), *(f"off {name}" for name in off)]
    for row in find_plugins(safe_mode, off):
        value, newest = "", 0
        # A package that cannot be found or a value that names none is the loader's to report.
        with suppress(ImportError, ValueError, AttributeError, OSError):
            value = row.entry.value if row.entry is not None else ""
            found = importlib.util.find_spec(row.entry.module.partition(".")[0]) if row.entry is not None else None
            sources = [Path(found.origin)] if found is not None and found.origin else []
            for folder in (found.submodule_search_locations or []) if found is not None else []:
                sources += Path(folder).rglob("*.py")
            newest = max([newest, *(source.stat().st_mtime_ns for source in sources)])
        parts.append(f"{row.name}={value} {row.distribution} {row.version} {newest}")
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()


def read_catalogue(cache: Path | None = None, safe_mode: bool = False, off: Collection[str] = ()) -> Catalogue:
    """The catalogue, from the cache or from a child process.

    Args:
        cache: File to keep the answer in; None for no cache.
        safe_mode: The bundled plugins only.
        off: Names of plugins that are not to be imported.

    Raises:
        PluginError: If the child process does not answer.
    """
    words = [word for name in sorted(off) for word in ("--off", name)]
    key = _fingerprint(safe_mode, off)
    if cache is not None:
        # A link or a pipe in its place counts for nothing.
        with suppress(OSError, WorkspaceError, ValueError, KeyError, TypeError):
            kept = json.loads(read_own(cache, _MOST_CACHE_BYTES) or b"")
            if kept["format"] == _FORMAT and kept["key"] == key:
                return Catalogue.model_validate(kept["catalogue"])
    try:
        catalogue = Catalogue.model_validate(child.ask(["--safe-mode", *words] if safe_mode else words))
    except PluginError:
        if safe_mode:
            raise
        # One plugin hangs or ends the process: find out which, and do not keep the answer.
        return _one_by_one(off)
    if cache is not None:
        with suppress(OSError):
            document = {"format": _FORMAT, "key": key, "catalogue": catalogue.model_dump(mode="json")}
            write_bytes(cache, json.dumps(document).encode(), durable=False)
    return catalogue


def _one_by_one(off: Collection[str]) -> Catalogue:
    """The catalogue with a child process for each distribution: one that hangs or crashes costs itself only."""
    words = [word for name in sorted(off) for word in ("--off", name)]
    bundled = Catalogue.model_validate(child.ask(["--safe-mode", *words]))
    plugins = list(bundled.plugins)
    owners = {family.id: plugin.distribution for plugin in plugins for family in plugin.families}
    rows = [row for row in find_plugins(off=off) if not row.bundled]
    for distribution in dict.fromkeys(row.distribution for row in rows):
        try:
            said = child.ask(["--only", distribution, *words], timeout_s=child.ONE_TIMEOUT_S)
            answer = Catalogue.model_validate(said)
            found = [plugin for plugin in answer.plugins if plugin.distribution == distribution]
        except PluginError as error:
            found = [
                CataloguePlugin(
                    name=row.name, distribution=distribution, version=row.version, bundled=False, reason=str(error)
                )
                for row in rows
                if row.distribution == distribution
            ]
        for plugin in found:
            taken = next((family.id for family in plugin.families if family.id in owners), None)
            if taken is not None:
                reason = f"It declares the family '{taken}', which {owners[taken]} has already."
                plugin = plugin.model_copy(update={"families": (), "reason": reason})
            owners.update({family.id: distribution for family in plugin.families})
            plugins.append(plugin)
    return Catalogue(plugins=tuple(plugins), train_schema=bundled.train_schema)


def validate_settings(family: str, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Let the family's own settings class judge values, in a child process.

    Returns:
        The studio's and the family's settings, with every default filled in.

    Raises:
        SettingsError: One sentence on what is wrong.
        PluginError: If the family is not there.
    """
    answer = child.ask(["--validate", family], json.dumps(values))
    if answer["kind"] == "SettingsError":
        raise SettingsError(answer["message"], answer["fields"])
    if answer["kind"]:
        raise PluginError(answer["message"])
    return answer["train"], answer["settings"]
