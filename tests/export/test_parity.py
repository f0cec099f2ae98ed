"""What a certificate says, and when it is refused."""

import numpy as np
import pytest
import torch
from torch import nn

from studio.core.manifest import Manifest, scalar_input, steps_input
from studio.core.modality import TableSpec
from studio.core.spec import Continuous
from studio.export import parity
from studio.export.exporter import write_model_file
from studio.export.graph import assemble
from studio.export.parity import _certificate, _view, library_versions, measure_parity
from studio.nn import Sampler, Stage, make_codec
from tests.export.conftest import ConvStep


def certificate(ours, theirs, items=(), tolerance=1e-4):
    return _certificate([(np.float32(ours), np.float32(theirs))], items, tolerance, "CPU")


def test_the_largest_difference_decides():
    assert certificate([0.0, 1.0], [0.0, 1.00005]).passed
    refused = certificate([0.0, 1.0], [0.0, 1.0002])
    assert not refused.passed
    assert refused.max_abs == pytest.approx(2e-4, rel=1e-2)
    assert refused.mean_abs == pytest.approx(1e-4, rel=1e-2)
    assert certificate([0.0, 1.0], [0.0, 1.0002], tolerance=1e-3).passed


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_passes_nowhere(value):
    assert not certificate([value, 1.0], [0.0, 1.0]).passed
    assert not certificate([value, 1.0], [value, 1.0]).passed


def test_the_share_of_levels_that_differ():
    ours, theirs = np.array([[1, 2, 3, 4]], np.uint8), np.array([[1, 2, 3, 5]], np.uint8)
    assert certificate([0.0], [0.0], [(ours, theirs)]).differing == 0.25
    assert certificate([0.0], [0.0]).differing is None


def test_rows_are_compared_where_a_difference_means_the_same_in_every_column():
    spec = TableSpec(shape=(2,), columns=("a", "b"), knots=((0.0, 1e6), (0.0, 1e-6)))
    program = Sampler([], nn.Identity(), codec=make_codec(spec, Continuous()))
    rows = np.array([[5e5, 5e-7]], np.float32)
    moved = rows * np.float32(1.001)
    np.testing.assert_allclose(_view(program, moved) - _view(program, rows), [[9.8e-4, 9.8e-4]], rtol=1e-2)


class Guided(nn.Module):
    def __init__(self, strength=1.0):
        super().__init__()
        self.strength = strength

    def forward(self, x, shift, label):
        return x + self.strength * (shift - 0.1) * (label + 1).reshape(-1, 1, 1, 1)


@pytest.mark.fault("D3")
def test_what_matters_only_off_the_defaults_is_compared_too(build, tmp_path):
    one, other = build([], finish=Guided(1.0)), build([], finish=Guided(-1.0))
    manifest = Manifest(inputs=tuple(one.inputs))
    measured = write_model_file(assemble(one), manifest, tmp_path / "x.onnx", lambda p: measure_parity(other, p))
    assert not measured.passed
    again = write_model_file(assemble(one), manifest, tmp_path / "x.onnx", lambda p: measure_parity(one, p))
    assert again.passed


@pytest.mark.fault("D3")
def test_a_file_that_differs_does_not_pass(build, tmp_path):
    torch.manual_seed(0)
    one, other = build([Stage(ConvStep(), "steps")]), build([Stage(ConvStep(), "steps")])
    measured = write_model_file(
        assemble(one),
        Manifest(inputs=tuple(one.inputs)),
        tmp_path / "x.onnx",
        lambda p: measure_parity(other, p),
    )
    assert not measured.passed
    assert measured.max_abs > 0.01
    assert measured.differing > 0.1


def test_one_sample_at_the_edge_of_its_distribution_is_counted_and_two_are_a_fault():
    from studio.export.parity import _alike

    logits = np.zeros((4, 3)), np.array([[0.0] * 3, [9.0] * 3, [0.0] * 3, [0.0] * 3])
    ours = np.arange(8).reshape(4, 2)
    one, two = ours.copy(), ours.copy()
    one[1] += 1
    two[1:3] += 1
    ((a, b),) = _alike([logits], [(ours, one)])
    assert a.shape == b.shape == (3, 3)
    assert (a == b).all()
    assert _alike([logits], [(ours, two)]) == [logits]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (steps_input(18), 19.0),
        (steps_input(18, 18), 18.0),
        (scalar_input("s", 1.0, 0.0, 20.0), 2.0),
        (scalar_input("s", 1.0, 0.0, 1.5), 1.25),
        (scalar_input("s", 0.0, 0.0, 0.0), 0.0),
    ],
)
def test_numbers_off_their_default_stay_within_their_bounds(entry, expected):
    assert parity._off_default(entry) == expected


def test_nats_are_compared_by_the_dimension_or_by_their_own_size():
    ours, theirs = parity._by_dimension(np.array([-2.0, -800.0]), np.array([-1.0, -804.0]), 4)
    np.testing.assert_allclose(ours - theirs, [-0.25, 0.005])


def test_what_took_part_is_named():
    found = library_versions()
    assert found["torch"] == torch.__version__.split("+")[0] or found["torch"] == torch.__version__
    assert {"python", "onnx", "onnx-ir", "generative-studio"} <= found.keys()
