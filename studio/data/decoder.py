"""What a decoder process needs of whoever turns single files into items."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["HEAD_BYTES", "MAX_FILE_BYTES", "Decoder", "Refused"]

MAX_FILE_BYTES = 256 * 2**20
# What is read of a file's beginning to tell what it is.
HEAD_BYTES = 64


class Refused(Exception):
    """A file that cannot become an item; the message is the reason."""


class Decoder(Protocol):
    """A module that decodes files of one modality; it runs in decoder processes only.

    What it is told and what it answers crosses between processes as JSON and raw bytes.
    """

    def prepare(self) -> None:
        """Set the guards of the process."""

    def probe(self, source: str | bytes, name: str) -> Any:
        """Read a file's header, from its path or content; raises ``Refused``."""

    def decode_bytes(self, source: str | bytes, name: str, plan: list[Any]) -> bytes:
        """The item that a file becomes by a plan, its bytes in C order; raises ``Refused``."""
