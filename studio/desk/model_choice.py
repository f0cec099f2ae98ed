"""What a model says of itself in a list: its title, where it comes from, and how good it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio.core.manifest import Manifest
from studio.core.words import moment
from studio.desk.snapshot import ModelRow
from studio.store.model import SAMPLE_FILE

__all__ = ["ModelChoice", "choice_of_file", "choice_of_row"]


@dataclass(frozen=True)
class ModelChoice:
    """A model in the list.

    Attributes:
        key: What tells it from others: its id, or for a file without one where it lies.
        path: The file that is sampled.
        manifest: What it says of itself; None where that has not been read yet.
        folder: Its folder in the workspace; None for a file that was opened.
        created: When it was exported, seconds since 1970; 0 where that is not known.
        error: Why it cannot be listed, where it cannot.
        run: Name that its run has now; empty where the run is not in the workspace.
    """

    key: str
    path: Path
    manifest: Manifest | None
    folder: Path | None = None
    created: float = 0.0
    error: str = ""
    run: str = ""

    @property
    def title(self) -> str:
        """The name of its run, else its title, else the name of its folder or file."""
        if self.run:
            return self.run
        if self.manifest is not None and self.manifest.title:
            return self.manifest.title
        return self.folder.name if self.folder is not None else self.path.name

    @property
    def origin(self) -> str:
        """Where it comes from and when, in words."""
        about = [self.manifest.dataset if self.manifest is not None else ""]
        if self.folder is None:
            about.append(str(self.path.name))
        if self.created:
            about.append(moment(self.created))
        return " · ".join(part for part in about if part)

    @property
    def quality(self) -> tuple[str, bool]:
        """How long it was trained and whether it is what torch had, in words; and whether all is well."""
        if self.manifest is None:
            return self.error or "Not read yet", not self.error
        parity = self.manifest.parity
        steps = f"{self.manifest.step:,} steps" if self.manifest.step else ""
        if self.manifest.edited:
            return "changed after it was certified", False
        if parity is None:
            return steps or "without certificate", True
        if not parity.passed:
            return f"differs from torch by {parity.max_abs:.0e}, too much", False
        return " · ".join(part for part in (steps, "parity passed") if part), True

    @property
    def figures(self) -> list[str]:
        """What was measured of it: its validation metrics, how close it is to torch, and the licence of its data."""
        manifest = self.manifest
        if manifest is None:
            return []
        found = [f"{name}: {value:.4g}" for name, value in manifest.metrics.items()]
        if manifest.parity is not None:
            found.append(f"differs from torch by at most {manifest.parity.max_abs:.1e}")
        return [*found, *([manifest.licence] if manifest.licence else [])]


def choice_of_row(row: ModelRow, run: str = "") -> ModelChoice:
    """A model of the workspace, and the name of its run."""
    id = row.manifest.model if row.manifest is not None and row.manifest.model else row.folder.name
    return ModelChoice(id, row.folder / SAMPLE_FILE, row.manifest, row.folder, row.created, row.error, run)


def choice_of_file(path: Path, manifest: Manifest) -> ModelChoice:
    """A file from elsewhere."""
    return ModelChoice(manifest.model or str(path), path, manifest)
