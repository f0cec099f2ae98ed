"""The Plugins page: what is installed, what each brings, which failed and why, on and off."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QWidget

from studio.core.errors import explain
from studio.desk.plugin_words import brings, describe, state_of
from studio.gui.action import Action, button_of
from studio.gui.layout import Stretch, column, divider, row
from studio.gui.notice import Notice
from studio.gui.page import Page, PageContext
from studio.gui.widgets import Card, PlainLabel, SecondaryLabel, TextTable, TitleLabel
from studio.hooks.catalogue import Catalogue, CataloguePlugin
from studio.store.switches import switch_plugin

__all__ = ["PluginsPage"]

_HEADINGS = ("Name", "Package", "Version", "What it brings", "State")


class PluginsPage(Page):
    """A table of plugins, and the details of one."""

    title = "Plugins"

    def __init__(self, context: PageContext) -> None:
        super().__init__(context)
        self._plugins: list[CataloguePlugin] = []
        self.notice = Notice()
        self.safe_mode = Notice()
        self.table = TextTable("Plugins", *_HEADINGS)
        self.table.setSelectionBehavior(TextTable.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(TextTable.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.table.itemSelectionChanged.connect(self._on_selected)
        self.title_label = TitleLabel("")
        self.details = PlainLabel()
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._switch = Action(self, "plugins.switch", "Turn the chosen plugin off", self._on_switch, short="Turn off")
        self.switch = button_of(self._switch)
        self._switch_words = SecondaryLabel()
        self._refresh = Action(
            self, "plugins.refresh", "Look again for plugins", self.refresh, icon="again", short="Look again"
        )
        self.refresh_button = button_of(self._refresh)
        self.offer(self._refresh, self._switch)
        self._build()
        self.refresh()

    def _build(self) -> None:
        card = Card()
        foot = (self._switch_words, row(self.switch, Stretch()))
        column(self.title_label, self.details, Stretch(), *foot, on=card, margins=(16, 12, 16, 12))
        parts = divider((self.table, 3), (card, 2), sizes=(600, 400))
        column(self.notice, self.safe_mode, (parts, 1), on=self)
        if self.context.safe_mode:
            self.safe_mode.set("info", "Safe mode: only the plugins that come with the studio are used in this window.")

    def header_widgets(self) -> list[QWidget]:
        """Page actions."""
        return [self.refresh_button]

    def shown(self) -> None:
        """Look again: something may have been installed since."""
        self.refresh()

    def refresh(self) -> None:
        """Ask for the catalogue; plugins are imported in a process of its own."""
        context = self.context
        if not self._plugins:
            self.notice.set("info", "Looking for plugins.")
        self._refresh.set_ready(False)
        context.bridge.run(self, context.installed_plugins, self._on_catalogue, self._on_failed)

    def _on_failed(self, error: Exception) -> None:
        self._refresh.set_ready(True)
        self.notice.set("bad", explain(error), button="Look again", on_click=self.refresh)

    def _on_catalogue(self, catalogue: Catalogue) -> None:
        self._refresh.set_ready(True)
        self.notice.set("info", "")
        chosen = self.selected.name if self.selected is not None else ""
        self._plugins = list(catalogue.plugins)
        rows = [
            (plugin.name, plugin.distribution, plugin.version, brings(plugin), state_of(plugin))
            for plugin in self._plugins
        ]
        self.table.set_rows(rows, tips=True)
        names = [plugin.name for plugin in self._plugins]
        self.table.selectRow(names.index(chosen) if chosen in names else 0)
        self._on_selected()

    @property
    def selected(self) -> CataloguePlugin | None:
        """The plugin whose details are shown."""
        row = self.table.currentRow()
        return self._plugins[row] if 0 <= row < len(self._plugins) else None

    def _on_selected(self) -> None:
        plugin = self.selected
        self._switch.setVisible(plugin is not None)
        if plugin is None:
            return
        self.title_label.setText(plugin.families[0].title if len(plugin.families) == 1 else plugin.name)
        self.details.setText(describe(plugin))
        word = "on" if plugin.off else "off"
        self._switch.present(f"Turn the chosen plugin {word}", f"Turn {word}")
        self._switch.setEnabled(not self.context.read_only)
        self._switch_words.setText(
            "Nothing of it is imported while it is off; runs of its family cannot be trained or exported."
        )

    def _on_switch(self) -> None:
        plugin = self.selected
        if plugin is None:
            return
        path, name, on = self.context.workspace.path, plugin.name, plugin.off

        def done(_: Any) -> None:
            self.refresh()
            self.context.toasts.say(f"The plugin '{name}' is {'on' if on else 'off'} now.")

        def failed(error: Exception) -> None:
            self._on_selected()
            self.notice.set("bad", explain(error))

        self._switch.setEnabled(False)
        self.context.bridge.run(self, lambda: switch_plugin(path, name, on), done, failed)
