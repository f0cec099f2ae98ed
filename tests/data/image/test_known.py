import numpy as np
import pytest
from PIL import Image

from studio.core.errors import DataError
from studio.data.image.known import read_known


def saved(tmp_path, pixels):
    path = tmp_path / "picture.png"
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path)
    return path


def test_opaque_pixels_are_known_and_transparent_ones_free(tmp_path):
    pixels = np.zeros((2, 3, 4), np.uint8)
    pixels[..., 0], pixels[..., 3] = 200, 255
    pixels[0, 1, 3] = 0
    known = read_known(saved(tmp_path, pixels), (2, 3, 3)).values
    assert (known[0, 1] == -1).all()
    assert known[1, 2].tolist() == [200, 0, 0]
    assert (known >= 0).sum() == 15


@pytest.mark.parametrize(
    ("keep", "rows"),
    [("all", [[1, 2, 3]] * 3), ("top", [[1, 2, 3]] * 2 + [[-1] * 3]), ("right", [[-1, 2, 3]] * 3)],
)
def test_a_half_is_kept(tmp_path, keep, rows):
    path = saved(tmp_path, [[1, 2, 3]] * 3)
    assert read_known(path, (3, 3, 1), keep).values[..., 0].tolist() == rows


def test_another_size_and_what_is_no_picture_are_refused(tmp_path):
    with pytest.raises(DataError, match="has 3x2 pixels, the model's items 4x4; resize it first"):
        read_known(saved(tmp_path, np.zeros((2, 3))), (4, 4, 1))
    path = tmp_path / "words.png"
    path.write_text("no picture")
    with pytest.raises(DataError, match="cannot be read as a picture"):
        read_known(path, (4, 4, 1))
    with pytest.raises(DataError, match="cannot be read"):
        read_known(tmp_path / "absent.png", (4, 4, 1))
