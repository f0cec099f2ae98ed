"""Opens texts, whatever files they lie in."""

from __future__ import annotations

from pathlib import Path

from studio.core.errors import DataError
from studio.data.source import TableFile, TextFiles
from studio.data.table.open_table import open_table
from studio.data.table.text_format import TextFormat
from studio.data.text.column_passages import ColumnPassages
from studio.data.text.paired_files import PairedFiles
from studio.data.text.passages import FilePassages, Passages
from studio.data.text.request import TextRequest
from studio.data.tree import arrange

__all__ = ["open_texts"]


def open_texts(source: TextFiles | TableFile, request: TextRequest, format: TextFormat) -> Passages:
    """Open texts.

    Args:
        source: Where they lie.
        request: What is asked of them.
        format: How a table is written where it is text; what is empty is found.

    Raises:
        DataError: If a file is damaged, or holds no text.
    """
    if isinstance(source, TableFile):
        return ColumnPassages(open_table(source, format), source.name, request)
    if request.source:
        if len(source.paths) != 1:
            raise DataError("Give two files of text, one of sources and one of targets, whose lines belong together.")
        return PairedFiles(Path(request.source), source.paths[0], request.encoding)
    homes = list(arrange(source.names, source.wraps))
    return FilePassages(source.paths, source.names, homes, request)
