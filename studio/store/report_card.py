"""The report card of a plugin: which parts of the contract it keeps, as tried on toy data before it is turned on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.core.bounded import Duration, Moment
from studio.core.errors import WorkspaceError
from studio.core.words import number_of
from studio.store.atomic import read_document, write_document

__all__ = ["CardLine", "ReportCard", "read_card", "write_card"]

_FILE = "card.json"
_Words = Annotated[str, Field(max_length=2000)]


class CardLine(BaseModel):
    """One thing that was tried.

    Attributes:
        family: Which family.
        says: What holds when it passed.
        state: Whether it did; ``skipped`` where it does not concern the family, ``not reached`` where time was up.
        why: What failed, or why it was skipped.
        seconds: How long it took.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    family: _Words = ""
    says: _Words
    state: Literal["passed", "failed", "skipped", "not reached"]
    why: _Words = ""
    seconds: Duration = 0.0


class ReportCard(BaseModel):
    """What was tried of a plugin.

    Attributes:
        lines: In the order in which they were tried.
        tried: When.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    lines: tuple[CardLine, ...] = Field((), max_length=10_000)
    tried: Moment = 0.0

    @property
    def passed(self) -> bool:
        """Whether everything that concerns it was tried and holds."""
        return bool(self.lines) and all(line.state in ("passed", "skipped") for line in self.lines)

    @property
    def summary(self) -> str:
        """The card in one sentence."""
        passed = sum(line.state == "passed" for line in self.lines)
        concern = sum(line.state != "skipped" for line in self.lines)
        late = sum(line.state == "not reached" for line in self.lines)
        left = f"; time was up before {late} more" if late else ""
        return f"{passed} of {number_of(concern, 'check')} passed{left}."


def read_card(version: Path) -> ReportCard | None:
    """The card of an installed version by its folder; None where there is none that can be read."""
    try:
        return ReportCard.model_validate(read_document(version / _FILE))
    except (WorkspaceError, ValidationError):
        return None


def write_card(version: Path, card: ReportCard) -> None:
    """Keep the card of an installed version."""
    write_document(version / _FILE, card.model_dump(mode="json"), durable=False)
