"""Binds the certificate in an exported file to the file's bytes, so that an edited file loses it.

The certificate lies inside the file and holds the sha256 of all its bytes, with the 64 digits of the hash itself taken
as zeros. So a copy carries its proof with it, and nothing beside the file is needed to check it.
"""

from __future__ import annotations

import hashlib
import mmap
from pathlib import Path

from studio.core.manifest import Manifest

__all__ = ["UNSEALED", "check_certificate", "seal"]

UNSEALED = "0" * 64


def _field(digits: str) -> bytes:
    # As pydantic writes the field into the manifest.
    return f'"sha256":"{digits}"'.encode()


def seal(data: bytes) -> tuple[bytes, str]:
    """Put the hash of a file into its certificate, which has UNSEALED in its place.

    Returns:
        The file's bytes, as many as before, and the hash.

    Raises:
        ValueError: If there is no such certificate, or several.
    """
    if data.count(_field(UNSEALED)) != 1:
        raise ValueError("the file has no certificate to seal")
    digits = hashlib.sha256(data).hexdigest()
    return data.replace(_field(UNSEALED), _field(digits)), digits


def check_certificate(path: Path, manifest: Manifest) -> Manifest:
    """What a file says of itself, without its certificate where the file is not the one that was certified.

    Args:
        path: The file.
        manifest: Its manifest, read from it or from beside it.

    Returns:
        The same, or with ``parity`` taken away and ``edited`` set; a certificate from before hashes is taken away too.

    Raises:
        OSError: If the file cannot be read.
    """
    parity = manifest.parity
    if parity is None:
        return manifest
    sound = len(parity.sha256) == len(UNSEALED) and _hash(path, _field(parity.sha256)) == parity.sha256
    return manifest if sound else manifest.model_copy(update={"parity": None, "edited": bool(parity.sha256)})


def _hash(path: Path, field: bytes) -> str:
    """The hash of a file with the digits of one field as zeros; empty where the field is not there once."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        place = data.find(field)
        if place < 0 or data.find(field, place + 1) >= 0:
            return ""
        digest = hashlib.sha256()
        with memoryview(data) as view:
            digest.update(view[:place])
            digest.update(_field(UNSEALED))
            digest.update(view[place + len(field) :])
        return digest.hexdigest()
