"""What plugins bring to the judge: beside its own numbers, with floor and interval; one that fails is a note."""

import numpy as np
import pytest

from studio.core.modality import ImageSpec, TableSpec
from studio.evaluate.evaluation import evaluate_files
from studio.evaluate.plugin_measures import plugin_features, plugin_metrics
from tests.evaluate.conftest import REQUEST
from tests.evaluate.copying import copier
from tests.hooks.conftest import install, site, source

__all__ = ["install", "site", "source"]

CODE = """
import numpy as np

from studio.api import Features, Metric, hookimpl


def rows(items):
    return items.reshape(len(items), -1)[:, :8]


def brightness(samples, real):
    return abs(float(samples.mean()) - float(real.mean()))


def broken(*words):
    raise RuntimeError("no luck")


def fatal(*words):
    import os

    os._exit(3)


class Plugin:
    @hookimpl
    def studio_features(self):
        return [Features("rows", "First pixels", "image", "2", extract=rows),
                Features("broken", "Broken", "image", extract=broken)]

    @hookimpl
    def studio_metrics(self):
        return [Metric("brightness", "Brightness gap", "image", measure=brightness),
                Metric("fatal", "Fatal", "image", measure=fatal)]


plugin = Plugin()
"""


@pytest.fixture
def brought(install, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    install("mine", CODE)


def test_they_are_offered_for_their_modality(brought, tmp_path):
    image, table = ImageSpec(shape=(4, 4, 1)), TableSpec(shape=(1,), columns=("x",))
    assert [each.name for each in plugin_features(image, tmp_path)] == ["First pixels of mine", "Broken of mine"]
    assert [each.id for each in plugin_metrics(image, tmp_path)] == ["brightness", "fatal"]
    assert plugin_features(table, tmp_path) == plugin_metrics(table, tmp_path) == []


def test_the_judge_says_their_numbers_beside_its_own(brought, bare, hasty, tmp_path):
    dataset, folder = bare
    items, labels = dataset.batch(dataset.indices("train"))
    file = copier(tmp_path / "copier.onnx", items, labels, dataset.spec.classes)
    (found,) = evaluate_files(folder, [file], REQUEST)
    names = [entry.name for entry in found.report.features]
    assert names[-2:] == ["First pixels of mine", "mine"]
    first, metric = found.report.features[-2:]
    assert (first.version, first.dims) == ("2 of 1.0", 8)
    assert len(first.measures) == 6
    (number,) = metric.measures
    assert number.name == "Brightness gap"
    assert number.interval[0] <= number.value <= number.interval[1]
    assert number.floor_interval[0] <= number.floor <= number.floor_interval[1]
    assert np.isfinite([number.value, number.floor]).all()
    notes = " ".join(found.report.notes)
    assert "'Broken' of mine failed: RuntimeError: no luck." in notes
    assert "'Fatal' of mine: It ends the process that imports it (exit code 3)." in notes
