"""What is known of a plugin, in words."""

from __future__ import annotations

from studio.core.modality import modalities_of
from studio.hooks.catalogue import CatalogueFamily, CataloguePlugin

__all__ = ["brings", "describe", "state_of"]

# An import that a person would notice.
_SLOW_S = 1.0


def state_of(plugin: CataloguePlugin) -> str:
    """On, off, or broken."""
    if plugin.off or plugin.unapproved:
        return "Off"
    return "On" if plugin.works else "Broken"


def describe(plugin: CataloguePlugin) -> str:
    """Everything the catalogue knows of a plugin, as lines."""
    origin = "Comes with the studio" if plugin.bundled else "Installed by you; it is code with your rights"
    lines = [f"{plugin.distribution} {plugin.version}".strip(), f"{origin}."]
    if plugin.own_folder:
        lines.append("It lies in a folder of its own, which its own processes see and no other.")
    if plugin.card:
        lines.append(f"Report card: {plugin.card}")
    if plugin.seconds >= _SLOW_S and not plugin.bundled:
        lines.append(f"Its import takes {plugin.seconds:.1f} s, whenever the studio must look at it anew.")
    lines.append("")
    if not plugin.works:
        return "\n".join([*lines, plugin.reason])
    for number, family in enumerate(plugin.families):
        lines += [""] if number else []
        lines += [family.title] if len(plugin.families) > 1 else []
        lines += _describe_family(family)
    if plugin.extensions or plugin.observes:
        lines += ["", "Brings:" if not plugin.families else "Brings too:", *(f"  {word}" for word in _others(plugin))]
    return "\n".join(lines)


def _describe_family(family: CatalogueFamily) -> list[str]:
    abilities = ("train", "sample", *family.abilities)
    lines = [
        family.summary,
        "",
        f"Models: {', '.join(modalities_of(family.views))} data, condition {' or '.join(family.conditions)}.",
        f"Can: {', '.join(abilities)}.",
        f"Judged by: {family.monitor[0]}, {'smaller' if family.monitor[1] == 'min' else 'larger'} is better.",
        f"Paper: {family.paper or 'none named'}.",
        "",
        "Presets:",
    ]
    for preset in family.presets:
        estimate = preset.estimate
        cost = f"{estimate.minutes:g} min, {estimate.memory_mb:,} MB on {estimate.on}" if estimate else "not measured"
        of = "" if preset.modality == "image" else f", for {preset.modality}s"
        lines.append(f"  {preset.title}{of}: {preset.summary} ({cost})")
    return lines


def brings(plugin: CataloguePlugin) -> str:
    """The families that a working plugin brings, or why a broken one brings nothing."""
    if not plugin.works:
        return plugin.reason
    if not plugin.families:
        return "; ".join(_others(plugin))
    titles = " and ".join(family.title for family in plugin.families)
    return f"The {'family' if len(plugin.families) == 1 else 'families'} {titles}"


def _others(plugin: CataloguePlugin) -> list[str]:
    """What it brings beside families."""
    words = {
        "Reader": "reads",
        "ItemTransform": "transforms items",
        "ItemCodec": "a codec",
        "Features": "features for the judge",
        "Metric": "a metric",
    }
    found = []
    for each in plugin.extensions:
        files = f" ({', '.join(each.suffixes)})" if each.suffixes else ""
        found.append(f"{words[each.kind]}: {each.title}{files}, for {each.modality}s")
    return [*found, *(["watches runs"] if plugin.observes else [])]
