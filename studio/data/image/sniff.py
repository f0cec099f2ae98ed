"""Tells from a file's first bytes whether it can be an image, and if not, why, in a person's words."""

from __future__ import annotations

import os

__all__ = ["claims_image", "looks_like_image", "refusal"]

_ENDINGS = {
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff",
    ".ppm", ".pgm", ".pbm", ".pnm",
}  # fmt: skip
_SIGNATURES = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+",
    b"P1", b"P2", b"P3", b"P4", b"P5", b"P6",
)  # fmt: skip
_OTHERS = (
    (b"version https://git-lfs", "it is a Git LFS pointer; fetch the real file with 'git lfs pull'"),
    (b"8BPS", "a Photoshop file, which is not supported; save it as PNG"),
    (b"%!PS", "a PostScript file, which is not supported; save it as PNG"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript file, which is not supported; save it as PNG"),
    (b"%PDF", "a PDF file, which is not supported; save it as PNG"),
    (b"PK\x03\x04", "an archive; add it by itself"),
    (b"\x1f\x8b", "an archive; add it by itself"),
    (b"\x93NUMPY", "an array; add it by itself"),
)


def looks_like_image(head: bytes) -> bool:
    """Whether a file that begins so can be one of the supported image formats."""
    return head.startswith(_SIGNATURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def claims_image(name: str) -> bool:
    """Whether a file's name ends as those of images do."""
    return os.path.splitext(name)[1].lower() in _ENDINGS


def refusal(head: bytes, name: str) -> str:
    """Say why a file cannot be an image; empty when it can.

    Args:
        head: Its first 64 bytes, fewer where it is shorter.
        name: Its name; the ending tells whether it claims to be an image.
    """
    if looks_like_image(head):
        return ""
    claims = claims_image(name)
    if claims and not head:
        return "the file is empty"
    for signature, reason in _OTHERS:
        if head.startswith(signature):
            return reason
    if claims and head.lstrip()[:1] == b"<":
        return "it is a web page or a drawing in text, not an image in pixels"
    return "not an image of a supported format (PNG, JPEG, WebP, BMP, GIF, TIFF, PPM)" if claims else "not an image"
