"""Installs, checks, updates and removes plugins, a step at a time; between the steps a person agrees."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from studio.desk.context import Desk
from studio.desk.job import Cancelled, Failed, Finished, FollowedJob, JobReport, Progressed
from studio.jobs.child import ChildJob
from studio.store.place import plugins_folder
from studio.store.plugin_folder import folder_name, read_installation, version_folder
from studio.store.report_card import ReportCard, write_card

__all__ = ["InstallState", "PluginInstall"]

_INSTALL, _CARD = "studio.hooks.install", "studio.testing"
_PATIENCE_S = 3.0


@dataclass(frozen=True)
class InstallState:
    """Where an installation is.

    Attributes:
        step: ``nothing``; ``working``, with a job; ``build``, where a person may let code of a source run; ``agree``,
            where a person may agree to what would happen; ``card``, where a person may turn the plugin on.
        name: Name of the distribution, where it is known.
        version: Its version.
        lines: What a person agrees to.
        card: What was tried.
        waits: Whether the card is of a version that is off until it is turned on.
        stage: What the job does.
        done: How much of it is done.
        total: Of how much; 0 where that is not known.
    """

    step: Literal["nothing", "working", "build", "agree", "card"] = "nothing"
    name: str = ""
    version: str = ""
    lines: tuple[str, ...] = ()
    card: ReportCard = field(default_factory=ReportCard)
    waits: bool = False
    stage: str = ""
    done: int = 0
    total: int = 0


class PluginInstall:
    """One installation, check or removal at a time.

    Args:
        desk: What it needs of the window.
        changed: Called when ``state`` is another.
        installed: Called when what is installed may be another.
        problem: Told why something did not work, in a sentence.
    """

    def __init__(
        self, desk: Desk, changed: Callable[[], None], installed: Callable[[], None], problem: Callable[[str], None]
    ) -> None:
        self._desk = desk
        self._changed = changed
        self._installed = installed
        self._problem = problem
        self._job: FollowedJob | None = None
        self._what = ""
        self._place: Path | None = None
        self.state = InstallState()

    def install(self, what: str, build: bool = False) -> None:
        """Work out what the installation of a wheel, a folder or a name would do."""
        if self.state.step == "working" or self._refused():
            return
        self._forget()
        self._what = what
        self._place = Path(tempfile.mkdtemp(prefix="studio-plugin-"))
        words = ["plan", what, str(self._place), *(["--build"] if build else [])]
        self._start("look at it", _INSTALL, words, self._on_planned)

    def agree(self) -> None:
        """Go on: build the source, or install what was planned."""
        if self.state.step == "build":
            self.state = InstallState()
            self.install(self._what, build=True)
        elif self.state.step == "agree" and self._place is not None:
            self._start("install", _INSTALL, ["put", str(self._place)], self._on_put)

    def check(self, name: str) -> None:
        """Try a plugin that is installed: its report card."""
        if self.state.step == "working" or self._refused():
            return
        self._forget()
        waits = bool(read_installation(plugins_folder() / folder_name(name)).record.waiting)
        self.state = InstallState(name=name, waits=waits)
        words = [name, *(["--waiting"] if waits else [])]
        self._start("check", _CARD, words, self._on_card)

    def turn_on(self, name: str, said: Callable[[], None] | None = None) -> None:
        """Use the version that waits, or approve files that changed."""
        if self.state.step == "working":
            return

        def on(result: Mapping[str, Any]) -> None:
            self.dismiss()
            self._desk.messages.say(f"{result['name']} {result['version']} is on.", kind="good")
            self._installed()
            if said is not None:
                said()

        self._start("turn on", _INSTALL, ["approve", name], on)

    def roll_back(self, name: str) -> None:
        """Use the version before."""
        if self.state.step == "working" or self._refused():
            return

        def back(result: Mapping[str, Any]) -> None:
            self.dismiss()
            self._desk.messages.say(f"{result['name']} is version {result['version']} again.")
            self._installed()

        self._start("go back", _INSTALL, ["roll-back", name], back)

    def remove(self, name: str) -> None:
        """Remove a plugin; the message offers to put it back."""
        if self.state.step == "working" or self._refused():
            return

        def removed(result: Mapping[str, Any]) -> None:
            self.dismiss()
            words = ["put-back", str(result["folder"])]
            text = f"Removed {result['name']}. Models that it trained can still be sampled."
            self._desk.messages.say(text, "Undo", lambda: self._start("put back", _INSTALL, words, self._on_back))
            self._installed()

        self._start("remove", _INSTALL, ["remove", name], removed)

    def dismiss(self) -> None:
        """Cancel the job, or put away what is asked; what is installed stays as it is."""
        if self._job is not None:
            self._job.cancel()
        else:
            self._forget()
            self._set(InstallState())

    def close(self) -> None:
        """End the job, as the window does when it closes."""
        if self._job is not None:
            self._job.cancel()
            self._job.wait(_PATIENCE_S)
        self._forget()

    def _refused(self) -> bool:
        if self._desk.read_only:
            self._problem("This workspace can only be read; open another to change plugins.")
        return self._desk.read_only

    def _start(self, stage: str, module: str, words: Sequence[str], then: Callable[[Mapping[str, Any]], None]) -> None:
        workspace = self._desk.workspace

        def tell(report: JobReport) -> None:
            match report:
                case Progressed(stage, done, total):
                    self._set(replace(self.state, stage=stage, done=done, total=total))
                case Finished(result):
                    self._job = None
                    then(result)
                case Failed(text):
                    self._job = None
                    self.dismiss()
                    self._problem(text)
                    self._installed()
                case Cancelled():
                    self._job = None
                    self.dismiss()
                    self._installed()

        self._job = FollowedJob(lambda: ChildJob(workspace, module, list(words)), tell, self._desk.worker.receiver)
        self._set(replace(self.state, step="working", stage=stage, done=0, total=0))
        self._job.start()

    def _on_planned(self, result: Mapping[str, Any]) -> None:
        lines = tuple(map(str, result["lines"]))
        step: Literal["agree", "build"] = "agree" if result["name"] else "build"
        self._set(InstallState(step, result["name"], result["version"], lines))

    def _on_put(self, result: Mapping[str, Any]) -> None:
        self._forget()
        self.state = InstallState(name=result["name"], version=result["version"], waits=True)
        self._installed()
        self._start("check", _CARD, [result["name"], "--waiting"], self._on_card)

    def _on_card(self, result: Mapping[str, Any]) -> None:
        card = ReportCard.model_validate(result)
        name, waits = self.state.name, self.state.waits
        here = read_installation(plugins_folder() / folder_name(name), waits)
        if here.version:
            write_card(version_folder(here.folder, here.version), card)
        self._set(InstallState("card", name, here.lock.version, card=card, waits=waits))
        self._installed()

    def _on_back(self, result: Mapping[str, Any]) -> None:
        self.dismiss()
        self._desk.messages.say(f"{result['name']} is back.")
        self._installed()

    def _forget(self) -> None:
        """Remove the wheels of a plan."""
        if self._place is not None:
            shutil.rmtree(self._place, ignore_errors=True)
            self._place = None

    def _set(self, state: InstallState) -> None:
        self.state = state
        self._changed()
