"""Data sets that can be learned in seconds."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError
from studio.core.modality import AnySpec, Column, ImageSpec, TableSpec, TextSpec
from studio.core.modality.text import BYTES
from studio.data.dataset import Dataset, open_dataset
from studio.data.text.tokenizer import TextTokenizer, learn_tokenizer
from studio.store.atomic import new_folder
from studio.store.dataset import SOURCES, SPLITS, DatasetDocument, write_dataset_document
from studio.store.workspace import Workspace

__all__ = ["toy_data", "toy_dataset", "toy_mixed_table", "toy_pairs", "toy_table", "toy_texts"]

_WORDS = ("ab", "xyz", "m")


def toy_data(workspace: Workspace, modality: str, classes: int = 2, odd: bool = False) -> Dataset:
    """A data set of a modality that can be learned in seconds.

    Args:
        workspace: Where it is put.
        modality: What its items are.
        classes: Number of classes; 0 for an unlabelled data set.
        odd: Of a shape that divides by nothing, in which an axis taken for another is seen; of a table, with columns
            of every kind and missing cells; of texts, of tokens that stand for several bytes.

    Raises:
        DataError: If there is none of that modality.
    """
    match modality:
        case "image":
            return toy_dataset(workspace, (9, 5, 3) if odd else (8, 8, 1), classes)
        case "table":
            return toy_mixed_table(workspace, classes) if odd else toy_table(workspace, 2, classes)
        case "text":
            return toy_texts(workspace, classes, 270 if odd else BYTES)
    raise DataError(f"There is no toy data of the modality '{modality}'.")


def toy_dataset(
    workspace: Workspace, shape: tuple[int, int, int] = (8, 8, 1), classes: int = 2, count: int = 96
) -> Dataset:
    """A data set that can be learned in seconds: a bright square whose corner is told by the class.

    Args:
        workspace: Where it is put.
        shape: Shape of an item (H, W, C).
        classes: Number of classes; 0 for an unlabelled data set.
        count: Number of items.
    """
    generator = np.random.default_rng(0)
    height, width, _ = shape
    items = generator.integers(0, 60, (count, *shape)).astype(np.uint8)
    # Shifted by one every eight items, so that every class is among the eighth items that are held out.
    corners = (np.arange(count) + np.arange(count) // 8) % max(1, classes)
    for item, corner in zip(items, corners, strict=True):
        top, left = (corner % 2) * (height // 2), (corner // 2 % 2) * (width // 2)
        item[top : top + (height + 1) // 2, left : left + (width + 1) // 2] += np.uint8(180)
    labels = corners.astype(np.int64) if classes else np.full(count, -1, np.int64)
    spec = ImageSpec(shape=shape, classes=_names(classes))
    return _write(workspace, f"toy-{'x'.join(map(str, shape))}-{classes}", spec, items, labels)


def toy_table(workspace: Workspace, columns: int = 2, classes: int = 2, count: int = 96) -> Dataset:
    """A table that can be learned in seconds: a cloud of points for each class, in columns of different units.

    Args:
        workspace: Where it is put.
        columns: Number of columns.
        classes: Number of classes; 0 for an unlabelled data set.
        count: Number of rows.
    """
    generator = np.random.default_rng(0)
    clouds = (np.arange(count) + np.arange(count) // 8) % max(1, classes)
    units = 10.0 ** np.arange(columns)
    rows = (clouds[:, None] * 4.0 + generator.normal(size=(count, columns))) * units
    items = rows.astype(np.float32)
    described = [
        Column(name=f"column {index}", knots=tuple(np.quantile(cells, (0.0, 0.5, 1.0)).tolist()))
        for index, cells in enumerate(items.T)
    ]
    spec = TableSpec(shape=(columns,), classes=_names(classes), columns=tuple(described))
    labels = clouds.astype(np.int64) if classes else np.full(count, -1, np.int64)
    return _write(workspace, f"toy-table-{columns}-{classes}", spec, items, labels)


def toy_mixed_table(workspace: Workspace, classes: int = 2, count: int = 96) -> Dataset:
    """A table with a column of every kind, cells that are missing, and a dependence of each on a hidden number.

    Args:
        workspace: Where it is put.
        classes: Number of classes; 0 for an unlabelled data set.
        count: Number of rows.
    """
    generator = np.random.default_rng(0)
    labels = (np.arange(count) + np.arange(count) // 8) % max(1, classes)
    hidden = labels + generator.random(count)
    high = hidden / (1.0 + max(1, classes))
    cells = {
        "length": hidden * 10.0 + generator.normal(size=count),
        "rooms": np.rint(1.0 + 7.0 * high),
        "colour": np.floor(3.0 * high),
        "sold": (high > 0.5).astype(np.float64),
        "day": np.rint(1000.0 * high),
    }
    for name in ("length", "colour"):
        cells[name][generator.random(count) < 0.1] = np.nan
    ends = {name: (float(np.nanmin(values)), float(np.nanmax(values))) for name, values in cells.items()}
    whole = {name: (low - 0.5, 0.5 * (low + high), high + 0.5) for name, (low, high) in ends.items()}
    columns = (
        Column(name="length", knots=ends["length"], missing=True),
        Column(name="rooms", kind="whole", step=1.0, knots=whole["rooms"]),
        Column(name="colour", kind="category", categories=("red", "green", "blue"), missing=True),
        Column(name="sold", kind="boolean", categories=("no", "yes")),
        Column(name="day", kind="date", origin="2020-01-01", step=1.0, knots=whole["day"]),
    )
    spec = TableSpec(shape=(5,), classes=_names(classes), columns=columns)
    items = np.stack(list(cells.values()), axis=1).astype(np.float32)
    known = labels.astype(np.int64) if classes else np.full(count, -1, np.int64)
    return _write(workspace, f"toy-mixed-table-{classes}", spec, items, known)


def toy_texts(workspace: Workspace, classes: int = 2, vocabulary: int = BYTES, count: int = 96) -> Dataset:
    """Texts that can be learned in seconds: one to three times a word that is told by the class.

    Args:
        workspace: Where it is put.
        classes: Number of classes; 0 for an unlabelled data set.
        vocabulary: Tokens of their tokenizer.
        count: Number of items.
    """
    generator = np.random.default_rng(0)
    labels = (np.arange(count) + np.arange(count) // 8) % max(1, classes)
    words = [" ".join([_WORDS[label % len(_WORDS)]] * generator.integers(1, 4)) for label in labels]
    tokenizer = learn_tokenizer(words, vocabulary)
    encoder = TextTokenizer(TextSpec(shape=(2,), tokenizer=tokenizer))
    tokens = encoder.tokens_of(words)
    spec = TextSpec(shape=(max(map(len, tokens)) + 1,), classes=_names(classes), tokenizer=tokenizer)
    items = np.full((count, *spec.shape), spec.end, np.int16)
    for item, numbers in zip(items, tokens, strict=True):
        item[: len(numbers)] = numbers
    known = labels.astype(np.int64) if classes else np.full(count, -1, np.int64)
    return _write(workspace, f"toy-texts-{classes}-{vocabulary}", spec, items, known)


def toy_pairs(workspace: Workspace, count: int = 192) -> Dataset:
    """Pairs that can be learned in seconds: a few letters, and the same letters the other way round.

    Args:
        workspace: Where it is put.
        count: Number of pairs.
    """
    generator = np.random.default_rng(0)
    sources = ["".join(generator.choice(list("abc"), generator.integers(1, 4))) for _ in range(count)]
    tokenizer = learn_tokenizer((), BYTES)
    spec = TextSpec(shape=(4,), tokenizer=tokenizer, source_length=4)
    encoder = TextTokenizer(spec)
    both = [np.full((count, 4), spec.end, np.int16) for _ in range(2)]
    for array, texts in zip(both, (sources, [source[::-1] for source in sources]), strict=True):
        for row, numbers in zip(array, encoder.tokens_of(texts), strict=True):
            row[: len(numbers)] = numbers
    labels = np.full(count, -1, np.int64)
    return _write(workspace, "toy-pairs", spec, both[1], labels, both[0])


def _names(classes: int) -> tuple[str, ...]:
    return tuple(f"class {index}" for index in range(classes))


def _write(
    workspace: Workspace,
    id: str,
    spec: AnySpec,
    items: npt.NDArray[Any],
    labels: npt.NDArray[np.int64],
    sources: npt.NDArray[Any] | None = None,
) -> Dataset:
    """Write a data set whose every eighth item is held out for validation."""
    count = len(items)
    splits = (np.arange(count) % 8 == 7).astype(np.uint8)
    folder = workspace.folder("datasets") / id
    with new_folder(folder) as unfinished:
        np.save(unfinished / "items.npy", items)
        if sources is not None:
            np.save(unfinished / SOURCES, sources)
        np.save(unfinished / "labels.npy", labels)
        np.save(unfinished / "splits.npy", splits)
        (unfinished / "rejects.csv").write_text("name,reason\n")
        write_dataset_document(
            unfinished,
            DatasetDocument(
                id=folder.name,
                name=folder.name,
                spec=spec,
                count=count,
                splits={name: int((splits == index).sum()) for index, name in enumerate(SPLITS)},
                class_counts=tuple(np.bincount(labels).tolist()) if spec.classes else (),
                fingerprint=folder.name,
            ),
        )
    return open_dataset(folder)
