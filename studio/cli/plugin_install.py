"""The verbs ``studio plugins install | update | remove | check | export | import``."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from studio.cli.target import add_force, refuse_existing
from studio.cli.terminal import Terminal
from studio.core.errors import PluginError
from studio.hooks.found import BUNDLED
from studio.hooks.install.folder import approve, find_installation, put_in_place, remove, roll_back
from studio.hooks.install.plan import InstallPlan, NeedsBuild, make_plan
from studio.hooks.install.plugin_list import ListedPlugin, list_plugins, read_list
from studio.hooks.installed import read_catalogue
from studio.jobs.child import ChildJob
from studio.store.atomic import write_bytes
from studio.store.plugin_folder import folder_name, installations, read_installation, version_folder
from studio.store.report_card import CardLine, ReportCard, write_card
from studio.store.run import RunDocument, list_runs, read_status
from studio.store.workspace import Workspace

__all__ = ["add_verbs"]

_YES = "agree with --yes"
_MARKS = {"passed": "ok", "failed": "FAILED", "skipped": "-", "not reached": "not reached"}


def add_verbs(group: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs to the group ``plugins``."""
    verb = group.add_parser("install", parents=[common], help="install a wheel, a folder, or a name of the index")
    verb.add_argument("what", metavar="WHAT", help="a .whl file, a folder, or a name such as my-plugin==1.2")
    _add_agreement(verb)
    verb.set_defaults(action=_install)
    verb = group.add_parser("update", parents=[common], help="install the newest release of a plugin")
    verb.add_argument("plugin", metavar="PLUGIN", help="name of its package")
    verb.add_argument("--roll-back", action="store_true", help="go back to the version before instead")
    _add_agreement(verb)
    verb.set_defaults(action=_update)
    verb = group.add_parser("remove", parents=[common], help="remove a plugin that the studio installed")
    verb.add_argument("plugin", metavar="PLUGIN", help="name of its package")
    verb.add_argument("--yes", action="store_true", help="do not ask")
    verb.set_defaults(action=_remove)
    verb = group.add_parser("check", parents=[common], help="try a plugin on toy data: its report card")
    verb.add_argument("plugin", metavar="PLUGIN", help="name of its package")
    verb.add_argument("--seconds", type=float, default=300.0, help="how long it may take")
    verb.set_defaults(action=_check)
    verb = group.add_parser("export", parents=[common], help="list the installed plugins with versions and hashes")
    verb.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.json")
    add_force(verb)
    verb.set_defaults(action=_export)
    verb = group.add_parser("import", parents=[common], help="install what such a list names")
    verb.add_argument("file", type=Path, metavar="FILE.json", help="wheels that lie beside it are taken from there")
    _add_agreement(verb)
    verb.set_defaults(action=_import)


def _add_agreement(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--yes", action="count", default=0, help="do not ask; twice to also build a source, which runs its code"
    )
    verb.add_argument("--seconds", type=float, default=300.0, help="how long its report card may take")


def _install(options: argparse.Namespace, terminal: Terminal) -> int:
    with tempfile.TemporaryDirectory() as place:
        plan = _plan(options, terminal, options.what, Path(place))
        return _agree_and_put(options, terminal, plan)


def _plan(options: argparse.Namespace, terminal: Terminal, what: str, place: Path, links: Path | None = None) -> Any:
    first, second = place / "first", place / "second"
    first.mkdir()
    try:
        return make_plan(what, first, options.yes > 1, terminal.progress, links)
    except NeedsBuild as error:
        terminal.end_progress()
        if not terminal.ask(f"{error} Build it?", options.yes > 1, "agree with --yes --yes"):
            raise PluginError("Nothing was installed.") from None
    second.mkdir()
    return make_plan(what, second, True, terminal.progress, links)


def _agree_and_put(options: argparse.Namespace, terminal: Terminal, plan: InstallPlan) -> int:
    terminal.end_progress()
    terminal.event(event="plan", **plan.document())
    for line in plan.lines():
        terminal.say(line)
    if not terminal.ask("Install it?", options.yes > 0, _YES):
        raise PluginError("Nothing was installed.")
    put = put_in_place(plan, terminal.progress)
    return _judge_and_turn_on(options, terminal, put.lock.name)


def _judge_and_turn_on(options: argparse.Namespace, terminal: Terminal, name: str) -> int:
    card = _make_card(options, terminal, name, waiting=True)
    installed = find_installation(name, waiting=True)
    write_card(version_folder(installed.folder, installed.version), card)
    _tell(terminal, card)
    document = {"plugin": name, "version": installed.lock.version, "card": card.model_dump(mode="json")}
    if not card.passed and not _wanted_all_the_same(options, terminal):
        said = f"{name} {installed.lock.version} is installed and off. {card.summary} "
        cure = f"'studio plugins enable {name}' turns it on all the same, 'studio plugins remove {name}' removes it."
        terminal.result({**document, "on": False}, said + cure)
        return 1
    approve(name)
    read_catalogue()  # looks at it once, for whoever lists the plugins next
    terminal.result({**document, "on": True}, f"{name} {installed.lock.version} is installed and on. {card.summary}")
    return 0


def _wanted_all_the_same(options: argparse.Namespace, terminal: Terminal) -> bool:
    if options.yes:
        return False
    return terminal.ask("It does not keep the contract whole. Turn it on all the same?", False, "see what failed")


def _make_card(options: argparse.Namespace, terminal: Terminal, name: str, waiting: bool) -> ReportCard:
    words = [name, "--seconds", str(options.seconds), *(["--waiting"] if waiting else [])]
    job = ChildJob(Workspace(options.workspace), "studio.testing", words)
    card = job.result(terminal.progress, ReportCard.model_validate)
    terminal.end_progress()
    return card


def _tell(terminal: Terminal, card: ReportCard) -> None:
    for line in card.lines:
        terminal.say(f"{_MARKS[line.state]:12}{line.family}: {line.says}{_why(line)}")


def _why(line: CardLine) -> str:
    return f" ({line.why})" if line.why and line.state != "passed" else ""


def _check(options: argparse.Namespace, terminal: Terminal) -> int:
    here = {one.folder.name: one for one in installations()}
    mine = here.get(folder_name(options.plugin))
    waiting = mine is not None and bool(mine.record.waiting)
    card = _make_card(options, terminal, options.plugin, waiting)
    if mine is not None:
        tried = read_installation(mine.folder, waiting)
        write_card(version_folder(tried.folder, tried.version), card)
    _tell(terminal, card)
    document = {"plugin": options.plugin, "passed": card.passed, "card": card.model_dump(mode="json")}
    terminal.result(document, card.summary)
    return 0 if card.passed else 1


def _update(options: argparse.Namespace, terminal: Terminal) -> int:
    before = find_installation(options.plugin)
    name = before.lock.name
    if options.roll_back:
        after = roll_back(options.plugin)
        terminal.result(
            {"plugin": name, "version": after.lock.version, "on": True},
            f"{name} is version {after.lock.version} again; it was {before.lock.version}.",
        )
        return 0
    with tempfile.TemporaryDirectory() as place:
        plan = _plan(options, terminal, name, Path(place))
        facts = plan.plugin.facts
        if facts.version == before.lock.version and facts.sha256 == before.lock.wheels[0].sha256:
            terminal.result(
                {"plugin": name, "version": facts.version, "on": not before.problem},
                f"{name} {facts.version} is the newest.",
            )
            return 0
        return _agree_and_put(options, terminal, plan)


def _remove(options: argparse.Namespace, terminal: Terminal) -> None:
    installed = find_installation(options.plugin)
    name = installed.lock.name
    workspace = Workspace(options.workspace)
    for folder, run in list_runs(workspace):
        theirs = isinstance(run, RunDocument) and run.needs(name)
        if theirs and read_status(folder).state in ("queued", "running", "paused"):
            raise PluginError(f"'{folder.name}' trains with {name}; stop it first.")
    question = f"Remove {name} {installed.lock.version}? Its models stay; its runs cannot go on without it."
    if not terminal.ask(question, options.yes, _YES):
        raise PluginError("Nothing was removed.")
    remove(options.plugin)
    terminal.result({"plugin": name, "removed": True}, f"{name} is removed.")


def _export(options: argparse.Namespace, terminal: Terminal) -> None:
    refuse_existing([options.output], options.force)
    document = list_plugins()
    write_bytes(options.output, (json.dumps(document, indent=1) + "\n").encode())
    count = len(document["plugins"])
    terminal.result({"plugins": count, "output": str(options.output)}, f"{options.output}: {count} of them.")


def _import(options: argparse.Namespace, terminal: Terminal) -> int:
    status = 0
    listed = read_list(options.file)
    here = {one.folder.name: one.lock.version for one in installations() if not one.problem}
    for plugin in listed:
        if here.get(folder_name(plugin.name)) == plugin.version or folder_name(plugin.name) == BUNDLED:
            terminal.say(f"{plugin.name} {plugin.version} is here already.")
            continue
        status = max(status, _import_one(options, terminal, plugin))
    if not listed:
        terminal.result({"plugins": 0}, f"{options.file} names no plugin.")
    return status


def _import_one(options: argparse.Namespace, terminal: Terminal, plugin: ListedPlugin) -> int:
    with tempfile.TemporaryDirectory() as place:
        links = options.file.absolute().parent
        beside = links / plugin.wheels[0].file
        what = str(beside) if beside.is_file() else f"{plugin.name}=={plugin.version}"
        plan = _plan(options, terminal, what, Path(place), links)
        plugin.check(plan)
        return _agree_and_put(options, terminal, plan)
