"""What the items of a data set are: one module for each modality, and the one lookup of them all.

Each room that meets items has a place of the same name for each modality (``find studio -path '*table*'`` lists those
of one): readers in ``data``, codecs in ``nn/codec``, features in ``evaluate``, viewers in ``gui/item``.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from studio.core.modality.column import Column, ColumnKind
from studio.core.modality.image import ImageSpec
from studio.core.modality.spec import Condition, DataSpec, ViewKind
from studio.core.modality.table import TableSpec
from studio.core.modality.text import TextSpec

__all__ = [
    "AnySpec",
    "Column",
    "ColumnKind",
    "Condition",
    "DataSpec",
    "ImageSpec",
    "Modality",
    "TableSpec",
    "TextSpec",
    "ViewKind",
    "modalities_of",
    "read_spec",
]

Modality = Literal["image", "table", "text"]
# A spec in a document; ``modality`` says which, as it always did.
AnySpec = Annotated[ImageSpec | TableSpec | TextSpec, Field(discriminator="modality")]


@cache
def _adapter() -> TypeAdapter[ImageSpec | TableSpec | TextSpec]:
    return TypeAdapter(AnySpec)


def modalities_of(views: Iterable[str]) -> tuple[str, ...]:
    """The modalities that offer one of some views."""
    wanted = set(views)
    specs: tuple[type[ImageSpec] | type[TableSpec] | type[TextSpec], ...] = (ImageSpec, TableSpec, TextSpec)
    return tuple(spec.model_fields["modality"].default for spec in specs if wanted & set(spec.views))


def read_spec(document: Mapping[str, Any]) -> ImageSpec | TableSpec | TextSpec:
    """The spec that a document holds; what else it holds is passed over.

    Raises:
        ValidationError: If there is none, or one of a modality that this studio does not know.
    """
    return _adapter().validate_python(dict(document))
