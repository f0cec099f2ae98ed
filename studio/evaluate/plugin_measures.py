"""What plugins bring to the judge: sets of features and metrics, each computed in a process of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.core.errors import PluginError
from studio.core.estimate import Estimate
from studio.core.modality import DataSpec
from studio.evaluate.features import Features, Items, Progress
from studio.evaluate.resampling import parts
from studio.hooks.child import ask
from studio.hooks.installed import read_catalogue
from studio.store.evaluation import FeatureReport, Measure
from studio.store.switches import plugins_off

__all__ = ["PluginFeatures", "PluginMetric", "plugin_features", "plugin_metrics"]

_LONGEST_S = 3600.0
_PARTS = 20


def _ask(distribution: str, title: str, words: Sequence[str]) -> dict[str, Any]:
    try:
        answer = dict(ask(["--distribution", distribution, *words], timeout_s=_LONGEST_S))
    except PluginError as error:
        raise PluginError(f"'{title}' of {distribution}: {error}") from None
    if answer.get("failed"):
        raise PluginError(f"'{title}' of {distribution} failed: {answer['failed']}")
    return answer


@dataclass(frozen=True)
class PluginFeatures:
    """A plugin's set of features.

    Attributes:
        distribution: The distribution that brings it.
        id: Its id.
        title: What the plugin calls it.
        version: What tells two of one name apart; the plugin's version is part of it.
    """

    distribution: str
    id: str
    title: str
    version: str

    @property
    def name(self) -> str:
        """What people read."""
        return f"{self.title} of {self.distribution}"

    def extract(self, items: Items, on_progress: Progress = lambda *_: None) -> Features:
        """Items as stored, (N, ...), to features, float32 (N, D).

        Raises:
            PluginError: If the plugin fails.
        """
        on_progress(0, len(items))
        with tempfile.TemporaryDirectory(prefix="studio-features-") as place:
            source, out = Path(place) / "items.npy", Path(place) / "features.npy"
            np.save(source, items)
            _ask(self.distribution, self.title, ["--extract", self.id, str(source), str(out)])
            found: Features = np.load(out, allow_pickle=False)
        on_progress(len(items), len(items))
        return found


@dataclass(frozen=True)
class PluginMetric:
    """A plugin's metric; the attributes are those of ``PluginFeatures``."""

    distribution: str
    id: str
    title: str
    version: str

    def report(self, samples: Items, held_out: Items, floor: Items, seed: int) -> FeatureReport:
        """The number beside its floor, both with their intervals.

        Args:
            samples: The samples as stored, (N, ...).
            held_out: Held-out items, (M, ...).
            floor: Other real items, (N, ...).
            seed: Seed of the parts on which it is measured again.

        Raises:
            PluginError: If the plugin fails.
        """
        with tempfile.TemporaryDirectory(prefix="studio-metric-") as place:
            source = Path(place) / "items.npz"
            arrays: dict[str, Any] = {"samples": samples, "held_out": held_out, "floor": floor}
            number = 0
            for share in (2, 4):
                one = parts(len(held_out), share, _PARTS, 4 * seed + share)
                other = parts(min(len(samples), len(floor)), share, _PARTS, 4 * seed + share + 1)
                for rows, others in zip(one, other, strict=True):
                    arrays |= {f"rows-{number}": rows.numpy(), f"others-{number}": others.numpy()}
                    number += 1
            np.savez(source, **arrays)
            answer = _ask(self.distribution, self.title, ["--measure", self.id, str(source)])
        try:
            value, base = (self._estimate(values) for values in answer["values"])
        except (KeyError, TypeError, ValueError):
            raise PluginError(f"'{self.title}' of {self.distribution} gave no numbers.") from None
        measure = Measure(
            name=self.title,
            value=value.value,
            interval=value.interval(),
            floor=base.value,
            floor_interval=base.interval(),
            halves=tuple(value.halves.tolist()),
            quarters=tuple(value.quarters.tolist()),
        )
        return FeatureReport(name=self.distribution, version=self.version, dims=0, measures=(measure,))

    @staticmethod
    def _estimate(values: Sequence[float]) -> Estimate:
        known = np.array(values, np.float64)
        if known.shape != (1 + 2 * _PARTS,):
            raise ValueError("another count of values")
        return Estimate(float(known[0]), known[1 : 1 + _PARTS], known[1 + _PARTS :])


def _brought(kind: str, spec: DataSpec, workspace: Path) -> list[tuple[str, str, str, str]]:
    catalogue = read_catalogue(off=plugins_off(workspace))
    return [
        (plugin.distribution, each.id, each.title, f"{each.version} of {plugin.version}")
        for plugin, each in catalogue.extensions(kind)
        if each.modality == spec.modality
    ]


def plugin_features(spec: DataSpec, workspace: Path) -> list[PluginFeatures]:
    """The sets of features that plugins which are on bring for some data."""
    return [PluginFeatures(*each) for each in _brought("Features", spec, workspace)]


def plugin_metrics(spec: DataSpec, workspace: Path) -> list[PluginMetric]:
    """The metrics that plugins which are on bring for some data."""
    return [PluginMetric(*each) for each in _brought("Metric", spec, workspace)]
