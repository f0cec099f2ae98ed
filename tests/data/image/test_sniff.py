"""A file's first bytes tell whether it can be an image, and if not, why."""

import pytest

from studio.data.image.sniff import claims_image, looks_like_image, refusal


@pytest.mark.parametrize(
    ("kind", "options"),
    [("PNG", {}), ("JPEG", {}), ("WEBP", {}), ("BMP", {}), ("GIF", {}), ("TIFF", {}), ("TIFF", {"big_tiff": True}),
     ("PPM", {})],
)  # fmt: skip
def test_every_format_that_is_read_is_known(png, noise_image, kind, options):
    head = png(noise_image(4, 4), kind, **options)[:64]
    assert looks_like_image(head)
    assert refusal(head, "name.txt") == ""


@pytest.mark.parametrize(
    ("head", "name", "said"),
    [
        (b"", "a.png", "the file is empty"),
        (b"", "a.txt", "not an image"),
        (b"hello", "a.txt", "not an image"),
        (b"hello", "a.JPG", "not an image of a supported format (PNG, JPEG, WebP, BMP, GIF, TIFF, PPM)"),
        (b"\n <html>", "a.png", "it is a web page or a drawing in text, not an image in pixels"),
        (b"<svg", "a.svg", "not an image"),
        (b"version https://git-lfs.github.com", "a.png", "it is a Git LFS pointer; fetch the real file with"),
        (b"8BPS\0\1", "a.psd", "a Photoshop file, which is not supported; save it as PNG"),
        (b"%PDF-1.7", "a.pdf", "a PDF file, which is not supported; save it as PNG"),
        (b"PK\x03\x04", "a.png", "an archive; add it by itself"),
        (b"\x1f\x8b\x08", "a", "an archive; add it by itself"),
        (b"\x93NUMPY\1\0", "a.npy", "an array; add it by itself"),
        (b"RIFF\0\0\0\0WAVE", "a.webp", "not an image of a supported format"),
    ],
)
def test_reasons(head, name, said):
    assert refusal(head, name).startswith(said)


def test_names_that_claim_to_be_images():
    assert all(map(claims_image, ("a.png", "a.JPEG", "x/a.b.tiff")))
    assert not any(map(claims_image, ("png", "a.png.txt", "a.svg", "", ".png/x")))
