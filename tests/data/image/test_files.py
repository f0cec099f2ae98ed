"""Image files: their common shape, and the files that have no say in it."""

import pytest

from studio.core.errors import DataError


@pytest.mark.parametrize(
    ("sizes", "shape"),
    [
        ([(9, 17), (9, 17)], (9, 17, 1)),
        ([(64, 64)], (64, 64, 1)),
        ([(128, 256)], (32, 64, 1)),
        ([(3, 300)], (1, 64, 1)),
        ([(20, 20), (21, 20)], (32, 32, 1)),
    ],
)
def test_size_is_native_where_it_is_small(tmp_path, add, png, noise_image, sizes, shape):
    for number, (height, width) in enumerate(sizes):
        (tmp_path / f"{number}.png").write_bytes(png(noise_image(height, width)))
    assert add(*sorted(tmp_path.glob("*.png"))).spec.shape == shape


def test_given_size_and_channels_win(tmp_path, add, fill):
    fill(tmp_path / "s", 3)
    assert add(tmp_path / "s", size=(5, 11), channels="rgb").spec.shape == (5, 11, 3)
    fill(tmp_path / "t", 3, channels=3)
    assert add(tmp_path / "t").spec.shape == (8, 8, 3)
    assert add(tmp_path / "t", channels="grey").spec.shape == (8, 8, 1)


@pytest.mark.fault("A8")
def test_one_colour_image_makes_the_set_colour(tmp_path, add, fill, noise_image):
    fill(tmp_path / "s", 2)
    fill(tmp_path / "s", 1, channels=3, start=7)
    dataset = add(tmp_path / "s")
    assert dataset.spec.shape == (8, 8, 3)
    assert (dataset.items[0] == noise_image(8, 8)[..., None]).all()


def test_refused_files_do_not_decide_the_shape(tmp_path, add, fill, png, noise_image):
    fill(tmp_path / "s", 5)
    cut = png(noise_image(50, 50, 3))
    (tmp_path / "s" / "a.png").write_bytes(cut[: len(cut) // 2])
    dataset = add(tmp_path / "s")
    assert dataset.spec.shape == (8, 8, 1)
    assert "cut short" in dataset.rejects["a.png"]
    assert len(dataset) == 5


def test_nothing_readable_is_refused_with_reasons(tmp_path, add, leftovers):
    source = tmp_path / "s"
    source.mkdir()
    with pytest.raises(DataError, match="holds no files"):
        add(source)
    for number in range(5):
        (source / f"{number}.dat").write_text("x")
    with pytest.raises(DataError, match=r"None of the 5 files in s is a readable image \(0.dat: not an image; 1.dat"):
        add(source)
    assert leftovers() == []
