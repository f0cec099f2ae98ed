"""A table of which there are eighteen different rows, so that all of them can be counted."""

import itertools

import torch

from studio.core.modality import Column, TableSpec

__all__ = ["SPEC", "every_row"]

SPEC = TableSpec(
    shape=(3,),
    columns=(
        Column(name="a", kind="category", categories=("x", "y", "z")),
        Column(name="b", kind="whole", step=1.0, knots=(0.5, 2.5)),
        Column(name="c", kind="boolean", categories=("no", "yes"), missing=True),
    ),
)


def every_row():
    """The symbols of all rows, int64 (18, 3)."""
    return torch.tensor(list(itertools.product(range(3), range(2), range(3))))
