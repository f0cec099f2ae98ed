"""What a trial learned, and the words for what is no item."""

import numpy as np
import pytest
import torch

from studio.api import Continuous, ImageSpec
from studio.nn import make_codec
from studio.testing import toy_data
from studio.testing.learned import check_items, differing, draw, learned_of, words_of
from tests.testing.toys import Toy, contract_of, learned

SPEC = ImageSpec(shape=(2, 2, 1))


def test_what_a_trial_learned(tmp_path):
    trial = contract_of(Toy()).trial(tmp_path, steps=6, validate_every=2)
    trial.train()
    made = learned_of(trial)
    assert made.spec == trial.dataset.spec
    assert tuple(made.items.shape) == (3, 8, 8, 1)
    assert made.labels == tuple(trial.dataset.labels[[7, 15, 23]].tolist())
    assert made.losses == tuple(trial.curve("validation.loss"))
    assert len(made.losses) == 3
    assert made.unmoved == ()


def test_samples_are_drawn_as_the_service_draws_them(workspace):
    made = learned(Toy(), workspace)
    drawn = draw(made.sampler(), 7, [0, 1], [0, 1])
    assert words_of(drawn.output) == "uint8 (2, 8, 8, 1)"
    assert torch.equal(draw(made.sampler(), 7, [1], [1]).output, drawn.output[1:])


def test_items_are_items():
    check_items(torch.zeros(3, 2, 2, 1, dtype=torch.uint8), SPEC, 3, "It")
    check_items(np.zeros((3, 2, 2, 1), np.uint8), SPEC, 3, "It")


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (
            torch.zeros(3, 2, 2, 1),
            r"^It gives float32 \(3, 2, 2, 1\), and 3 items of the data are uint8 \(3, 2, 2, 1\)",
        ),
        (np.zeros((3, 2, 1), np.uint8), r"It gives uint8 \(3, 2, 1\), and 3 items"),
        (torch.zeros(2, 2, 2, 1, dtype=torch.uint8), r"It gives uint8 \(2, 2, 2, 1\)"),
    ],
)
def test_what_is_no_item(items, said):
    with pytest.raises(AssertionError, match=said):
        check_items(items, SPEC, 3, "It")


def test_rows_are_finite(workspace):
    spec = toy_data(workspace, "table").spec
    check_items(torch.zeros(1, 2), spec, 1, "It")
    with pytest.raises(AssertionError, match="It gives numbers that are not finite; look for a division"):
        check_items(torch.tensor([[0.0, torch.inf]]), spec, 1, "It")


def test_what_differs_by_more_than_rounding(workspace):
    codec = make_codec(SPEC, Continuous())
    grey = torch.full((1, 2, 2, 1), 100, dtype=torch.uint8)
    assert differing(grey, grey + 1, codec) == 0.0
    other = grey.clone()
    other[0, 0, 0, 0] = 98
    assert differing(grey, other.numpy(), codec) == 0.25
    table = toy_data(workspace, "table")
    rows = torch.from_numpy(table.items[:1].copy())
    codec = make_codec(table.spec, Continuous())
    assert differing(rows, rows * (1 + 1e-6), codec) == 0.0
    assert differing(rows, rows + torch.tensor([0.0, 5.0]), codec) == 0.5
