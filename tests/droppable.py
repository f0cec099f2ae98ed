"""Files of each kind that the window tells apart when they are dropped."""

import numpy as np
from PIL import Image

from studio.data.image.sample_file import save_sample


def write_files(tmp_path):
    """One of each kind that the window tells apart."""
    made = {
        "folder": tmp_path / "pets",
        "plain": tmp_path / "plain.png",
        "sample": tmp_path / "sample.png",
        "model": tmp_path / "flow.onnx",
        "other": tmp_path / "other.ONNX",
        "wheel": tmp_path / "studio_mine-1.0-py3-none-any.whl",
        "archive": tmp_path / "pets.zip",
    }
    made["folder"].mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 1), dtype=np.uint8)
    Image.fromarray(pixels[:, :, 0]).save(made["plain"])
    save_sample(made["sample"], pixels, {"seed": 3})
    for name in ("model", "other", "wheel", "archive"):
        made[name].write_bytes(b"x")
    return made
