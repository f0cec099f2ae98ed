"""Makes a run of what a person asks for, once everything that can be checked without torch is checked."""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from studio.core.bounded import LONGEST_NAME
from studio.core.device import resolve_device
from studio.core.errors import DataError, SettingsError
from studio.core.modality import DataSpec
from studio.core.noise import MAX_SEED
from studio.core.settings import extension_names
from studio.hooks.catalogue import EXTENSION_SETTINGS, Catalogue, CatalogueFamily
from studio.hooks.installed import installed_plugins, validate_settings
from studio.store.dataset import find_dataset
from studio.store.run import RunDocument, create_run, free_name
from studio.store.workspace import Workspace

__all__ = ["RunRequest", "default_preset", "make_all", "make_run", "merge_settings"]

_LENGTHS = ("train.steps", "train.minutes")


@dataclass(frozen=True)
class RunRequest:
    """What a person wants to train.

    Attributes:
        dataset: Id or name of the data set.
        family: Id of the family.
        preset: Name of a preset; empty for the one that suits the device.
        values: Settings that are not the preset's, by key; the studio's own begin with ``train.``.
        seed: Seed of weights, order and noise.
        device: ``auto``, ``cpu`` or ``cuda:N``.
        name: Name of the run; empty for family and data set. It gets a number where another run has it.
        lane: Runs of one lane are trained one after another, those of different lanes side by side; empty for the lane
            of the device.
    """

    dataset: str
    family: str
    preset: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    device: str = "auto"
    name: str = ""
    lane: str = ""


def default_preset(presets: Collection[str], device: str) -> str:
    """The name of the preset that suits a device, of those for some data; empty where there is none."""
    kind = "gpu" if device.startswith("cuda") and "gpu" in presets else "cpu"
    return kind if kind in presets else ""


def merge_settings(family: CatalogueFamily, spec: DataSpec, preset: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a preset for some data, with a person's own over them.

    Raises:
        SettingsError: If there is no such preset.
    """
    presets = family.presets_for(spec)
    if preset and preset not in presets:
        known = ", ".join(presets) or "none"
        raise SettingsError(f"There is no preset '{preset}'; the family '{family.id}' has {known}.")
    merged = dict(presets[preset].settings) if preset else {}
    if any(values.get(key) is not None for key in _LENGTHS):
        # A length that the person gives replaces the preset's, in whichever unit that is.
        for key in _LENGTHS:
            merged.pop(key, None)
    return {**merged, **values}


def make_all(workspace: Workspace, request: RunRequest) -> list[Path]:
    """Make a run of every family that can model the data, alike in all but the family.

    Args:
        workspace: The workspace.
        request: The request; its family and preset do not count, and its name is put before each family's.

    Returns:
        The runs' folders, none of them queued yet.

    Raises:
        StudioError: If one of them does not fit; then none is made.
    """
    _, document = find_dataset(workspace, request.dataset)
    catalogue = installed_plugins(workspace)
    made: list[Path] = []
    try:
        for family in catalogue.families:
            if not family.why_not_offered(document.spec):
                name = f"{request.name.strip()} {family.id}".strip() if request.name.strip() else ""
                made.append(make_run(workspace, replace(request, family=family.id, preset="", name=name)))
    except Exception:
        for folder in made:
            shutil.rmtree(folder)
        raise
    if not made:
        raise SettingsError(f"No installed family models {document.spec.modality} data.")
    return made


def _metrics_for(catalogue: Catalogue, spec: DataSpec) -> tuple[str, ...]:
    """Distributions that bring metrics for some data."""
    brought = catalogue.extensions("Metric")
    return tuple(dict.fromkeys(plugin.distribution for plugin, each in brought if each.modality == spec.modality))


def _check_extensions(catalogue: Catalogue, train: Mapping[str, Any], spec: DataSpec) -> None:
    """Check that installed plugins bring what the settings of a run name, for such data.

    Raises:
        SettingsError: If one does not.
    """
    for key, kind in EXTENSION_SETTINGS.items():
        most = 1 if key == "codec" else 32
        there = {(plugin.distribution, each.id): each for plugin, each in catalogue.extensions(kind)}
        names = extension_names(str(train.get(key, "")))
        if len(names) > most:
            raise SettingsError(f"train.{key} names {len(names)} of them; a run takes at most {most}.")
        for package, id in names:
            found = there.get((package, id))
            if found is None:
                known = ", ".join(f"{other}:{each}" for other, each in there) or "none"
                raise SettingsError(f"train.{key}: no plugin that is on brings '{package}:{id}'; there are {known}.")
            if found.modality != spec.modality:
                raise SettingsError(f"train.{key}: '{package}:{id}' is for {found.modality} data, not {spec.modality}.")


def make_run(workspace: Workspace, request: RunRequest) -> Path:
    """Check a request and make the run.

    Returns:
        The run's folder; it is not queued yet.

    Raises:
        StudioError: One sentence on what does not fit.
    """
    _, document = find_dataset(workspace, request.dataset)
    catalogue = installed_plugins(workspace)
    family = catalogue.family(request.family)
    if reason := family.why_not_offered(document.spec):
        raise SettingsError(f"The family '{family.id}' {reason}.")
    if document.splits.get("train") == 0:
        raise DataError(f"The data set '{document.name}' has test items only; add its training files too.")
    if not 0 <= request.seed <= MAX_SEED:
        raise SettingsError(f"The seed must lie between 0 and {MAX_SEED}, not {request.seed}.")
    if len(request.name) > LONGEST_NAME:
        raise SettingsError(f"The name of the run is longer than {LONGEST_NAME} characters; choose a shorter one.")
    device = resolve_device(request.device)
    preset = request.preset or default_preset(family.presets_for(document.spec), device)
    plugin = catalogue.plugin_of(family.id)
    values = merge_settings(family, document.spec, preset, request.values)
    train, settings = validate_settings(family.id, plugin.distribution, values)
    _check_extensions(catalogue, train, document.spec)
    return create_run(
        workspace,
        RunDocument(
            id="",
            name=free_name(workspace, " ".join(request.name.split()) or f"{family.id} on {document.name}"),
            dataset=document.id,
            dataset_name=document.name,
            fingerprint=document.fingerprint,
            spec=document.spec,
            splits=document.splits,
            licence=document.licence,
            family=family.id,
            distribution=plugin.distribution,
            plugin_version=plugin.version,
            observers=tuple(dict.fromkeys(each.distribution for each in catalogue.plugins if each.observes)),
            metrics=_metrics_for(catalogue, document.spec),
            preset=preset,
            train=train,
            settings=settings,
            seed=request.seed,
            device=device,
            lane=request.lane,
            created=time.time(),
        ),
    )
