import json
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from studio.core.errors import DataError
from studio.data.image.sample_file import image_grid, read_sample_settings, save_grid, save_sample


def test_grid_places_every_image():
    images = np.stack([np.full((2, 3, 1), level, np.uint8) for level in (10, 20, 30)])
    grid = image_grid(images, columns=2, gap=1)
    assert grid.shape == (5, 7, 1)
    assert (grid[:2, :3] == 10).all()
    assert (grid[:2, 4:] == 20).all()
    assert (grid[3:, :3] == 30).all()
    assert (grid[2] == 255).all()
    assert (grid[3:, 3:] == 255).all()


def test_grid_is_about_square_by_itself():
    assert image_grid(np.zeros((10, 4, 4, 3), np.uint8), gap=0).shape == (12, 16, 3)
    assert image_grid(np.zeros((1, 4, 4, 3), np.uint8)).shape == (4, 4, 3)
    assert image_grid(np.zeros((2, 4, 4, 3), np.uint8), columns=9, gap=0).shape == (4, 8, 3)


@pytest.mark.parametrize(
    "images", [np.zeros((0, 4, 4, 1), np.uint8), np.zeros((4, 4, 1), np.uint8), np.zeros((1, 4, 4, 1))]
)
def test_grid_refuses_what_is_no_images(images):
    with pytest.raises(ValueError, match="grid"):
        image_grid(images)


def test_saved_grid_reads_back(tmp_path, noise_image):
    images = np.stack([noise_image(5, 7, 3, seed) for seed in range(4)])
    save_grid(tmp_path / "grid.png", images, columns=2)
    with Image.open(tmp_path / "grid.png") as picture:
        assert (np.asarray(picture) == image_grid(images, 2)).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_sample_carries_its_settings(tmp_path, noise_image, channels):
    path = tmp_path / "sample.png"
    image = noise_image(6, 9, channels).reshape(6, 9, channels)
    settings = {"seed": 3, "model": "caf\u00e9 \U0001f600", "guidance": 1.5, "nested": {"a": [1, None]}}
    save_sample(path, image, settings)
    assert read_sample_settings(path) == settings
    with Image.open(path) as picture:
        assert (np.asarray(picture).reshape(image.shape) == image).all()


def test_settings_survive_a_program_that_compresses_them(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_itxt("studio.sample", json.dumps({"seed": 1}), zip=True)
    Image.new("L", (4, 4)).save(tmp_path / "a.png", pnginfo=info)
    assert read_sample_settings(tmp_path / "a.png") == {"seed": 1}


def test_settings_that_unpack_to_too_much_are_refused(tmp_path):
    body = b"studio.sample\0\1\0\0\0" + zlib.compress(b'"' + b"a" * 50_000_000 + b'"')
    chunk = len(body).to_bytes(4) + b"iTXt" + body + zlib.crc32(b"iTXt" + body).to_bytes(4)
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(data[:33] + chunk + data[33:])
    with pytest.raises(DataError, match="1 MB"):
        read_sample_settings(tmp_path / "a.png")
    with pytest.raises(DataError, match="1 MB"):
        save_sample(tmp_path / "b.png", np.zeros((2, 2, 1), np.uint8), {"a": "x" * 1_000_001})
    assert not (tmp_path / "b.png").exists()


def test_pictures_without_settings_are_refused(tmp_path):
    path = tmp_path / "a.png"
    with pytest.raises(DataError, match="no such file"):
        read_sample_settings(path)
    path.write_bytes(b"GIF89a")
    with pytest.raises(DataError, match="not a PNG"):
        read_sample_settings(path)
    Image.new("L", (4, 4)).save(path)
    with pytest.raises(DataError, match="no settings"):
        read_sample_settings(path)


def test_every_cut_and_every_flipped_bit_of_the_settings_is_noticed(tmp_path):
    path = tmp_path / "a.png"
    save_sample(path, np.zeros((2, 2, 1), np.uint8), {"seed": 1})
    data = path.read_bytes()
    for end in range(len(data)):
        path.write_bytes(data[:end])
        with pytest.raises(DataError):
            read_sample_settings(path)
    start = data.index(b"studio.sample")
    for at in range(start, start + 30):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(DataError):
            read_sample_settings(path)
