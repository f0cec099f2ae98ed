"""The verbs ``studio data add | list | show | remove``, beside which ``exclude`` lies in a file of its own."""

from __future__ import annotations

import argparse
import csv
import itertools
import os
from typing import Any

from pydantic import ValidationError

from studio.cli.exclusion import add_verb as add_exclusion
from studio.cli.terminal import Terminal, plain
from studio.core.errors import SettingsError, WorkspaceError
from studio.core.event import ImportDone
from studio.core.modality import TableSpec
from studio.core.modality.text import BYTES
from studio.data.request import EXAMPLES, PREFIX, ImportRequest, parse_size
from studio.data.table.column_request import KINDS, ColumnRequest, read_kinds, read_text_format
from studio.data.table.text_format import DATES, DELIMITERS
from studio.data.text.request import UNITS, TextRequest
from studio.jobs.child import ChildJob
from studio.store.dataset import find_dataset, list_datasets, remove_dataset
from studio.store.workspace import Workspace

__all__ = ["add_dataset", "add_verbs"]

_MOST_NOTES = 20
_MOST_COLUMNS = 50


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs to the parser."""
    group = verbs.add_parser("data", help="data sets: add, list, show, exclude, remove").add_subparsers(
        metavar="VERB", required=True
    )
    add = group.add_parser("add", parents=[common], help="import files, folders or archives as one data set")
    add.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="image, folder, archive, IDX, npy, npz, CSV, TSV, JSON lines, Parquet, Arrow, text, or "
        f"example:{{{','.join(EXAMPLES)}}}",
    )
    add.add_argument("--name", help="name of the data set; that of the first path where it is left away")
    add.add_argument("--modality", choices=["image", "table", "text"], help="what the paths must hold")
    add.add_argument("--size", help="size of every item: 32, or 48x32 for width and height")
    add.add_argument("--fit", choices=["crop", "pad", "stretch"], default="crop", help="how other shapes are fitted")
    add.add_argument("--channels", choices=["auto", "grey", "rgb"], default="auto", help="grey or colour")
    add.add_argument(
        "--background", choices=["white", "black"], default="white", help="what shows through transparent pixels"
    )
    add.add_argument("--seed", type=int, default=0, help="seed of the validation and test shares")
    _add_columns(add)
    _add_texts(add)
    add.set_defaults(action=_add)
    group.add_parser("list", parents=[common], help="list the data sets").set_defaults(action=_list)
    show = group.add_parser("show", parents=[common], help="show one data set and what was refused")
    show.add_argument("dataset", metavar="DATASET")
    show.set_defaults(action=_show)
    add_exclusion(group, common)
    remove = group.add_parser("remove", parents=[common], help="move a data set to the trash")
    remove.add_argument("dataset", metavar="DATASET")
    remove.set_defaults(action=_remove)


def _add_columns(add: argparse.ArgumentParser) -> None:
    """Add what is asked of the columns of a table."""
    table = add.add_argument_group("tables")
    table.add_argument("--label", default="", metavar="COLUMN", help="the column that is the class, of texts too")
    table.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="NAME=KIND",
        help=f"what a column is: {', '.join(KINDS)}; it comes in, also one that would be left out",
    )
    table.add_argument("--without", action="append", default=[], metavar="NAME", help="leave a column out")
    table.add_argument("--delimiter", choices=list(DELIMITERS), default="", help="what parts the cells of text")
    table.add_argument("--encoding", default="", help="encoding of text, such as utf-8 or cp1252; of texts too")
    table.add_argument("--header", choices=["yes", "no"], default="", help="whether the first row names the columns")
    table.add_argument("--dates", choices=list(DATES), default="", help="what dates like 1/2/2026 begin with")
    table.add_argument("--decimal", choices=["point", "comma"], default="", help="what parts decimals in text")


def _add_texts(add: argparse.ArgumentParser) -> None:
    """Add what is asked of texts."""
    texts = add.add_argument_group("texts")
    texts.add_argument("--text", default="", metavar="COLUMN", help="the column of a table that holds texts")
    texts.add_argument(
        "--source",
        default="",
        metavar="COLUMN|FILE",
        help="pairs: the column of what is translated, or a file with a line for each of --target",
    )
    texts.add_argument("--target", default="", metavar="COLUMN|FILE", help="pairs: what it is translated to")
    texts.add_argument(
        "--unit", choices=UNITS, help="what becomes a text: a line, a paragraph, a window of a long text, a whole file"
    )
    texts.add_argument("--window", type=int, metavar="CHARACTERS", help="length of a window")
    texts.add_argument("--vocabulary", type=int, metavar="TOKENS", help=f"tokens to learn; {BYTES} for bytes alone")
    texts.add_argument("--longest", type=int, metavar="TOKENS", help="most tokens of a text, its end counted")


def _take_pair(options: argparse.Namespace) -> None:
    """Put what is said of pairs where it belongs: columns of a table, or two files.

    Raises:
        SettingsError: If it is only half of it.
    """
    if bool(options.source) != bool(options.target) or (options.target and options.text):
        raise SettingsError("Of pairs give --source and --target, both columns of one table or both files of text.")
    if options.target and not options.paths:
        options.paths, options.source, options.target = [options.target], os.path.abspath(options.source), ""
        options.modality = options.modality or "text"
    if not options.paths:
        raise SettingsError("Name what is to be added: studio data add PATH, or --source FILE --target FILE for pairs.")
    options.text = options.text or options.target


def _text_request(options: argparse.Namespace) -> TextRequest:
    """What is asked of texts; the encoding and the class are said of tables alike."""
    asked = {"column": options.text, "source": options.source, "unit": options.unit, "window": options.window}
    asked |= {"vocabulary": options.vocabulary, "longest": options.longest}
    if options.text or options.modality == "text":
        asked |= {"label": options.label, "encoding": options.encoding}
    try:
        return TextRequest(**{key: value for key, value in asked.items() if value})
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(f"--{first['loc'][0]} {first['input']}: {first['msg'].lower()}.") from None


def add_dataset(workspace: Workspace, request: ImportRequest, terminal: Terminal) -> ImportDone:
    """Import in a process of its own; returns the importer's last event."""
    job = ChildJob(workspace, "studio.data", ["{folder}/request.json"], {"request.json": request.to_json()})
    done: ImportDone = job.result(terminal.progress, lambda last: last)
    terminal.end_progress()
    return done


def _add(options: argparse.Namespace, terminal: Terminal) -> None:
    workspace = Workspace(options.workspace)
    _take_pair(options)
    request = ImportRequest(
        workspace=workspace.path,
        paths=tuple(path if path.startswith(PREFIX) else os.path.abspath(path) for path in options.paths),
        modality=options.modality,
        name=options.name,
        size=parse_size(options.size) if options.size else None,
        fit=options.fit,
        channels=options.channels,
        background=options.background,
        seed=options.seed,
        text=_text_request(options),
        table=ColumnRequest(
            kinds=read_kinds(options.column),
            without=tuple(options.without),
            label="" if options.text or options.modality == "text" else options.label,
            text=read_text_format(options.delimiter, options.encoding, options.header, options.decimal, options.dates),
        ),
    )
    done = add_dataset(workspace, request, terminal)
    keys = ("dataset", "items", "rejected", "name", "classes", "shape", "splits", "notes")
    document = {key: done[key] for key in keys}  # type: ignore[literal-required]
    for note in done["notes"][:_MOST_NOTES]:
        terminal.say(note)
    if len(done["notes"]) > _MOST_NOTES:
        terminal.say(f"There is more to know; see 'studio data show {done['dataset']}'.")
    text = f"Added {done['items']:,} items of {_compact(done['size'])} as '{done['name']}'"
    if done["classes"]:
        text += f", {len(done['classes'])} classes"
    if done["rejected"]:
        text += f"; {done['rejected']:,} refused, see 'studio data show {done['dataset']}'"
    terminal.result(document, plain(text) + ".")


def _compact(size: str) -> str:
    """A size in words as the command line writes it: ``28x28 grey``."""
    return size.replace(" x ", "x")


def _list(options: argparse.Namespace, terminal: Terminal) -> None:
    rows, documents = [], []
    for folder, document in list_datasets(Workspace(options.workspace)):
        if isinstance(document, WorkspaceError):
            rows.append([folder.name, "", "", "", "", f"damaged: {document}"])
            documents.append({"dataset": folder.name, "error": str(document)})
            continue
        size = _compact(document.spec.size)
        rows.append([folder.name, document.name, f"{document.count:,}", size, str(len(document.spec.classes)), ""])
        documents.append({"dataset": folder.name, **document.model_dump(mode="json")})
    text = terminal.table(["ID", "NAME", "ITEMS", "SIZE", "CLASSES", ""], rows)
    terminal.result(
        {"datasets": documents}, text if rows else "There are no data sets yet; add one with 'studio data add'."
    )


def _show(options: argparse.Namespace, terminal: Terminal) -> None:
    folder, document = find_dataset(Workspace(options.workspace), options.dataset)
    with open(folder / "rejects.csv", newline="", encoding="utf-8", errors="replace") as file:
        rejects = [row for row in itertools.islice(csv.reader(file), 1, 1001) if len(row) == 2]
    lines = [
        f"{document.name} ({document.id}) in {folder}",
        f"{document.count:,} items of {_compact(document.spec.size)}"
        + (f", fitted by {document.fit}" if document.fit else ""),
        "split: " + ", ".join(f"{name} {count:,}" for name, count in document.splits.items()),
    ]
    if document.spec.classes:
        counts = zip(document.spec.classes, document.class_counts, strict=False)
        lines.append("classes: " + ", ".join(f"{name} {count:,}" for name, count in counts))
    if isinstance(document.spec, TableSpec):
        lines += [f"  {column.name}: {column.summary}" for column in document.spec.columns[:_MOST_COLUMNS]]
        if len(document.spec.columns) > _MOST_COLUMNS:
            lines.append(f"  ... all of them in {folder / 'spec.json'}")
    lines += document.notes[:_MOST_NOTES]
    if document.licence:
        lines.append(f"licence: {document.licence}")
    if document.rejected:
        lines.append(f"{document.rejected:,} refused:")
        lines += [f"  {name}: {reason}" for name, reason in rejects[:20]]
        if document.rejected > 20:
            lines.append(f"  ... all of them in {folder / 'rejects.csv'}")
    terminal.result(
        {"dataset": folder.name, **document.model_dump(mode="json"), "rejects": rejects},
        "\n".join(plain(line) for line in lines),
    )


def _remove(options: argparse.Namespace, terminal: Terminal) -> None:
    place = remove_dataset(Workspace(options.workspace), options.dataset)
    terminal.result(
        {"dataset": options.dataset, "trash": str(place)}, f"Moved '{plain(options.dataset)}' to the trash: {place}"
    )
