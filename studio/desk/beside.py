"""Which models can stand beside one another by their samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.core.modality import DataSpec, TableSpec, TextSpec
from studio.core.words import number_of
from studio.desk.subject import Subject

__all__ = ["Beside", "stand_beside"]


_MAKES = {"image": "pictures", "table": "rows of the same columns", "text": "texts of their own"}


@dataclass(frozen=True)
class Beside:
    """Models that stand beside one another.

    Attributes:
        subjects: The models.
        spec: The columns that they have in common where they make rows; None where each is shown by itself.
        left_out: Which models do not, and why, as one sentence; empty for none.
    """

    subjects: tuple[Subject, ...] = ()
    spec: TableSpec | None = None
    left_out: str = ""


def stand_beside(subjects: Sequence[Subject]) -> Beside:
    """The models that make what the first of them makes: pictures, texts, or rows of the same columns."""
    if not subjects:
        return Beside()
    first = subjects[0].manifest.spec
    shown = tuple(subject for subject in subjects if _kind(subject.manifest.spec) == _kind(first))
    others = [subject.name for subject in subjects if subject not in shown]
    translates = first is not None and bool(first.source_shape)
    makes = "translations" if translates else _MAKES[first.modality if first is not None else "image"]
    do = "does" if len(others) == 1 else "do"
    text = f"{number_of(len(others), 'model')} {do} not make {makes} and {do} not stand here: {', '.join(others)}."
    return Beside(shown, first if isinstance(first, TableSpec) else None, text if others else "")


def _kind(spec: DataSpec | None) -> object:
    if isinstance(spec, TableSpec):
        return tuple((column.name, column.kind, column.categories) for column in spec.columns)
    if isinstance(spec, TextSpec):
        return spec.modality, bool(spec.source_shape)
    return spec.modality if spec is not None else "image"
