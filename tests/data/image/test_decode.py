import struct
import subprocess
import sys
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from studio.data.decoder import Refused
from studio.data.image import decode
from studio.data.image.fit import Plan


@pytest.fixture(autouse=True)
def _guards():
    """Decoders set process-wide guards; take them back afterwards."""
    most = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        decode.prepare()
        yield
    Image.MAX_IMAGE_PIXELS = most


def plan(height, width, channels=3, fit="crop", fill=255):
    return Plan(height, width, channels, fit, fill)


def decoded(data, height, width, channels=3, **options):
    return decode.decode(data, "a.png", plan(height, width, channels, **options))


def gradient(height=4, width=6):
    return np.arange(height * width, dtype=np.uint8).reshape(height, width) * np.uint8(10)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "TIFF", "PPM", "GIF"])
def test_lossless_formats_keep_every_pixel(png, kind, noise_image):
    options = {"lossless": True} if kind == "WEBP" else {}
    image = noise_image(7, 5, 1) if kind == "GIF" else noise_image(7, 5, 3)
    data = png(image, kind, **options)
    channels = 1 if kind == "GIF" else 3
    assert decode.probe(data, "x") == (7, 5, False)  # a palette counts as colour
    assert (decoded(data, 7, 5, channels) == image.reshape(7, 5, channels)).all()


def test_jpeg_is_close(png):
    image = np.full((16, 16, 3), (200, 30, 90), np.uint8)
    assert np.abs(decoded(png(image, "JPEG", quality=95), 16, 16).astype(int) - image).max() <= 3


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "I;16"])
@pytest.mark.fault("A3")
def test_every_mode_has_a_defined_colour(png, mode):
    """A white left half and a black right half stay so in every mode."""
    base = Image.new("RGB", (4, 2), "white")
    base.paste("black", (2, 0, 4, 2))
    if mode == "LAB":
        srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        image = ImageCms.profileToProfile(base, srgb, lab, outputMode="LAB")
    elif mode == "HSV":
        image = base.convert("HSV").convert("RGB")
    elif mode in ("I", "I;16"):
        level = np.array([[65535, 65535, 0, 0]] * 2)
        image = Image.fromarray(level.astype(np.int32 if mode == "I" else np.uint16))
    else:
        image = base.convert(mode)
    data = png(image, "TIFF" if mode in ("CMYK", "YCbCr", "LAB", "I") else "PNG")
    item = decoded(data, 2, 4).astype(int)
    assert (item[:, :2] >= 253).all()
    assert (item[:, 2:] <= 2).all()
    assert decode.probe(data, "x")[2] == (mode in ("1", "L", "LA", "I", "I;16"))


def test_colours_of_cmyk_and_palette(png):
    cmyk = Image.new("CMYK", (2, 2), (0, 255, 255, 0))
    assert decoded(png(cmyk, "TIFF"), 2, 2)[0, 0].tolist() == [255, 0, 0]
    palette = Image.new("P", (2, 2), 1)
    palette.putpalette([0, 0, 0, 12, 200, 34])
    assert decoded(png(palette), 2, 2)[0, 0].tolist() == [12, 200, 34]


@pytest.mark.parametrize(("fill", "expected"), [(255, [255, 127, 127]), (0, [128, 0, 0])])
def test_alpha_shows_the_background(png, fill, expected):
    half_red = Image.new("RGBA", (2, 2), (255, 0, 0, 128))
    assert decoded(png(half_red), 2, 2, fill=fill)[0, 0].tolist() == expected
    assert decoded(png(Image.new("LA", (2, 2), (9, 0))), 2, 2, 1, fill=fill)[0, 0].tolist() == [fill]


def test_transparent_palette_and_transparent_colour(png):
    palette = Image.new("P", (2, 1), 0)
    palette.putpalette([1, 2, 3, 12, 200, 34])
    palette.putpixel((1, 0), 1)
    item = decoded(png(palette, transparency=0), 1, 2)
    assert item.tolist() == [[[255, 255, 255], [12, 200, 34]]]
    grey = np.array([[7, 90]], np.uint8)
    assert decoded(png(grey, transparency=7), 1, 2, 1, fill=0)[..., 0].tolist() == [[0, 90]]


@pytest.mark.fault("A3")
def test_16_bit_grey_is_scaled_exactly(png):
    values = np.array([[0, 1, 128, 129, 257, 32768, 65406, 65407, 65535]], np.uint16)
    expected = np.rint(values / 257.0).astype(np.uint8)
    assert expected.tolist() == [[0, 0, 0, 1, 1, 128, 254, 255, 255]]
    for kind in ("PNG", "TIFF", "PPM"):
        data = png(values, kind)
        assert decoded(data, 1, 9, 1)[..., 0].tolist() == expected.tolist()


def test_numbers_without_a_known_range_are_refused(png):
    with pytest.raises(Refused, match="32-bit"):
        decoded(png(np.array([[0, 70_000]], np.int32), "TIFF"), 1, 2, 1)
    with pytest.raises(Refused, match="floating-point"):
        decode.probe(png(np.zeros((2, 2), np.float32), "TIFF"), "a.tif")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.fault("A4")
def test_images_stand_upright(png, orientation, kind):
    upright = np.zeros((16, 32, 3), np.uint8)
    upright[:8, :16] = 255  # white only in the upper left
    turn = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    stored = Image.fromarray(upright)
    if turn is not None:
        stored = stored.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = png(
        stored, kind, exif=exif.tobytes() if kind != "TIFF" else exif, **({"lossless": True} if kind == "WEBP" else {})
    )
    assert decode.probe(data, "a") == (16, 32, False)
    assert np.abs(decoded(data, 16, 32).astype(int) - upright).max() <= 8


def test_orientation_behind_the_pixels_of_a_png_counts(png):
    exif = Image.Exif()
    exif[0x0112] = 6
    data = png(np.zeros((2, 4), np.uint8), exif=exif.tobytes())
    at = data.index(b"eXIf") - 4
    end = at + 12 + int.from_bytes(data[at : at + 4])
    moved = data[:at] + data[end:-12] + data[at:end] + data[-12:]
    assert decode.probe(moved, "a.png") == (4, 2, True)
    assert decoded(moved, 4, 2, 1).shape == (4, 2, 1)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
@pytest.mark.fault("A5")
def test_of_an_animation_the_first_frame_is_taken(png, kind):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "green")]
    data = png(
        frames[0], kind, save_all=True, append_images=frames[1:], **({"lossless": True} if kind == "WEBP" else {})
    )
    assert decoded(data, 8, 8)[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM"])
@pytest.mark.parametrize("part", [0.0, 0.02, 0.3, 0.6, 0.9])
@pytest.mark.fault("A2")
def test_cut_files_are_refused(png, noise_image, kind, part):
    data = png(noise_image(40, 40, 3), kind)
    with pytest.raises(Refused):
        decoded(data[: int(len(data) * part)], 40, 40)


def bomb(width, height):
    """A PNG of one bit per pixel, all zero, a few kilobytes long."""

    def chunk(kind, body):
        return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)

    packer = zlib.compressobj(9)
    row = bytes(1 + width // 8)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8008, 10_000, 14_000])
@pytest.mark.fault("A6")
def test_pixel_bombs_are_refused_before_decoding(side):
    data = bomb(side, side)
    assert len(data) < 50_000
    with pytest.raises(Refused, match="64 million pixels"):
        decode.probe(data, "bomb.png")


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "a.png", "empty"),
        (b"<!DOCTYPE html><html>", "a.jpg", "web page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.png", "drawing"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "a.png", "git lfs pull"),
        (b"8BPS\0\1" + bytes(80), "a.png", "Photoshop"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9", "a.png", "PostScript"),
        (b"%PDF-1.4", "a.png", "PDF"),
        (b"SIMPLE  =                    T" + bytes(80), "a.png", "not an image of a supported format"),
        (b"hello", "notes.txt", "^not an image$"),
        (b"", "notes.txt", "^not an image$"),
        (b"PK\3\4" + bytes(40), "b.zip", "archive"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "damaged or cut short"),
    ],
)
@pytest.mark.fault("A1", "A7")
def test_what_is_no_image_is_refused_with_its_reason(content, name, reason):
    with pytest.raises(Refused, match=reason):
        decode.probe(content, name)


@pytest.mark.fault("A7")
def test_content_counts_not_the_ending(png, tmp_path):
    file = tmp_path / "really-a-jpeg.png"
    file.write_bytes(png(np.zeros((8, 8), np.uint8), "JPEG"))
    assert decode.probe(str(file), file.name) == (8, 8, True)


@pytest.mark.fault("A6")
def test_large_text_in_a_png_is_refused(png):
    data = png(np.zeros((4, 4), np.uint8))
    body = b"a\0\0" + zlib.compress(bytes(200_000_000))
    chunk = len(body).to_bytes(4) + b"zTXt" + body + zlib.crc32(b"zTXt" + body).to_bytes(4)
    with pytest.raises(Refused):
        decode.probe(data[:33] + chunk + data[33:], "a.png")


def test_importing_the_decoders_loads_no_others():
    code = "import sys, studio.data.image.decode; print('PIL.EpsImagePlugin' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize("orientation", [1, 6])
def test_large_photographs_are_decoded_small_but_alike(png, noise_image, monkeypatch, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = Image.fromarray(noise_image(6, 9, 3)).resize((900, 600), Image.Resampling.BICUBIC)
    data = png(photo, "JPEG", quality=95, exif=exif.tobytes())
    spared = []
    real = decode._spare
    monkeypatch.setattr(decode, "_spare", lambda image, plan: (real(image, plan), spared.append(image.size)))
    fast = decoded(data, 24, 20)
    assert spared == [(113, 75)]
    monkeypatch.setattr(decode, "_spare", lambda image, plan: None)
    difference = np.abs(fast.astype(int) - decoded(data, 24, 20))
    assert difference.max() <= 8
    assert difference.mean() < 2
