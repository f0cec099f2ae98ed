"""The author's guide: a page in plain English, whose lists of hooks and handles are made from the contract itself.

``python -m studio.hooks.guide`` writes them anew into the page.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from studio.core.extension import Features, ItemCodec, ItemsRead, ItemTransform, Metric, ObservedRun, Reader
from studio.core.protocol import Codec, Described, Session, Trained
from studio.core.resources import resource
from studio.hooks.hookspecs import StudioHooks
from studio.hooks.loader import ABILITIES

__all__ = ["guide_path", "guide_text", "made_anew"]

_SECTIONS: dict[str, Callable[[], Iterator[str]]] = {
    "hooks": lambda: _hooks(),
    "session": lambda: _members(Session),
    "trained": lambda: _members(Trained),
    "codec": lambda: _members(Codec),
    "extensions": lambda: (line for kind in _EXTENSIONS for line in _fields(kind)),
}
_NEEDED = ("studio_families", "studio_train", "studio_sample")
_EXTENSIONS: tuple[type, ...] = (Reader, ItemsRead, ItemTransform, ItemCodec, Features, Metric, ObservedRun)


def guide_path() -> Path:
    """Where the guide lies, a Markdown file."""
    return resource("plugin-guide.md")


def guide_text() -> str:
    """The guide, Markdown."""
    return guide_path().read_text(encoding="utf-8")


def made_anew(text: str) -> str:
    """The guide with the sections between its marks made from the contract of now.

    Raises:
        ValueError: If a section lacks its marks.
    """
    for name, make in _SECTIONS.items():
        begin, end = f"<!-- made from the contract: {name} -->", f"<!-- end of {name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"the guide has no section '{name}' between its marks")
        body = "\n".join(make()).strip()
        text = f"{before}{begin}\n\n{body}\n\n{end}{after}"
    return text


def _hooks() -> Iterator[str]:
    for name, hook in vars(StudioHooks).items():
        if name.startswith("studio_"):
            yield f"#### `{name}{_signature(hook)}`"
            yield ""
            if name in _NEEDED:
                yield "Every plugin with families has it."
            elif name in ABILITIES:
                yield "Where the mathematics offers it."
            else:
                yield "[Beside families](#beside-families)."
            for paragraph in _text(hook):
                yield ""
                yield paragraph
            yield ""


def _fields(kind: type) -> Iterator[str]:
    """A class of values with what each is."""
    about, _, attributes = (inspect.getdoc(kind) or "").partition("Attributes:")
    base = "" if kind.__mro__[1] is object else " It has an `id`, a `title` and a `modality` too."
    yield f"**`{kind.__name__}`**: {' '.join(about.split()).replace('``', '`')}{base}"
    yield ""
    for entry in re.split(r"\n    (?=\w+: )", attributes)[1:]:
        name, _, meaning = entry.partition(": ")
        yield f"- `{name}`: {' '.join(meaning.split()).replace('``', '`')}"
    yield ""


def _members(protocol: type) -> Iterator[str]:
    """One line for each thing that a handle has, those of both kinds of handles too."""
    described = vars(Described) if Described in protocol.__mro__ else {}
    attributes = re.search(r"Attributes:\n((?:    .+\n?)+)", inspect.getdoc(protocol) or "")
    for line in attributes[1].splitlines() if attributes else ():
        name, _, meaning = line.strip().partition(": ")
        yield f"- `{name}`: {meaning}"
    for name, member in {**described, **vars(protocol)}.items():
        function = member.fget if isinstance(member, property) else member
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        shown = name if isinstance(member, property) else f"{name}{_signature(function)}"
        yield f"- `{shown}`: {next(_text(function))}"


def _text(function: Any) -> Iterator[str]:
    """The paragraphs of its description, each a line."""
    for paragraph in (inspect.getdoc(function) or "").split("\n\n"):
        # Code is marked once in Markdown.
        yield " ".join(paragraph.split()).replace("``", "`")


def _signature(function: Any) -> str:
    """Its arguments and what it gives, without self and without quotes."""
    signature = inspect.signature(function)
    kept = [parameter for name, parameter in signature.parameters.items() if name != "self"]
    text = re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(signature.replace(parameters=kept)))
    # As an author imports them.
    return re.sub(r"\b(torch\.nn\.|studio\.[a-z.]+\.)", "", text)


def main() -> None:
    """Write the made sections anew."""
    path = guide_path()
    path.write_text(made_anew(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
