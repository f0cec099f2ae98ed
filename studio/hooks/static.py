"""What a plugin says of itself without being imported: the file ``studio.json`` of its package.

::

    {"title": "Gaussian mixture", "families": ["gaussian_mixture"], "api": [1, 1]}

It lies beside the package's ``__init__.py``, is found through the entry point of the group ``studio``, and may be left
out: then a plugin is known by its name alone until its own process was asked.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from studio.core.errors import PluginError, explain
from studio.core.spec import API_VERSION

__all__ = ["STATIC_NAME", "StaticManifest", "packages_of", "read_static", "refuse_api"]

STATIC_NAME = "studio.json"
_MOST_BYTES = 64 * 1024
_Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class StaticManifest(BaseModel):
    """What a plugin says of itself without being imported.

    Attributes:
        title: Name shown to people.
        summary: One sentence on what it is good for.
        families: Ids of the families that it declares.
        api: First and last version of the plugin contract that it works with.
        check: For each family the settings that make it small, so that its report card takes seconds.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    title: str = Field("", max_length=200)
    summary: str = Field("", max_length=1000)
    families: tuple[_Id, ...] = Field((), max_length=64)
    api: tuple[int, int] = (API_VERSION, API_VERSION)
    check: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _rises(self) -> StaticManifest:
        if self.api[0] > self.api[1]:
            raise ValueError("api is the first and the last version, in this order")
        return self


def refuse_api(api: object, name: str) -> None:
    """Check the versions of the contract that a plugin works with.

    Args:
        api: First and last version.
        name: The plugin's name, for the sentence.

    Raises:
        PluginError: If this studio's is none of them.
    """
    match api:
        case [int(first), int(last)]:
            pass
        case _:
            raise PluginError(
                f"The plugin '{name}' has api = {api!r}; give the first and the last version, such as (1, 1)."
            )
    if not first <= API_VERSION <= last:
        versions = f"version {first}" if first == last else f"the versions {first} to {last}"
        raise PluginError(
            f"The plugin '{name}' was written for {versions} of the plugin contract, this studio has version "
            f"{API_VERSION}; install a matching release."
        )


def packages_of(entry: importlib.metadata.EntryPoint, installed: importlib.metadata.Distribution) -> list[Path]:
    """Folders of the package of an entry point, or its one file; nothing of it is imported."""
    top = entry.module.partition(".")[0]
    places = [Path(str(installed.locate_file(top))), Path(str(installed.locate_file(f"{top}.py")))]
    found = [place for place in places if place.exists()]
    if not found:
        # Installed for editing: its files lie elsewhere.
        with suppress(ImportError, ValueError, AttributeError):
            spec = importlib.util.find_spec(top)
            if spec is not None:
                folders = spec.submodule_search_locations
                found = [Path(folder) for folder in folders] if folders else [Path(spec.origin or "")]
    return found


def read_static(packages: list[Path]) -> StaticManifest:
    """The manifest in one of some folders; an empty one where there is none.

    Raises:
        PluginError: If it is damaged, or for another version of the contract.
    """
    for folder in packages:
        path = folder / STATIC_NAME
        try:
            with open(path, "rb") as file:
                data = file.read(_MOST_BYTES + 1)
            if len(data) > _MOST_BYTES:
                raise PluginError(f"Its {STATIC_NAME} has more than {_MOST_BYTES:,} bytes.")
            return StaticManifest.model_validate(json.loads(data))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise PluginError(f"Its {STATIC_NAME} cannot be read: {explain(error)}.") from None
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the whole"
            raise PluginError(f"In its {STATIC_NAME}, {place}: {first['msg']}.") from None
        except (ValueError, RecursionError):
            raise PluginError(f"Its {STATIC_NAME} is no JSON.") from None
    return StaticManifest()
