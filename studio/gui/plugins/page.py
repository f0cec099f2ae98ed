"""The Plugins page: what is installed, what each brings, which failed and why; installing, on, off and removing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QMenu, QTextBrowser, QWidget

from studio.core.errors import explain
from studio.core.resources import resource
from studio.core.safe_mode import in_safe_mode
from studio.desk.plugin_install import PluginInstall
from studio.desk.plugin_words import brings, describe, state_of
from studio.gui.action import Action, add_to_menu, button_of
from studio.gui.dialog import ask_for_files, ask_for_folder
from studio.gui.layout import Stretch, boxed, column, divider, row, scrolling
from studio.gui.notice import Notice
from studio.gui.page import Page, PageContext
from studio.gui.plugins.install_panel import InstallPanel
from studio.gui.sheet import Sheet
from studio.gui.widgets import Button, Card, LineEdit, PlainLabel, SecondaryLabel, TextTable, TitleLabel
from studio.hooks.catalogue import Catalogue, CataloguePlugin
from studio.store.switches import switch_plugin

__all__ = ["PluginsPage"]

_HEADINGS = ("Name", "Package", "Version", "What it brings", "State")
_SAFE = ("Start in safe mode", "Close this window and open it with the plugins that come with the studio only")
_OFF = "Nothing of it is imported while it is off; runs of its family cannot be trained or exported."


class PluginsPage(Page):
    """A table of plugins, the details of one, and above them an installation."""

    title = "Plugins"

    def __init__(self, context: PageContext) -> None:
        super().__init__(context)
        self._plugins: list[CataloguePlugin] = []
        self.notice = Notice(closable=True)
        self.safe_mode = Notice()
        self.table = TextTable("Plugins", *_HEADINGS)
        self.table.setSelectionBehavior(TextTable.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(TextTable.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.table.itemSelectionChanged.connect(self._on_selected)
        self.title_label = TitleLabel("")
        self.details = PlainLabel()
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop)
        desk = context.desk(self)
        self.install = PluginInstall(desk, self._on_install_changed, self.refresh, self._say)
        self.panel = InstallPanel()
        self.panel.agreed.connect(self.install.agree)
        self.panel.turned_on.connect(self._on_turned_on)
        self.panel.dismissed.connect(self.install.dismiss)
        self._name = LineEdit("Name of a package")
        self._name.setPlaceholderText("Name of a package, such as my-plugin or my-plugin==1.2")
        self._name.returnPressed.connect(self._on_named)
        self._make_actions()
        self._build()
        self.refresh()

    def _make_actions(self) -> None:
        self._refresh = Action(
            self, "plugins.refresh", "Look again for plugins", self._look_again, icon="again", short="Look again"
        )
        from_file = Action(self, "plugins.file", "Install a plugin from a wheel", self._ask_for_wheel, short="A wheel")
        from_folder = Action(
            self, "plugins.folder", "Install a plugin from a folder", self._ask_for_folder, short="A folder of source"
        )
        from_index = Action(
            self, "plugins.index", "Install a plugin of the package index", self._ask_for_name, short="A name"
        )
        self._switch = Action(self, "plugins.switch", "Turn the chosen plugin off", self._on_switch, short="Turn off")
        self._check = Action(self, "plugins.check", "Check the chosen plugin", self._on_check, short="Check")
        self._update = Action(self, "plugins.update", "Update the chosen plugin", self._on_update, short="Update")
        self._back = Action(
            self, "plugins.back", "Go back to the version before of the chosen plugin", self._on_back, short="Go back"
        )
        self._remove = Action(
            self, "plugins.remove", "Remove the chosen plugin", self._on_remove, icon="bin", short="Remove"
        )
        self._own = (self._check, self._update, self._back, self._remove)
        self.offer(from_file, from_folder, from_index, self._refresh, self._switch, *self._own)
        self.install_button = Button("Install", "plus", primary=True)
        self._menu = QMenu(self)
        add_to_menu(self._menu, from_file, from_folder, from_index)
        self.install_button.setMenu(self._menu)
        self.install_button.setEnabled(not self.context.read_only)
        self.refresh_button = button_of(self._refresh)
        words = ("Leave safe mode", "Use all plugins again") if in_safe_mode() else _SAFE
        self._safe = Action(self, "plugins.safe", words[0], self._on_safe_mode, tip=words[1])
        self._guide = Action(
            self, "plugins.guide", "Show how plugins are written", self._on_guide, short="Write your own"
        )
        self.offer(self._safe, self._guide)
        self.guide_button = button_of(self._guide)
        self.safe_button = button_of(self._safe)
        self.switch = button_of(self._switch)

    def _build(self) -> None:
        self._switch_words = SecondaryLabel(_OFF)
        buttons = row(self.switch, *(button_of(action) for action in self._own), Stretch())
        card = Card()
        foot = (self._switch_words, buttons)
        column(self.title_label, (scrolling(self.details), 1), *foot, on=card, margins=(16, 12, 16, 12))
        install = Button("Look at it")
        install.clicked.connect(self._on_named)
        close = Button("Cancel")
        self._asks_name = boxed(row((self._name, 1), install, close))
        close.clicked.connect(self._asks_name.hide)
        self._asks_name.hide()
        parts = divider((self.table, 3), (card, 2), sizes=(600, 400))
        column(self.notice, self.safe_mode, self._asks_name, (self.panel, 1), (parts, 1), on=self)
        if in_safe_mode():
            self.safe_mode.set("info", "Safe mode: only the plugins that come with the studio are used in this window.")

    def header_widgets(self) -> list[QWidget]:
        """Page actions."""
        return [self.guide_button, self.safe_button, self.refresh_button, self.install_button]

    def receive(self, target: dict[str, Any]) -> None:
        """Look at a wheel that was dropped, or at a package that a run needs."""
        if "install" in target:
            self.install.install(os.fspath(target["install"]))

    def shown(self) -> None:
        """Look again: something may have been installed since."""
        self.refresh()

    def closing(self) -> None:
        """End what is at work; what was installed before stays."""
        self.install.close()

    def refresh(self, again: bool = False) -> None:
        """Ask for the catalogue; plugins are imported in processes of their own.

        Args:
            again: Ask those again that could not be used.
        """
        context = self.context
        if not self._plugins:
            self.notice.set("info", "Looking for plugins.")
        self._refresh.set_ready(False)
        context.bridge.run(self, lambda: context.installed_plugins(again), self._on_catalogue, self._on_failed)

    def _on_guide(self) -> None:
        sheet = Sheet("How plugins are written", self.window(), width=860)
        page = QTextBrowser()
        page.setOpenExternalLinks(True)
        page.setMarkdown(resource("plugin-guide.md").read_text(encoding="utf-8"))
        sheet.content.addWidget(page)
        sheet.open()

    def _on_safe_mode(self) -> None:
        if self.context.restart is not None:
            self.context.restart(not in_safe_mode())

    def _look_again(self) -> None:
        self.refresh(again=True)

    def _say(self, text: str) -> None:
        self.notice.set("bad", text)

    def _on_failed(self, error: Exception) -> None:
        self._refresh.set_ready(True)
        self.notice.set("bad", explain(error), button="Look again", on_click=self._look_again)

    def _on_catalogue(self, catalogue: Catalogue) -> None:
        self._refresh.set_ready(True)
        if self.notice.text == "Looking for plugins.":
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
        for action in self._own:
            action.setVisible(plugin is not None and plugin.own_folder)
        if plugin is None:
            return
        self.title_label.setText(plugin.families[0].title if len(plugin.families) == 1 else plugin.title or plugin.name)
        self.details.setText(describe(plugin))
        word = "on" if self._is_off(plugin) else "off"
        self._switch.present(f"Turn the chosen plugin {word}", f"Turn {word}")
        free = not self.context.read_only and self.install.state.step != "working"
        for action in (self._switch, *self._own):
            action.setEnabled(free)

    def _is_off(self, plugin: CataloguePlugin) -> bool:
        """Whether it is for the person to turn it on: turned off, or not approved as it is."""
        return plugin.off or plugin.unapproved

    def _on_install_changed(self) -> None:
        self.panel.show_state(self.install.state)
        self._on_selected()

    def _ask_for_wheel(self) -> None:
        ask_for_files(self, "Install a plugin", "Wheels (*.whl)", lambda chosen: self._look_at(chosen[0]))

    def _ask_for_folder(self) -> None:
        ask_for_folder(self, "Install a plugin from its source", self._look_at)

    def _ask_for_name(self) -> None:
        self._asks_name.show()
        self._name.setFocus()

    def _on_named(self) -> None:
        if self._name.text().strip():
            self._asks_name.hide()
            self._look_at(self._name.text().strip())

    def _look_at(self, what: str | Path) -> None:
        self.notice.hide()
        self.install.install(os.fspath(what))

    def _on_turned_on(self) -> None:
        self.install.turn_on(self.install.state.name)

    def _with_selected(self, act: Any) -> None:
        if self.selected is not None:
            self.notice.hide()
            act(self.selected.distribution)

    def _on_check(self) -> None:
        self._with_selected(self.install.check)

    def _on_update(self) -> None:
        self._with_selected(self.install.install)

    def _on_back(self) -> None:
        self._with_selected(self.install.roll_back)

    def _on_remove(self) -> None:
        plugin = self.selected
        user = next((run for run in self.context.watch.snapshot.runs if run.live and _needs(run, plugin)), None)
        if user is not None:
            self._say(f"'{user.name}' trains with it; stop that first.")
            return
        self._with_selected(self.install.remove)

    def _on_switch(self) -> None:
        plugin = self.selected
        if plugin is None:
            return
        if plugin.unapproved and not plugin.off:
            self.install.turn_on(plugin.distribution)
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


def _needs(run: Any, plugin: CataloguePlugin | None) -> bool:
    return plugin is not None and run.document is not None and bool(run.document.needs(plugin.distribution))
