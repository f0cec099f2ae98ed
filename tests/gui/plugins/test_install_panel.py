"""What a person sees of an installation at each step, and what the buttons ask for."""

import pytest

from studio.desk.plugin_install import InstallState
from studio.gui.plugins.install_panel import InstallPanel
from studio.store.report_card import CardLine, ReportCard


@pytest.fixture
def panel(qt):
    panel = InstallPanel()
    panel.asked = []
    for name in ("agreed", "turned_on", "dismissed"):
        getattr(panel, name).connect(lambda name=name: panel.asked.append(name))
    return panel


def card(state):
    return ReportCard(lines=(CardLine(family="toy", says="It <b>learns</b>.", state=state, why="<i>no</i>\n"),))


def test_nothing_is_shown_of_nothing(panel):
    panel.show_state(InstallState())
    assert panel.isHidden()


def test_work_can_be_cancelled(panel):
    panel.show_state(InstallState("working", stage="get", done=1, total=3))
    assert panel.progress.text == "get 1 of 3"
    assert panel.yes.isHidden()
    panel.progress._cancel.click()
    assert panel.asked == ["dismissed"]


@pytest.mark.parametrize(("step", "yes"), [("agree", "Install"), ("build", "Build it")])
def test_a_person_agrees_or_not(panel, step, yes):
    panel.show_state(InstallState(step, "toy", "1.0", ("<b>one</b>", "two")))
    assert panel.words.text() == "<b>one</b>\ntwo"
    assert panel.yes.text() == yes
    panel.yes.click()
    panel.no.click()
    assert panel.asked == ["agreed", "dismissed"]


@pytest.mark.parametrize(("state", "yes"), [("passed", "Turn on"), ("failed", "Turn on all the same")])
def test_the_report_card_line_by_line(panel, state, yes):
    panel.show_state(InstallState("card", "toy", "1.0", card=card(state), waits=True))
    assert panel.heading.text() == "Report card of toy 1.0"
    texts = [panel.card.item(0, column).text() for column in range(4)]
    assert texts == ["toy", "It <b>learns</b>.", state.capitalize(), "<i>no</i>"]
    assert panel.yes.text() == yes
    panel.yes.click()
    assert panel.asked == ["turned_on"]


def test_what_is_on_is_only_shown(panel):
    panel.show_state(InstallState("card", "toy", "1.0", card=card("passed")))
    assert panel.yes.isHidden()
    assert panel.no.text() == "Close"
