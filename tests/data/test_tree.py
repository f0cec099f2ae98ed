import pytest

from studio.data.tree import arrange, clean_name, printable


def place(*names, look_through=False):
    return list(arrange(names, look_through))


def test_class_is_the_first_folder():
    assert place("cats/a.png", "cats/deep/er/b.png", "dogs/c.png", "d.png") == [
        ("cats", 0), ("cats", 0), ("dogs", 0), (None, 0),
    ]  # fmt: skip


def test_split_folders_come_before_classes():
    assert place("Train/cats/a.png", "VAL/dogs/b.png", "testing/c.png") == [("cats", 0), ("dogs", 1), (None, 2)]


def test_a_class_called_train_stays_a_class():
    assert place("train/a.png", "car/b.png") == [("train", 0), ("car", 0)]


def test_folders_beside_two_splits_are_classes_of_train():
    assert place("train/cats/a.png", "test/cats/b.png", "extra/c.png") == [("cats", 0), ("cats", 2), ("extra", 0)]


def test_one_wrapping_folder_is_looked_through_once():
    assert place("set/cats/a.png", "set/b.png", look_through=True) == [("cats", 0), (None, 0)]
    assert place("set/cats/a.png", "set/b.png") == [("set", 0), ("set", 0)]
    assert place("set/train/cats/a.png", "set/test/cats/b.png", look_through=True) == [("cats", 0), ("cats", 2)]
    assert place("train/cats/a.png", look_through=True) == [("cats", 0)]


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/a.png", "etc/a.png"),
        ("/abs/a.png", "abs/a.png"),
        ("C:\\x\\a.png", "x/a.png"),
        ("./a//b", "a/b"),
        ("..", ""),
    ],
)
def test_names_lose_roots_and_steps_upward(name, clean):
    assert clean_name(name) == clean


def test_bytes_that_are_not_utf8_are_shown_by_code():
    assert printable("bad\udcff") == "bad\\udcff"
