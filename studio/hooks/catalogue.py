"""The catalogue: every installed plugin with its families, and their settings as JSON schema.

``installed.py`` puts it together from the answers of processes that import the plugins, one for each distribution.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from studio.core.bounded import Duration
from studio.core.errors import PluginError, SettingsError, explain
from studio.core.extension import Extension
from studio.core.modality import Condition, DataSpec, Modality, ViewKind
from studio.core.safe_mode import in_safe_mode
from studio.core.settings import TrainSettings, build_settings, split_settings
from studio.core.spec import Family, Preset, presets_for, why_not_offered
from studio.hooks.found import PluginRow
from studio.hooks.loader import load_row
from studio.store.plugin_folder import version_folder
from studio.store.report_card import read_card

__all__ = [
    "EXTENSION_SETTINGS",
    "Catalogue",
    "CatalogueExtension",
    "CatalogueFamily",
    "CataloguePlugin",
    "check_settings",
    "describe_plugins",
    "row_without_code",
]

# Of what a stranger declares: whatever it says, a page shows it at once.
_Title = Annotated[str, Field(max_length=200)]
_Words = Annotated[str, Field(max_length=2000)]
_MOST_PRESETS = 64
_MOST_FAMILIES = 64
_MOST_SCHEMA = 256 * 1024
# Settings of a run that name what plugins bring.
EXTENSION_SETTINGS = {"codec": "ItemCodec", "transforms": "ItemTransform"}


class CatalogueFamily(BaseModel):
    """A family as its plugin declares it, without its code."""

    model_config = ConfigDict(frozen=True)

    id: _Title
    title: _Title
    summary: _Words
    paper: _Words
    views: tuple[ViewKind, ...]
    conditions: tuple[Condition, ...]
    monitor: tuple[_Title, Literal["min", "max"]]
    presets: tuple[Preset, ...] = Field(max_length=_MOST_PRESETS)
    settings_schema: dict[str, Any]
    abilities: tuple[_Title, ...]

    @field_validator("presets")
    @classmethod
    def _can_be_shown(cls, presets: tuple[Preset, ...]) -> tuple[Preset, ...]:
        if any(len(each.name) > 200 or len(each.title) > 200 or len(each.summary) > 2000 for each in presets):
            raise ValueError("a name or title has more than 200 characters, or a summary more than 2,000")
        return presets

    @field_validator("settings_schema")
    @classmethod
    def _can_be_a_form(cls, schema: dict[str, Any]) -> dict[str, Any]:
        if len(json.dumps(schema)) > _MOST_SCHEMA:
            raise ValueError(f"the schema of the settings has more than {_MOST_SCHEMA:,} bytes")
        return schema

    def why_not_offered(self, spec: DataSpec) -> str:
        """Why it cannot model some data, to go on from its name; empty where it can."""
        return why_not_offered(self.views, self.conditions, spec)

    def presets_for(self, spec: DataSpec | None) -> dict[str, Preset]:
        """The presets for some data, for any where there are none yet, by name and in their order."""
        return presets_for(self.presets, spec)


class CatalogueExtension(BaseModel):
    """What a plugin brings beside families, without its code.

    Attributes:
        kind: ``Reader``, ``ItemTransform``, ``ItemCodec``, ``Features`` or ``Metric``.
        id: Its id.
        title: Name shown to people.
        modality: The data that it is for.
        suffixes: Of a reader, how names of its files end.
        view: Of a codec, the view that it makes.
        version: Of features, what tells two of one name apart.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["Reader", "ItemTransform", "ItemCodec", "Features", "Metric"]
    id: _Title
    title: _Title
    modality: Modality
    suffixes: tuple[_Title, ...] = Field((), max_length=64)
    view: _Title = ""
    version: _Title = ""


class CataloguePlugin(BaseModel):
    """An installed plugin: what it brings, or why it could not be loaded.

    Attributes:
        name: Name of its entry point.
        distribution: The distribution that brings it.
        version: Version of that.
        bundled: Whether it comes with the studio.
        own_folder: Whether the studio installed it, into a folder of its own.
        unapproved: Whether it is for the person to turn it on as it lies in that folder.
        title: What it calls itself.
        families: The families that it declares.
        extensions: What else it declares.
        observes: Whether it watches runs.
        reason: Why it cannot be used.
        off: Whether the person turned it off.
        card: What its report card says; empty where there is none.
        seconds: How long its import and its declaration took.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    distribution: str
    version: str
    bundled: bool
    own_folder: bool = False
    unapproved: bool = False
    title: _Title = ""
    families: tuple[CatalogueFamily, ...] = Field((), max_length=_MOST_FAMILIES)
    extensions: tuple[CatalogueExtension, ...] = Field((), max_length=_MOST_FAMILIES)
    observes: bool = False
    reason: str = ""
    off: bool = False
    card: _Words = ""
    seconds: Duration = 0.0

    def without(self, reason: str) -> CataloguePlugin:
        """The same, which brings nothing for a reason."""
        return self.model_copy(update={"families": (), "extensions": (), "observes": False, "reason": reason})

    @property
    def works(self) -> bool:
        """Whether it brings something."""
        return bool(self.families or self.extensions or self.observes)


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
        where = " in safe mode" if in_safe_mode() else ""
        raise PluginError(f"There is no family '{id}'{where}; installed are {known or 'none'}.")

    def extensions(self, kind: str) -> list[tuple[CataloguePlugin, CatalogueExtension]]:
        """What the working plugins bring of a kind, each with its plugin."""
        return [(plugin, each) for plugin in self.plugins for each in plugin.extensions if each.kind == kind]

    @property
    def settings_schema(self) -> dict[str, Any]:
        """The schema of the studio's own settings, with the codecs and transforms that could be named as examples."""
        properties = dict(self.train_schema.get("properties", {}))
        for key, kind in EXTENSION_SETTINGS.items():
            names = [f"{plugin.distribution}:{each.id}" for plugin, each in self.extensions(kind)]
            if key in properties and names:
                properties[key] = {**properties[key], "examples": names}
        return {**self.train_schema, "properties": properties}

    def plugin_of(self, family: str) -> CataloguePlugin:
        """The plugin that brings a family of this catalogue."""
        return next(plugin for plugin in self.plugins if family in {each.id for each in plugin.families})


def row_without_code(row: PluginRow) -> CataloguePlugin:
    """What is known of a plugin without importing it."""
    return CataloguePlugin(
        name=row.name,
        distribution=row.distribution,
        version=row.version,
        bundled=row.bundled,
        own_folder=row.installation is not None,
        unapproved=row.unapproved,
        title=row.static.title,
        card=_card_of(row),
        reason=row.reason,
        off=row.off,
    )


def _card_of(row: PluginRow) -> str:
    installation = row.installation
    card = read_card(version_folder(installation.folder, installation.version)) if installation is not None else None
    return card.summary if card is not None else ""


def describe_plugins(rows: Iterable[PluginRow]) -> tuple[CataloguePlugin, ...]:
    """Import plugins into this process, each in its own try, and describe what they declare."""
    return tuple(_describe(row) for row in rows)


def _describe(row: PluginRow) -> CataloguePlugin:
    begun = time.perf_counter()
    described = row_without_code(row)
    try:
        plugin = load_row(row)
    except PluginError as error:
        return described.without(str(error))
    try:
        families = [_describe_family(family, plugin.abilities) for family in plugin.families]
        found = described.model_dump() | {
            "families": families,
            "extensions": [_describe_extension(each) for each in plugin.extensions],
            "observes": plugin.observes,
            "seconds": time.perf_counter() - begun,
        }
        return CataloguePlugin.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return described.without(f"Its declaration is not sound: {place}: {first['msg']}.")
    except Exception as error:
        return described.without(f"Its declaration is not sound: {explain(error)}")


def _describe_extension(each: Extension) -> dict[str, Any]:
    described = {"kind": type(each).__name__, "id": each.id, "title": each.title, "modality": each.modality}
    of_kind = {"suffixes": (), "view": "", "version": ""}
    return described | {name: getattr(each, name, other) for name, other in of_kind.items()}


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
