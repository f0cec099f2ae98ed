"""Opens the data sets that ship with the studio: digits, points that are drawn on the spot, and Fisher's irises."""

from __future__ import annotations

import io

import numpy as np

from studio.core.errors import DataError
from studio.core.resources import resource
from studio.data.array import ArrayPart
from studio.data.array_file import open_arrays
from studio.data.request import EXAMPLES
from studio.data.split import TRAIN
from studio.data.table.points import EXAMPLE_COUNT, POINTS, draw_points

__all__ = ["open_example"]

_DIGITS_LICENCE = "MNIST, LeCun, Cortes and Burges, CC BY-SA 3.0"
_IRIS = "iris"
_IRIS_LICENCE = "Iris, R. A. Fisher 1936, UCI Machine Learning Repository, CC BY 4.0"


def open_example(name: str) -> tuple[list[ArrayPart], str]:
    """The arrays of an example, and its licence note.

    Args:
        name: Its name, without ``example:``.

    Raises:
        DataError: If there is no such one, or the installation lacks its file.
    """
    if name in POINTS:
        return [_points(name)], ""
    if name == _IRIS:
        return [_irises()], _IRIS_LICENCE
    if name not in EXAMPLES:
        raise DataError(f"There is no example '{name}'; there are {', '.join(EXAMPLES)}.")
    try:
        return open_arrays(resource("digits.npz")), _DIGITS_LICENCE
    except FileNotFoundError:
        raise DataError("The example digits are missing from this installation; install the studio again.") from None


def _points(name: str) -> ArrayPart:
    rows, labels = draw_points(name, EXAMPLE_COUNT, seed=0)
    data = np.ascontiguousarray(rows).tobytes()
    return ArrayPart(name, rows.shape, rows.dtype, lambda: io.BytesIO(data), labels, TRAIN, ("x", "y"))


def _irises() -> ArrayPart:
    """150 flowers of three species by four lengths in centimetres, as scikit-learn brings them."""
    from sklearn.datasets import load_iris

    found = load_iris()
    rows = np.ascontiguousarray(found.data, np.float64)
    labels = np.array(found.target_names)[found.target].astype(str)
    names = tuple(str(name).removesuffix(" (cm)") for name in found.feature_names)
    return ArrayPart(_IRIS, rows.shape, rows.dtype, lambda: io.BytesIO(rows.tobytes()), labels, TRAIN, names)
