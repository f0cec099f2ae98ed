"""The density of a model of points is measured over the plane that pictures show."""

import json
import subprocess
import sys

import numpy as np
import pytest
from onnx import TensorProto, helper

from studio.core.errors import ModelError
from studio.core.manifest import items_input, noise_input
from studio.core.modality import Column, TableSpec
from studio.evaluate.density import plane_density
from tests.evaluate.conftest import constant, save

SPEC = TableSpec(shape=(2,), columns=(Column(name="x", knots=(-2.0, 2.0)), Column(name="y", knots=(0.0, 1.0))))


@pytest.fixture
def plane_file(tmp_path):
    """Log density -(x - 1)^2 - y^2, and a bound that lies below it by the square of its noise."""

    def make(noisy=False, draws="weights", spec=SPEC, name="log_prob.onnx"):
        inputs = [helper.make_tensor_value_info("items", TensorProto.FLOAT, ["N", 2])]
        nodes = [
            helper.make_node("Sub", ["items", "centre"], ["error"]),
            helper.make_node("Mul", ["error", "error"], ["square"]),
            helper.make_node("ReduceSum", ["square", "one"], ["far"], keepdims=0),
            helper.make_node("Neg", ["far"], ["exact" if noisy else "log_prob"]),
        ]
        described = [items_input(spec)]
        if noisy:
            inputs.append(helper.make_tensor_value_info("noise", TensorProto.FLOAT, ["N", 1]))
            described.append(noise_input((1,)))
            nodes += [
                helper.make_node("Mul", ["noise", "noise"], ["gaps"]),
                helper.make_node("ReduceSum", ["gaps", "one"], ["gap"], keepdims=0),
                helper.make_node("Sub", ["exact", "gap"], ["log_prob"]),
            ]
        constants = [constant("centre", [1.0, 0.0]), constant("one", [1], np.int64)]
        kind = "bound" if noisy else "exact"
        values = {"modality": "table", "shape": (2,), "columns": spec.columns}
        return save(tmp_path / name, nodes, inputs, constants, described, kind, draws, **values)

    return make


def exact(side):
    points = SPEC.plane(side).astype(np.float64)
    return -np.square(points - (1.0, 0.0)).sum(1).reshape(side, side)


def test_an_exact_density_has_its_first_row_at_the_top(plane_file):
    seen = []
    density, kind = plane_density(plane_file(), 8, on_progress=lambda *now: seen.append(now))
    assert kind == "exact"
    np.testing.assert_allclose(density, exact(8), atol=1e-5)
    assert seen[-1] == (64, 64)
    # The highest row has the largest y, which is far from the centre; to the right x comes nearer to it.
    assert density[0, 5] < density[-1, 5]
    assert density[0, 0] < density[0, 5]
    points = SPEC.plane(8)
    assert points[0, 1] > points[-1, 1]
    assert points[0, 0] < points[7, 0]


@pytest.mark.parametrize("draws", ["weights", "terms"])
def test_a_bound_has_the_same_noise_at_every_point(plane_file, draws):
    density, kind = plane_density(plane_file(True, draws), 6, 5)
    assert kind == "bound"
    below = exact(6) - density
    assert below.min() > 0
    np.testing.assert_allclose(below, below[0, 0], atol=1e-5)


def test_what_is_no_plane_is_refused(plane_file):
    rows = TableSpec(shape=(2,), columns=(SPEC.columns[0], Column(name="c", kind="category", categories=("a",))))
    with pytest.raises(ModelError, match="does not give the likelihood of points"):
        plane_density(plane_file(spec=rows))
    with pytest.raises(ModelError, match=r"none\.onnx"):
        plane_density(plane_file().with_name("none.onnx"))


def test_its_process_writes_the_map(plane_file, tmp_path):
    command = [sys.executable, "-m", "studio.evaluate.density", str(plane_file()), "--provider", "cpu", "-o"]
    out = subprocess.run([*command, str(tmp_path / "map.npy")], capture_output=True, text=True, timeout=60, check=True)
    last = json.loads(out.stdout.splitlines()[-1])
    assert last == {"event": "done", "kind": "exact", "written": str(tmp_path / "map.npy")}
    assert np.load(tmp_path / "map.npy").shape == (96, 96)
