"""Density maps are measured one after another and kept."""

import time

import numpy as np
import pytest

from studio.core.manifest import Manifest
from studio.core.modality import Column, TableSpec
from studio.desk.density import DensityMap, DensityMaps, has_density

MEASURER = """
import json, sys, time
import numpy as np
if "slow" in sys.argv[1]:
    time.sleep(30)
if "broken" in sys.argv[1]:
    print(json.dumps({"event": "error", "message": "The file is damaged."}))
    sys.exit(1)
out = sys.argv[sys.argv.index("-o") + 1]
np.save(out, np.arange(4.0).reshape(2, 2))
print(json.dumps({"event": "done", "kind": "bound", "written": out}))
"""


@pytest.fixture
def maps(workspace, worker, monkeypatch, tmp_path):
    """Maps whose process is a small one of ours."""
    (tmp_path / "toy_measurer.py").write_text(MEASURER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    make = __import__("studio.desk.density", fromlist=["ChildJob"]).ChildJob
    monkeypatch.setattr("studio.desk.density.ChildJob", lambda place, _, words: make(place, "toy_measurer", words))
    found = DensityMaps(workspace, worker.receiver)
    yield found
    found.close()


def settle(worker, done):
    until = time.monotonic() + 20
    while not done() and time.monotonic() < until:
        worker.settle()
        time.sleep(0.01)
    assert done()


def test_each_is_measured_once_and_a_failure_is_told(maps, worker, tmp_path, workspace):
    good, broken, last = (tmp_path / name / "sample.onnx" for name in ("good", "broken", "last"))
    told = []
    maps.changed.connect(lambda: told.append(1))
    maps.want([good, broken, last])
    settle(worker, lambda: maps.found(last) is not None)
    assert maps.found(good).log_density.tolist() == [[0, 1], [2, 3]]
    assert maps.found(good).words == "density, at least"
    assert maps.found(broken) == DensityMap(None, "The file is damaged.")
    assert maps.progress is None
    before = len(told)
    maps.want([good, last])
    worker.settle()
    assert len(told) == before + 1
    assert list(workspace.folder("jobs").iterdir()) == []


def test_what_is_not_wanted_any_more_is_given_up(maps, worker, tmp_path):
    slow, good = (tmp_path / name / "sample.onnx" for name in ("slow", "good"))
    maps.want([slow])
    maps.want([good])
    settle(worker, lambda: maps.found(good) is not None)
    assert maps.found(slow) is None


def test_a_map_is_turned_where_the_columns_are_exchanged():
    found = DensityMap(np.array([[1, 2], [3, 4]], np.float32), "")
    assert found.over((0, 1)).tolist() == [[1, 2], [3, 4]]
    # Largest x, smallest y: at the right below, and with x upwards at the left above.
    assert found.over((1, 0)).tolist() == [[4, 2], [3, 1]]
    assert found.over((0,)) is None
    assert DensityMap(None, "why").over((0, 1)) is None


def test_models_of_points_with_a_likelihood_have_one(tmp_path):
    columns = tuple(Column(name=name, knots=(0.0, 1.0)) for name in "xy")
    manifest = Manifest(inputs=(), modality="table", shape=(2,), columns=columns)
    assert not has_density(tmp_path / "sample.onnx", manifest)
    (tmp_path / "log_prob.onnx").write_bytes(b"")
    assert has_density(tmp_path / "sample.onnx", manifest)
    gaps = manifest.model_copy(update={"columns": (columns[0], columns[1].model_copy(update={"missing": True}))})
    assert not has_density(tmp_path / "sample.onnx", gaps)
    assert not has_density(tmp_path / "sample.onnx", Manifest(inputs=(), shape=(4, 4, 1)))
    assert TableSpec(shape=(2,), columns=columns).is_plane
