"""The report card of a plugin, kept beside its version."""

from studio.store.report_card import CardLine, ReportCard, read_card, write_card


def line(state, **values):
    return CardLine(family="toy", says="It learns.", state=state, **values)


def test_it_is_kept_and_read_back(tmp_path):
    assert read_card(tmp_path) is None
    card = ReportCard(lines=(line("passed"), line("failed", why="It does not.")), tried=3.0)
    write_card(tmp_path, card)
    assert read_card(tmp_path) == card
    (tmp_path / "card.json").write_text("no")
    assert read_card(tmp_path) is None


def test_in_words():
    passed, skipped, failed, late = (line(state) for state in ("passed", "skipped", "failed", "not reached"))
    assert ReportCard(lines=(passed, skipped)).summary == "1 of 1 check passed."
    assert ReportCard(lines=(passed, skipped)).passed
    assert ReportCard(lines=(passed, failed)).summary == "1 of 2 checks passed."
    assert ReportCard(lines=(passed, late, late)).summary == "1 of 3 checks passed; time was up before 2 more."
    assert not ReportCard(lines=(passed, late)).passed
    assert not ReportCard().passed
