"""Codecs: between items as stored and the views that families model; one module for each modality."""

from studio.core.errors import SettingsError
from studio.core.modality import DataSpec, ImageSpec, TableSpec, TextSpec
from studio.core.spec import Continuous, Tokens
from studio.nn.codec.image import ContinuousImageCodec, TokenImageCodec
from studio.nn.codec.table import TableCodec
from studio.nn.codec.table_tokens import TokenTableCodec
from studio.nn.codec.text import TextCodec, by_length, until_end

__all__ = [
    "ContinuousImageCodec",
    "ImageCodec",
    "TableCodec",
    "TextCodec",
    "TokenImageCodec",
    "TokenTableCodec",
    "by_length",
    "make_codec",
    "until_end",
]

ImageCodec = ContinuousImageCodec | TokenImageCodec


def make_codec(spec: DataSpec, view: Continuous | Tokens) -> ImageCodec | TableCodec | TokenTableCodec | TextCodec:
    """The codec of a modality for a view.

    Raises:
        SettingsError: If the modality has no such view.
    """
    match spec, view:
        case ImageSpec(), Continuous():
            return ContinuousImageCodec(spec, view)
        case ImageSpec(), Tokens():
            return TokenImageCodec(spec, view)
        case TableSpec(), Continuous():
            return TableCodec(spec, view)
        case TableSpec(), Tokens():
            return TokenTableCodec(spec, view)
        case TextSpec(), Tokens():
            return TextCodec(spec, view)
    raise SettingsError(f"There is no view of {spec.modality} data as {type(view).__name__.lower()}.")
