"""What models can be judged by, or were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.desk.snapshot import DatasetRow
from studio.desk.subject import Subject

__all__ = ["Reference", "references_of"]


@dataclass(frozen=True)
class Reference:
    """What models can be judged by, or were.

    Attributes:
        fingerprint: Which items.
        name: What the data set is called.
        id: Its id; empty where it was removed from the workspace.
        shape: Shape of its items.
    """

    fingerprint: str
    name: str
    id: str = ""
    shape: tuple[int, ...] = ()


def references_of(datasets: Sequence[DatasetRow], subjects: Sequence[Subject]) -> list[Reference]:
    """The data sets that can judge any of these models, and those that are gone but judged them.

    A data set judges models of its modality and shape.
    """
    kinds = {(subject.manifest.modality, tuple(subject.manifest.shape)) for subject in subjects}
    found: dict[str, Reference] = {}
    for row in datasets:
        document = row.document
        if document is None:
            continue
        shape = tuple(document.spec.shape)
        if (document.spec.modality, shape) in kinds:
            found[document.fingerprint] = Reference(document.fingerprint, document.name, document.id, shape)
    for subject in subjects:
        report = subject.report
        if report is not None and report.dataset_fingerprint not in found:
            found[report.dataset_fingerprint] = Reference(report.dataset_fingerprint, f"{report.dataset} (removed)")
    return list(found.values())
