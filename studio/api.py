"""All that a plugin may import beside ``studio.nn``: data, protocols and the hook marker; no torch, no Qt."""

from studio.core.errors import DataError, ModelError, PluginError, SettingsError, StudioError
from studio.core.protocol import Batch, Codec, Described, Session, Trained
from studio.core.sampling import (
    Input,
    Likelihood,
    given_input,
    guidance_input,
    item_input,
    item_noise_input,
    label_input,
    noise_input,
    scalar_input,
    steps_input,
    temperature_input,
)
from studio.core.settings import FamilySettings, setting
from studio.core.spec import API_VERSION, Continuous, DataSpec, Estimate, Family, Preset, Tokens
from studio.hooks.hookspecs import hookimpl

__all__ = [
    "API_VERSION",
    "Batch",
    "Codec",
    "Continuous",
    "DataError",
    "DataSpec",
    "Described",
    "Estimate",
    "Family",
    "FamilySettings",
    "Input",
    "Likelihood",
    "ModelError",
    "PluginError",
    "Preset",
    "Session",
    "SettingsError",
    "StudioError",
    "Tokens",
    "Trained",
    "given_input",
    "guidance_input",
    "hookimpl",
    "item_input",
    "item_noise_input",
    "label_input",
    "noise_input",
    "scalar_input",
    "setting",
    "steps_input",
    "temperature_input",
]
