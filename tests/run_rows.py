"""Runs as the watch of the workspace sees them."""

from pathlib import Path

from studio.desk.snapshot import RunRow
from studio.store.run import RunDocument, RunStatus


def run_row(state, name="flow on digits", **values):
    """A run as the watch sees it."""
    document = RunDocument(id="r", name=name, dataset="d", dataset_name="d", fingerprint="f", family="flow")
    return RunRow(Path(f"/runs/{state}-{name[:9]}"), document, RunStatus(state=state, **values))
