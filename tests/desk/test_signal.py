"""Signals without Qt: everyone who connected is told, in order."""

from studio.desk.signal import Signal


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
