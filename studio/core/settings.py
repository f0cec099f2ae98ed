"""This file holds the studio's own settings of a run, and how settings are read from words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from studio.core.errors import SettingsError, explain_value

__all__ = ["FamilySettings", "TrainSettings", "build_settings", "parse_assignments", "split_settings"]


S = TypeVar("S", bound=BaseModel)


class FamilySettings(BaseModel):
    """Base of every family's settings: unknown keys are refused, numbers must be finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class TrainSettings(BaseModel):
    """The settings that the studio itself understands, the same for every family."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    batch_size: int = Field(64, ge=1, le=65536, description="Items per step.", json_schema_extra={"unit": "items"})
    steps: int | None = Field(
        None, ge=1, le=100_000_000, description="Length of the run in steps.", json_schema_extra={"unit": "steps"}
    )
    minutes: float | None = Field(
        None,
        gt=0,
        le=60 * 24 * 60,
        description="Length of the run in minutes; becomes steps after a measured warm-up.",
        json_schema_extra={"unit": "min"},
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="Arithmetic of the forward pass; auto is bfloat16 on a GPU and float32 on a CPU.",
        json_schema_extra={"advanced": True},
    )
    ema: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="Decay of the weight average; empty for the family's own, 0 for none.",
        json_schema_extra={"advanced": True},
    )
    clip: float = Field(
        1.0, ge=0, description="Largest norm of the gradient; 0 for no clipping.", json_schema_extra={"advanced": True}
    )
    threads: int = Field(
        0,
        ge=0,
        le=1024,
        description="CPU threads; 0 for as many as other programs leave cores free, looked at again while it goes.",
        json_schema_extra={"advanced": True},
    )
    deterministic: bool = Field(
        False, description="Bit-equal repetition on a GPU, at some cost of speed.", json_schema_extra={"advanced": True}
    )
    validate_every: int | None = Field(
        None,
        ge=1,
        description="Steps between validations; empty for 20 in a run.",
        json_schema_extra={"advanced": True, "unit": "steps"},
    )
    preview_every: int | None = Field(
        None,
        ge=1,
        description="Steps between previews; empty for 20 in a run.",
        json_schema_extra={"advanced": True, "unit": "steps"},
    )
    preview_count: int = Field(
        16, ge=1, le=64, description="Samples in a preview.", json_schema_extra={"advanced": True}
    )
    checkpoint_minutes: float = Field(
        1.0,
        gt=0,
        le=600,
        description="Minutes between checkpoints.",
        json_schema_extra={"advanced": True, "unit": "min"},
    )
    checkpoint_every: int | None = Field(
        None,
        ge=1,
        description="Steps between checkpoints, beside the minutes.",
        json_schema_extra={"advanced": True, "unit": "steps"},
    )
    keep: int = Field(
        2,
        ge=1,
        le=100,
        description="Newest checkpoints to keep, beside the best and the last finite.",
        json_schema_extra={"advanced": True},
    )

    @model_validator(mode="after")
    def _one_budget(self) -> TrainSettings:
        if self.steps is not None and self.minutes is not None:
            raise ValueError("give the length of the run either in steps or in minutes, not both")
        return self


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
    """Part values into the studio's (keys beginning with ``train.``, returned without it) and the family's."""
    prefix = "train."
    studio = {key[len(prefix) :]: value for key, value in values.items() if key.startswith(prefix)}
    family = {key: value for key, value in values.items() if not key.startswith(prefix)}
    return studio, family


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
