"""Says of a run that its plugin is not installed, and which one it needs."""

from __future__ import annotations

import importlib.metadata

from studio.store.plugin_folder import folder_name, installations

__all__ = ["missing_plugin"]

_BUNDLED = "generative-studio"


def missing_plugin(distribution: str) -> str:
    """What a person should know where the plugin of a run is not there; empty where it is.

    Args:
        distribution: The distribution that the run names; empty for the studio's own.
    """
    name = folder_name(distribution)
    if not distribution or name == _BUNDLED or any(one.folder.name == name for one in installations()):
        return ""
    try:
        importlib.metadata.distribution(distribution)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return (
            f"This run was made by the plugin of '{distribution}', which is not installed: it cannot go on or be "
            "exported without it. Models that it has can still be sampled."
        )
    return ""
