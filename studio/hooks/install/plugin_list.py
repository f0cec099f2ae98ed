"""A list of plugins that can be handed on: names, versions and hashes, to install the same elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.core.errors import PluginError, WorkspaceError
from studio.core.words import path_text
from studio.hooks.install.plan import InstallPlan
from studio.store.atomic import read_document
from studio.store.plugin_folder import LockedWheel, installations

__all__ = ["ListedPlugin", "list_plugins", "read_list"]

_FORMAT = 1


class ListedPlugin(BaseModel):
    """A plugin of a list: its name, its version, and every wheel that it was made of, its own first."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+!_-]{0,99}$")
    wheels: tuple[LockedWheel, ...] = Field(min_length=1, max_length=1000)

    def check(self, plan: InstallPlan) -> None:
        """Check that a plan would install what was listed.

        Raises:
            PluginError: If a wheel is another one, or one is missing that the list has.
        """
        listed = {wheel.file: wheel.sha256 for wheel in self.wheels}
        for wheel in plan.wheels:
            facts = wheel.facts
            if listed.get(facts.file, facts.sha256) != facts.sha256:
                raise PluginError(
                    f"{facts.file} is not the one that the list names: its sha256 is {facts.sha256}, listed is "
                    f"{listed[facts.file]}."
                )


def list_plugins() -> dict[str, Any]:
    """What the studio installed and the person approved, as a document."""
    plugins = [
        ListedPlugin(name=one.lock.name, version=one.lock.version, wheels=one.lock.wheels).model_dump(mode="json")
        for one in installations()
        if not one.problem
    ]
    return {"format": _FORMAT, "plugins": plugins}


def read_list(path: Path) -> list[ListedPlugin]:
    """The plugins of a list.

    Raises:
        PluginError: If it is none.
    """
    try:
        plugins = read_document(path, _FORMAT)["plugins"]
        return [ListedPlugin.model_validate(plugin) for plugin in plugins]
    except WorkspaceError as error:
        raise PluginError(str(error)) from None
    except (KeyError, TypeError, ValidationError):
        raise PluginError(
            f"{path_text(path)} is no list of plugins; 'studio plugins export -o FILE.json' makes one."
        ) from None
