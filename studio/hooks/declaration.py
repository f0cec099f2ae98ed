"""Checks what a plugin declares, and says of each wrong answer which hook gave it, what came, and what was expected."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from studio.core.errors import PluginError
from studio.core.extension import Extension, Features, ItemCodec, ItemTransform, Metric, Reader
from studio.core.modality import Condition, Modality, ViewKind
from studio.core.settings import FamilySettings
from studio.core.spec import Family, Preset
from studio.hooks.hookspecs import PROJECT, StudioHooks

__all__ = ["DECLARING", "Declaration", "check_hooks", "read_declaration"]

# The hooks that declare, with what their lists hold.
DECLARING: dict[str, type[Family | Extension]] = {
    "studio_families": Family,
    "studio_readers": Reader,
    "studio_transforms": ItemTransform,
    "studio_codecs": ItemCodec,
    "studio_features": Features,
    "studio_metrics": Metric,
}
_NEEDED = ("studio_train", "studio_sample")
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_CALLED = {Reader: "read", ItemTransform: "apply", ItemCodec: "build", Features: "extract", Metric: "measure"}
# What a reader of a plugin can give as arrays.
_READ = ("image", "table")


@dataclass(frozen=True)
class Declaration:
    """What a plugin declares: its families, and everything else."""

    families: tuple[Family, ...] = ()
    extensions: tuple[Extension, ...] = ()


def check_hooks(plugin: object, name: str) -> None:
    """Check that every hook of a plugin is one that the studio calls.

    Raises:
        PluginError: If it is a class, a name is misspelt, or a hook is not marked as one.
    """
    if isinstance(plugin, type):
        raise PluginError(
            f"The plugin '{name}' is the class {plugin.__name__}, not an object of it: let its entry point name "
            f"plugin = {plugin.__name__}()."
        )
    known = [hook for hook in vars(StudioHooks) if hook.startswith("studio_")]
    # pluggy marks what it calls with an attribute of the project's name.
    mark, found = f"{PROJECT}_impl", False
    for hook in dir(plugin):
        method = getattr(plugin, hook, None)
        marked = hasattr(method, mark)
        if not callable(method) or not (marked or hook.startswith("studio_")):
            continue
        if hook not in known:
            near = difflib.get_close_matches(hook, known, n=1)
            advice = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}."
            raise PluginError(f"The plugin '{name}' has the hook {hook}, which the studio does not know; {advice}")
        if not marked:
            raise PluginError(f"{hook} of the plugin '{name}' is never called: put @hookimpl of studio.api above it.")
        found = True
    if not found:
        raise PluginError(
            f"The plugin '{name}' has no hook: it is {type(plugin).__name__}, and the studio would never call it."
        )


def read_declaration(name: str, has: Callable[[str], bool], call: Callable[[str], Any]) -> Declaration:
    """Ask a plugin what it declares.

    Args:
        name: The plugin's name, for sentences.
        has: Whether it has a hook.
        call: Calls a hook without arguments.

    Raises:
        PluginError: If an answer is not sound.
    """
    declared = {hook: _list_of(hook, kind, call(hook), name) for hook, kind in DECLARING.items() if has(hook)}
    families = tuple(declared.pop("studio_families", ()))
    for hook in _NEEDED:
        if families and not has(hook):
            raise PluginError(f"The plugin '{name}' has no hook {hook}, which every family needs.")
    for family in families:
        _check_family(family, name)
    extensions = tuple(each for entries in declared.values() for each in entries)
    for each in extensions:
        _check_extension(each, name)
    seen: set[tuple[str, str]] = set()
    declarations: tuple[Family | Extension, ...] = (*families, *extensions)
    for each in declarations:
        key = (type(each).__name__, each.id)
        if key in seen:
            raise PluginError(f"The plugin '{name}' declares the {key[0]} '{each.id}' twice.")
        seen.add(key)
    return Declaration(families, extensions)


def _list_of(hook: str, kind: type[Any], answer: object, name: str) -> Sequence[Any]:
    if not isinstance(answer, list):
        raise PluginError(
            f"The plugin '{name}' answers {hook} with {type(answer).__name__}, not a list of {kind.__name__}."
        )
    if not answer:
        raise PluginError(f"The plugin '{name}' answers {hook} with an empty list; leave the hook out.")
    for each in answer:
        if not isinstance(each, kind):
            what = f"the class {each.__name__}" if isinstance(each, type) else type(each).__name__
            raise PluginError(f"The plugin '{name}' has {what} in the list of {hook}, which holds {kind.__name__}.")
    return answer


def _check_id(id: object, what: str, name: str) -> None:
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise PluginError(f"The plugin '{name}' calls its {what} {id!r}: use lower case letters, digits and _.")


def _check_family(family: Family, name: str) -> None:
    if not isinstance(family.settings, type) or not issubclass(family.settings, FamilySettings):
        raise PluginError(f"The settings of the plugin '{name}' are not a subclass of FamilySettings.")
    _check_id(family.id, "family", name)
    whose = f"of the family '{family.id}' of the plugin '{name}'"
    if not all(isinstance(text, str) for text in (family.title, family.summary, family.paper)):
        raise PluginError(f"The title, summary or paper {whose} is no text.")
    match family.monitor:
        case (str(), "min" | "max"):
            pass
        case _:
            raise PluginError(
                f"The monitor {whose} is {family.monitor!r}; name a metric of its validation and which way is better, "
                "such as ('loss', 'min')."
            )
    if not isinstance(family.presets, tuple | list) or not all(isinstance(each, Preset) for each in family.presets):
        raise PluginError(f"The presets {whose} are not a tuple of Preset.")
    for field, allowed in (("views", get_args(ViewKind)), ("conditions", get_args(Condition))):
        found = getattr(family, field)
        if not isinstance(found, tuple | list) or not found or not set(found) <= set(allowed):
            raise PluginError(
                f"The family '{family.id}' of the plugin '{name}' has {field} = {found!r}; give a tuple of "
                f"{', '.join(allowed)}."
            )


def _check_extension(each: Extension, name: str) -> None:
    what = type(each).__name__
    _check_id(each.id, what, name)
    where = f"The {what} '{each.id}' of the plugin '{name}'"
    known = _READ if isinstance(each, Reader) else get_args(Modality)
    if each.modality not in known:
        raise PluginError(f"{where} is for {each.modality!r} data; the studio knows {', '.join(known)}.")
    called = _CALLED[type(each)]
    if not callable(getattr(each, called)):
        raise PluginError(f"{where} has {called} = {getattr(each, called)!r}, which cannot be called.")
    if isinstance(each, Reader):
        suffixes = each.suffixes
        good = isinstance(suffixes, tuple | list) and suffixes and all(_is_suffix(suffix) for suffix in suffixes)
        if not good:
            raise PluginError(f"{where} has suffixes = {suffixes!r}; give a tuple such as ('.xyz',), in lower case.")
    if isinstance(each, ItemCodec) and each.view not in get_args(ViewKind):
        raise PluginError(f"{where} has view = {each.view!r}; give one of {', '.join(get_args(ViewKind))}.")
    if isinstance(each, Metric) and each.better not in ("min", "max"):
        raise PluginError(f"{where} has better = {each.better!r}; give 'min' or 'max'.")


def _is_suffix(suffix: object) -> bool:
    return isinstance(suffix, str) and re.fullmatch(r"\.[a-z0-9][a-z0-9._-]{0,19}", suffix) is not None
