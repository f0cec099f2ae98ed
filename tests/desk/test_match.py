"""How well letters fit a title."""

from studio.desk.match import match


def test_letters_that_are_not_there_in_this_order_do_not_fit():
    assert match("nrt", "Train") is None
    assert match("trains", "Train") is None
    assert match("", "Train") == 0
    assert match("  ", "Train") == 0


def test_the_better_fit_is_smaller():
    query = "go"
    ranked = ["Go to Data", "Let it go on", "Cargo", "Grey one"]
    ranks = [match(query, title) for title in ranked]
    assert None not in ranks
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == 4


def test_case_and_blanks_do_not_matter():
    assert match("GO TO", "Go to Data") == 0
    assert match("gtd", "Go to Data") is not None
    assert match("g t d", "Go to Data") == match("gtd", "Go to Data")
