"""What every part of the desk is handed and tells by, without Qt: the workspace, threads, messages, signals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, Protocol, TypeVar, TypeVarTuple

from studio.store.workspace import Workspace

__all__ = ["Crossing", "Desk", "Kind", "Messages", "Notice", "Signal", "Worker"]

Kind = Literal["info", "good", "warning", "bad"]
T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Messages(Protocol):
    """Short messages that go by themselves."""

    def say(self, text: str, button: str = "", on_click: Callable[[], None] | None = None, kind: Kind = "info") -> None:
        """Show a message; its button, where it has one, calls ``on_click``."""


class Notice(Protocol):
    """A place beside a thing, where it is said what is the matter with it."""

    def set(
        self, kind: Kind, text: str, details: str = "", button: str = "", on_click: Callable[[], None] | None = None
    ) -> None:
        """Say something; an empty text hides it."""

    def hide(self) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Desk:
    """What a part of the desk needs.

    Attributes:
        workspace: The open workspace.
        worker: For what takes longer than a frame.
        messages: For short messages.
        look_now: Has the workspace looked at at once.
        read_only: The workspace cannot be written to.
    """

    workspace: Workspace
    worker: Worker
    messages: Messages
    look_now: Callable[[], None]
    read_only: bool = False

    def remove_with_undo(
        self, folder: Path, text: str, remove: Callable[[], Path], on_undo: Callable[[], None] | None = None
    ) -> None:
        """Move a folder of the workspace to the trash; the message offers to put it back.

        Args:
            folder: The folder.
            text: What the message says.
            remove: Moves it; returns its place in the trash.
            on_undo: Called when the person wants it back, before it is there.
        """

        def undo(place: Path) -> None:
            if on_undo is not None:
                on_undo()
            self.worker.run(lambda: self.workspace.put_back(place, folder), lambda _: self.look_now())

        def removed(place: Path) -> None:
            self.look_now()
            self.messages.say(text, "Undo", lambda: undo(place))

        self.worker.run(remove, removed)


class Crossing(Protocol):
    """Makes functions that any thread may call of functions that are called on one thread only."""

    def __call__(self, receive: Callable[[T], None], /) -> Callable[[T], None]:
        """The function for threads; calls arrive in their order, and none once nobody is there to be told."""


class Worker(Protocol):
    """Threads for what takes longer than a frame; answers come on the thread that asked."""

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        alone: bool = False,
    ) -> None:
        """Run work in a thread.

        Args:
            work: Called in a thread.
            then: Called with the result.
            failed: Called with what the work raised; without it the window shows the error.
            alone: In a thread of its own, as what may take minutes holds up nothing else.
        """

    def receiver(self, receive: Callable[[T], None]) -> Callable[[T], None]:
        """A ``Crossing``."""


class Signal(Generic[*Ts]):
    """Something that happens; those connected are called on the thread that tells it, in the order they came."""

    def __init__(self) -> None:
        self._receivers: list[Callable[[*Ts], object]] = []

    def connect(self, receive: Callable[[*Ts], object]) -> None:
        """Call a function from now on."""
        self._receivers.append(receive)

    def emit(self, *values: *Ts) -> None:
        """Tell that it happened."""
        for receive in list(self._receivers):
            receive(*values)
