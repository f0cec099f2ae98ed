"""The catalogue: every installed plugin with its families, and their settings as JSON schema.

``installed.py`` has it made in a process of its own, which imports the plugins.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from studio.core.errors import PluginError, SettingsError, explain
from studio.core.modality import DataSpec
from studio.core.settings import TrainSettings, build_settings, split_settings
from studio.core.spec import Family, Preset, presets_for, why_not_offered
from studio.hooks.loader import PluginRow, find_plugins, load_rows

__all__ = [
    "Catalogue",
    "CatalogueFamily",
    "CataloguePlugin",
    "build_catalogue",
    "check_settings",
]


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
