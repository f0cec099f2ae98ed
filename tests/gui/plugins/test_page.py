"""The Plugins page: what is installed, what it brings, what is broken and why, on and off."""

import pytest
from PySide6.QtWidgets import QTextBrowser

from studio.core.safe_mode import set_safe_mode
from studio.desk.plugin_words import describe, state_of
from studio.gui.page import PageContext
from studio.gui.plugins.page import PluginsPage
from studio.gui.sheet import Sheet
from studio.hooks.catalogue import Catalogue, CataloguePlugin
from studio.store.place import plugins_folder
from studio.store.switches import plugins_off
from tests.wheels import make_wheel


@pytest.fixture
def page(context, wait_until):
    page = PluginsPage(context)
    page.resize(1000, 600)
    page.show()
    wait_until(lambda: page.table.rowCount() >= 2)
    return page


def cell(page, name, column):
    rows = {page.table.item(row, 0).text(): row for row in range(page.table.rowCount())}
    return page.table.item(rows[name], column).text()


def choose(page, name):
    rows = {page.table.item(row, 0).text(): row for row in range(page.table.rowCount())}
    page.table.selectRow(rows[name])


def test_the_bundled_plugins_are_listed(page):
    assert cell(page, "vae", 4) == "On"
    assert "Variational autoencoder" in cell(page, "vae", 3)
    choose(page, "vae")
    assert "train, sample, encode, decode, log_prob, diagnose" in page.details.text()
    assert "CPU, ten minutes" in page.details.text()


def test_off_and_on_again(page, context, wait_until):
    choose(page, "vae")
    page.switch.click()
    wait_until(lambda: cell(page, "vae", 4) == "Off")
    assert plugins_off(context.workspace.path) == {"vae"}
    assert page.selected.name == "vae"
    assert page.switch.text() == "Turn on"
    assert "turned off" in page.details.text()
    page.switch.click()
    wait_until(lambda: cell(page, "vae", 4) == "On")
    assert plugins_off(context.workspace.path) == frozenset()


def test_a_broken_plugin_is_a_row_with_its_reason(page):
    broken = CataloguePlugin(
        name="<b>x</b>",
        distribution="evil\npackage",
        version="1",
        bundled=False,
        reason="It cannot be imported: <i>no</i>",
    )
    page._on_catalogue(Catalogue(plugins=(*page._plugins, broken)))
    assert cell(page, "<b>x</b>", 4) == "Broken"
    choose(page, "<b>x</b>")
    assert "It cannot be imported: <i>no</i>" in page.details.text()
    assert "code with your rights" in page.details.text()
    assert state_of(broken) == "Broken"
    assert "evil\npackage 1" in describe(broken)


def test_a_plugin_of_two_families_is_one_row(page):
    vae = next(plugin for plugin in page._plugins if plugin.name == "vae")
    other = vae.families[0].model_copy(update={"title": "Other", "summary": "Does other things."})
    both = vae.model_copy(update={"name": "both", "families": (*vae.families, other)})
    page._on_catalogue(Catalogue(plugins=(*page._plugins, both)))
    assert cell(page, "both", 3) == f"The families {vae.families[0].title} and Other"
    assert cell(page, "both", 4) == "On"
    choose(page, "both")
    assert page.title_label.text() == "both"
    text = page.details.text()
    assert text.index(vae.families[0].summary) < text.index(
        "\n\nOther\nDoes other things.\n\nModels: image, table, text data"
    )


def test_a_catalogue_that_does_not_answer_is_said(page, monkeypatch, wait_until):
    from studio.core.errors import PluginError

    def fail(*_):
        raise PluginError("The declaration does not return; remove the plugin or start with --safe-mode.")

    monkeypatch.setattr("studio.hooks.installed.installed_plugins", fail)
    page.refresh()
    wait_until(lambda: "--safe-mode" in page.notice.text)
    assert page.refresh_button.isEnabled()
    assert page.table.rowCount() >= 2


def test_safe_mode_is_said(context, wait_until):
    set_safe_mode(True)
    page = PluginsPage(context)
    page.show()
    assert "Safe mode" in page.safe_mode.text
    wait_until(lambda: page.table.rowCount() >= 2)


def test_a_read_only_workspace_cannot_be_switched(context, wait_until):
    locked = PageContext(**{**vars(context), "read_only": True})
    page = PluginsPage(locked)
    page.show()
    wait_until(lambda: page.table.rowCount() >= 2)
    assert not page.switch.isEnabled()


def test_a_wheel_that_was_dropped_is_shown_before_anything_is_done(page, tmp_path, wait_until):
    wheel = make_wheel(tmp_path, "mine", {"toy_mine/__init__.py": "raise RuntimeError('imported')"})
    page.receive({"install": wheel})
    wait_until(lambda: page.install.state.step == "agree", 60)
    assert page.panel.isVisible()
    assert "sha256: " in page.panel.words.text()
    page.panel.no.click()
    wait_until(lambda: page.panel.isHidden())
    assert not plugins_folder().exists()
    page.closing()


def test_what_cannot_be_installed_is_said_on_the_page(page, wait_until):
    page.receive({"install": "nowhere.whl"})
    wait_until(lambda: "There is no nowhere.whl." in page.notice.text, 60)
    page.closing()


def test_what_the_studio_installed_can_be_checked_updated_and_removed(page):
    mine = CataloguePlugin(
        name="mine",
        distribution="mine",
        version="1",
        bundled=False,
        own_folder=True,
        unapproved=True,
        card="3 of 8 checks passed.",
        seconds=5.0,
        reason="toy/__init__.py of it changed since it was approved; look at what is there, then turn it on again.",
    )
    page._on_catalogue(Catalogue(plugins=(*page._plugins, mine)))
    choose(page, "vae")
    assert not any(action.isVisible() for action in page._own)
    choose(page, "mine")
    assert all(action.isVisible() for action in page._own)
    assert page.switch.text() == "Turn on"
    assert cell(page, "mine", 4) == "Off"
    assert "Report card: 3 of 8 checks passed." in page.details.text()
    assert "Its import takes 5.0 s" in page.details.text()


def test_the_authors_guide_is_shown(page):
    page.guide_button.click()
    (sheet,) = page.window().findChildren(Sheet)
    (text,) = sheet.findChildren(QTextBrowser)
    assert "studio_families" in text.toPlainText()
    sheet.dismiss()
