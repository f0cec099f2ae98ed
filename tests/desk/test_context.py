"""What is removed goes to the trash, and the message offers to put it back."""

from studio.desk.context import Signal


def test_what_was_removed_can_be_put_back(desk, worker, said, looks, workspace):
    folder, undone = workspace.folder("models") / "m", []
    folder.mkdir()
    desk.remove_with_undo(folder, "Removed 'm'.", lambda: workspace.throw_away(folder), lambda: undone.append(1))
    assert folder.is_dir()
    worker.settle()
    assert not folder.exists()
    assert (said.texts, len(looks), undone) == (["Removed 'm'."], 1, [])
    said.press()
    worker.settle()
    assert folder.is_dir()
    assert (len(looks), undone) == (2, [1])


def test_what_cannot_be_removed_is_an_error_of_the_window(desk, worker, said, workspace):
    def refuse():
        raise OSError("the disk is full")

    desk.remove_with_undo(workspace.folder("models") / "m", "Removed 'm'.", refuse)
    worker.settle()
    assert said.texts == []
    assert [str(error) for error in worker.errors] == ["the disk is full"]


def test_everyone_is_told_in_the_order_they_came():
    told, happened = [], Signal[int, str]()
    happened.emit(0, "nobody hears it")
    happened.connect(lambda number, word: told.append(("first", number, word)))
    happened.connect(lambda number, word: told.append(("second", number, word)))
    happened.emit(1, "a")
    assert told == [("first", 1, "a"), ("second", 1, "a")]


def test_who_connects_meanwhile_hears_the_next(recwarn):
    told, happened = [], Signal[()]()
    happened.connect(lambda: happened.connect(lambda: told.append(1)))
    happened.emit()
    assert told == []
    happened.emit()
    assert told == [1]
