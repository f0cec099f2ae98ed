"""All that a plugin may import beside ``studio.nn``: data, protocols and the hook marker; no torch, no Qt."""

from studio.core.errors import DataError, ModelError, PluginError, SettingsError, StudioError
from studio.core.extension import Features, ItemCodec, ItemsRead, ItemTransform, Metric, ObservedRun, Reader
from studio.core.manifest import (
    Input,
    Likelihood,
    given_input,
    guidance_input,
    item_noise_input,
    items_input,
    label_input,
    latent_input,
    noise_input,
    scalar_input,
    source_input,
    steps_input,
    temperature_input,
)
from studio.core.modality import DataSpec, ImageSpec, TableSpec, TextSpec
from studio.core.protocol import Batch, Codec, Described, Session, Trained
from studio.core.settings import FamilySettings, setting
from studio.core.spec import API_VERSION, Continuous, Estimate, Family, Preset, Tokens
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
    "Features",
    "ImageSpec",
    "Input",
    "ItemCodec",
    "ItemTransform",
    "ItemsRead",
    "Likelihood",
    "Metric",
    "ModelError",
    "ObservedRun",
    "PluginError",
    "Preset",
    "Reader",
    "Session",
    "SettingsError",
    "StudioError",
    "TableSpec",
    "TextSpec",
    "Tokens",
    "Trained",
    "given_input",
    "guidance_input",
    "hookimpl",
    "item_noise_input",
    "items_input",
    "label_input",
    "latent_input",
    "noise_input",
    "scalar_input",
    "setting",
    "source_input",
    "steps_input",
    "temperature_input",
]
