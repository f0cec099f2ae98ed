"""The studio's own settings of a run, and how settings are read from words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from studio.core.errors import SettingsError, explain_value

__all__ = [
    "FamilySettings",
    "TrainSettings",
    "build_settings",
    "extension_names",
    "join_settings",
    "parse_assignments",
    "setting",
    "split_settings",
]


S = TypeVar("S", bound=BaseModel)


def setting(
    default: Any,
    *,
    help: str,
    title: str | None = None,
    minimum: float | None = None,
    above: float | None = None,
    maximum: float | None = None,
    below: float | None = None,
    multiple_of: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    unit: str = "",
    advanced: bool = False,
) -> Any:
    """Declare one setting of a settings class.

    Args:
        default: Value where the person sets none.
        help: One sentence for people.
        title: Name shown to people; made from the key where there is none.
        minimum: Smallest value allowed.
        above: Value that it must lie above.
        maximum: Largest value allowed.
        below: Value that it must lie below.
        multiple_of: Number that it must be a multiple of.
        min_length: Fewest values of a list.
        max_length: Most values of a list.
        unit: Unit of the number, shown beside it.
        advanced: Whether it is shown only to who asks for more.
    """
    extra: dict[str, Any] = {}
    if advanced:
        extra["advanced"] = True
    if unit:
        extra["unit"] = unit
    return Field(
        default,
        description=help,
        title=title,
        ge=minimum,
        gt=above,
        le=maximum,
        lt=below,
        multiple_of=multiple_of,
        min_length=min_length,
        max_length=max_length,
        json_schema_extra=extra or None,
    )


class FamilySettings(BaseModel):
    """Base of every family's settings: unknown keys are refused, numbers must be finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class TrainSettings(BaseModel):
    """The settings that the studio itself understands, the same for every family."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    batch_size: int = setting(64, help="Items per step.", minimum=1, maximum=65536, unit="items")
    steps: int | None = setting(None, help="Length of the run in steps.", minimum=1, maximum=100_000_000, unit="steps")
    minutes: float | None = setting(
        None,
        help="Length of the run in minutes; becomes steps after a measured warm-up.",
        above=0,
        maximum=60 * 24 * 60,
        unit="min",
    )
    precision: Literal["auto", "float32", "bfloat16"] = setting(
        "auto", help="Arithmetic of the forward pass; auto is bfloat16 on a GPU and float32 on a CPU.", advanced=True
    )
    ema: float | None = setting(
        None,
        help="Decay of the weight average; empty for the family's own, 0 for none.",
        minimum=0,
        below=1,
        advanced=True,
    )
    clip: float = setting(1.0, help="Largest norm of the gradient; 0 for no clipping.", minimum=0, advanced=True)
    threads: int = setting(
        0,
        help="CPU threads; 0 for as many as other programs leave cores free, looked at again while it goes.",
        minimum=0,
        maximum=1024,
        advanced=True,
    )
    codec: str = setting(
        "", help="A plugin's way between items and what the family sees, as PACKAGE:ID.", max_length=200, advanced=True
    )
    transforms: str = setting(
        "",
        help="Plugins' transforms of the items to learn from, as PACKAGE:ID, several with commas between.",
        max_length=2000,
        advanced=True,
    )
    deterministic: bool = setting(False, help="Bit-equal repetition on a GPU, at some cost of speed.", advanced=True)
    validate_every: int | None = setting(
        None, help="Steps between validations; empty for 20 in a run.", minimum=1, unit="steps", advanced=True
    )
    preview_every: int | None = setting(
        None, help="Steps between previews; empty for 20 in a run.", minimum=1, unit="steps", advanced=True
    )
    preview_seconds: float | None = setting(
        None,
        help="Seconds between previews, in place of steps; the first shows what is untrained. They take half of "
        "the time at most.",
        above=0,
        maximum=86400,
        unit="s",
        advanced=True,
    )
    preview_count: int = setting(16, help="Samples in a preview.", minimum=1, maximum=1024, advanced=True)
    checkpoint_minutes: float = setting(
        1.0, help="Minutes between checkpoints.", above=0, maximum=600, unit="min", advanced=True
    )
    checkpoint_every: int | None = setting(
        None, help="Steps between checkpoints, beside the minutes.", minimum=1, unit="steps", advanced=True
    )
    try_export: bool = setting(
        True, help="Try before the first step whether what is learned can be exported; some seconds.", advanced=True
    )
    keep: int = setting(
        2,
        help="Newest checkpoints to keep, beside the best and the last finite.",
        minimum=1,
        maximum=100,
        advanced=True,
    )

    @model_validator(mode="after")
    def _one_budget(self) -> TrainSettings:
        if self.steps is not None and self.minutes is not None:
            raise ValueError("give the length of the run either in steps or in minutes, not both")
        if self.preview_every is not None and self.preview_seconds is not None:
            raise ValueError("give the time between previews either in steps or in seconds, not both")
        return self


def extension_names(text: str) -> list[tuple[str, str]]:
    """Read ``PACKAGE:ID, PACKAGE:ID``.

    Raises:
        SettingsError: If it is something else.
    """
    found = []
    for word in filter(None, (part.strip() for part in text.split(","))):
        package, sign, id = word.rpartition(":")
        if not sign or not package or not id:
            raise SettingsError(f"'{word}' names nothing that a plugin brings: write PACKAGE:ID.")
        found.append((package, id))
    return found


def parse_assignments(words: Sequence[str]) -> dict[str, Any]:
    """Read ``KEY=VALUE`` words; a value that is JSON becomes its value, anything else stays text.

    Raises:
        SettingsError: If a word has no ``=`` or no key.
    """
    values: dict[str, Any] = {}
    for word in words:
        key, sign, text = word.partition("=")
        if not sign or not key.strip():
            raise SettingsError(f"'{word}' is not a setting: write it as KEY=VALUE, for example lr=0.001.")
        try:
            values[key.strip()] = json.loads(text)
        except (ValueError, RecursionError):
            values[key.strip()] = text
    return values


def split_settings(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split values into the studio's (keys beginning with ``train.``, returned without it) and the family's."""
    prefix = "train."
    studio = {key[len(prefix) :]: value for key, value in values.items() if key.startswith(prefix)}
    family = {key: value for key, value in values.items() if not key.startswith(prefix)}
    return studio, family


def join_settings(studio: Mapping[str, Any], family: Mapping[str, Any]) -> dict[str, Any]:
    """The family's values and the studio's, whose keys then begin with ``train.``: what ``split_settings`` splits."""
    return {**family, **{f"train.{key}": value for key, value in studio.items()}}


def build_settings(kind: type[S], values: Mapping[str, Any], prefix: str = "") -> S:
    """Check values against a settings class.

    Args:
        kind: The settings class.
        values: Values by key.
        prefix: Put before a key when it is named in an error, ``train.`` for the studio's own.

    Raises:
        SettingsError: One sentence that names each key that is wrong, why, and what is allowed.
    """
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        raise _explain(error, kind, prefix) from None


def _explain(error: ValidationError, kind: type[BaseModel], prefix: str) -> SettingsError:
    parts, fields = [], {}
    for item in error.errors():
        key = prefix + ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            known = ", ".join(prefix + name for name in kind.model_fields)
            parts.append(f"There is no setting '{key}'; known are {known}")
        elif not item["loc"]:
            message = item["msg"].removeprefix("Value error, ")
            parts.append(message[0].upper() + message[1:])
        else:
            parts.append(f"{key} = {explain_value(json.dumps(item['input'], default=str), item['msg'])}")
            # The widget shows one value, also where it is a list whose third number is wrong.
            said = explain_value("", item["msg"]).lstrip(": ")
            fields[prefix + str(item["loc"][0])] = f"{said[:1].upper()}{said[1:]}."
    return SettingsError("; ".join(parts) + ".", fields)
