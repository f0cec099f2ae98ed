"""Looks at what an import would make, before anything is copied: counts, and some items as they would be."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.event import JobEvent, PreviewDone
from studio.core.event_writer import Progress
from studio.data.importer import opened_import
from studio.data.reader import Plan, Reader
from studio.data.request import ImportRequest
from studio.data.split import assign_splits
from studio.data.tree import printable
from studio.data.writer import check_space, dataset_bytes
from studio.store.atomic import write_bytes
from studio.store.dataset import SPLITS
from studio.store.workspace import Workspace

__all__ = ["run_preview"]

_FEWEST_ITEMS = 6
_MOST_BYTES = 16 * 2**20
_MOST_REFUSED = 200
_TRIES = 5


def run_preview(request: ImportRequest, file: Path, send: Callable[[JobEvent], None]) -> PreviewDone:
    """Look at all headers and decode a few items; nothing is copied into the workspace.

    Args:
        request: What would be imported, and how.
        file: Gets the items, as an array of NumPy's.
        send: Called with progress events.

    Returns:
        What the import would make. Images whose header is whole but whose pixels are damaged are refused by the import
        only, unless they are among the few.

    Raises:
        StudioError: If nothing could be imported.
        OSError: If the disk fails.
    """
    Workspace(request.workspace)
    with opened_import(request, Progress(send)) as (name, work):
        plan, items, numbers = _decode_some(work)
        check_space(request.workspace, work.count, plan.item_bytes)
        labels, classes = work.labels()
        splits = assign_splits(work.given_splits(), request.seed)
        refused, facts, columns = work.refused(), work.facts(plan), work.columns()
        spec = work.spec(plan, classes, splits)
    buffer = io.BytesIO()
    np.save(buffer, items, allow_pickle=False)
    write_bytes(file, buffer.getvalue(), durable=False)
    return {
        "event": "done",
        "name": name,
        "items": len(labels),
        "rejected": len(refused),
        "refused": [[printable(who), printable(why)] for who, why in refused[:_MOST_REFUSED]],
        "classes": list(classes),
        "class_counts": np.bincount(labels[labels >= 0], minlength=len(classes)).tolist(),
        "spec": spec.model_dump(mode="json"),
        "splits": {
            split: int(count) for split, count in zip(SPLITS, np.bincount(splits, minlength=len(SPLITS)), strict=True)
        },
        "facts": [[title, printable(words)] for title, words in facts],
        "columns": columns,
        "is_text": work.is_text,
        "bytes": dataset_bytes(len(labels), plan.item_bytes),
        "licence": work.licence,
        "preview": str(file),
        "preview_labels": labels[numbers].tolist(),
    }


def _decode_some(work: Reader[Any]) -> tuple[Plan, npt.NDArray[Any], npt.NDArray[np.int64]]:
    """The plan, a few items spread over all, and their numbers."""
    plan = work.plan()
    tries = 0
    while True:
        most = min(work.num_shown, max(_FEWEST_ITEMS, _MOST_BYTES // plan.item_bytes), work.count)
        items, numbers = work.sample(plan, np.linspace(0, work.count - 1, most).round().astype(np.int64))
        tries += 1
        settled = work.plan()
        # As in an import, what was refused only now may have been all that spoke for another size or for colour.
        if settled == plan and (len(items) or tries > _TRIES):
            return plan, items, numbers
        plan = settled
