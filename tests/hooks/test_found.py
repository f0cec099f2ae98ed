"""Which plugins are installed, found without importing any."""

import json
import sys

import pytest

from studio.hooks.found import find_plugins


def test_the_bundled_ones_come_first(install, source):
    install("aaa", source("aaa"))
    rows = find_plugins()
    assert rows[-1].name == "aaa"
    assert [row.name for row in rows if row.bundled] == sorted(row.name for row in rows if row.bundled)
    assert {"vae", "diffusion"} <= {row.name for row in rows if row.bundled}
    assert all(row.bundled for row in find_plugins(bundled_only=True))


@pytest.mark.fault("F2")
def test_finding_imports_nothing(install):
    install("loud", "raise RuntimeError('imported')")
    assert "loud" in {row.name for row in find_plugins()}
    assert "toy_loud" not in sys.modules


@pytest.mark.fault("F2")
def test_a_name_that_hides_a_bundled_plugin(install, source):
    """The bundled one keeps its place, whoever else takes its name."""
    install("vae", source("vae"))
    mine, theirs = (row for row in find_plugins() if row.name == "vae")
    assert mine.bundled
    assert mine.entry is not None
    assert not theirs.bundled
    assert theirs.entry is None
    assert theirs.reason == "It is called 'vae', as a plugin that comes with the studio; it needs another name."


@pytest.mark.parametrize("metadata", [None, "", "Metadata-Version: 2.1\n", "\0\0\0"])
@pytest.mark.fault("F2")
def test_a_distribution_with_broken_metadata(install, source, metadata):
    install("broken", source("broken"), metadata=metadata)
    assert {"vae", "diffusion"} <= {row.name for row in find_plugins() if row.entry is not None}


@pytest.mark.parametrize("value", ["toy_odd", "toy_odd:", "not a module!", "no_such_module:plugin"])
def test_an_entry_point_that_leads_nowhere_is_a_row(install, value):
    install("odd", "", f"[studio]\nodd = {value}\n")
    assert "odd" in {row.name for row in find_plugins()}


def test_entry_points_that_cannot_be_read(install):
    install("odd", "", "[studio]\nthis is no entry point\n")
    rows = find_plugins()
    (row,) = (row for row in rows if row.name.startswith("odd"))
    assert row.reason.startswith("Broken metadata: ")
    assert {"vae", "diffusion"} <= {row.name for row in rows if row.entry is not None}


def test_what_a_plugin_says_of_itself(install, site, source):
    install("mine", source("mine"))
    says = {"title": "Mine", "families": ["mine"], "api": [1, 2], "check": {"mine": {"channels": 8}}, "more": 1}
    (site / "toy_mine" / "studio.json").write_text(json.dumps(says))
    (row,) = (row for row in find_plugins() if row.name == "mine")
    assert (row.static.title, row.static.families, row.static.api) == ("Mine", ("mine",), (1, 2))
    assert row.packages == [site / "toy_mine"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no json", "Its studio.json is no JSON."),
        ("[" * 60_000, "Its studio.json is no JSON."),
        ("[]", "In its studio.json, the whole: Input should be "),
        ('{"families": ["../x"]}', "In its studio.json, families.0: String should match pattern"),
        ('{"api": [2, 1]}', "In its studio.json, the whole: Value error, api is the first and the last version"),
        ('{"title": "' + "x" * 10**5 + '"}', "Its studio.json has more than 65,536 bytes."),
        ('{"api": [2, 3]}', "The plugin 'mine' was written for the versions 2 to 3 of the plugin contract"),
    ],
)
@pytest.mark.fault("F2")
def test_a_plugin_that_cannot_be_used_by_what_it_says_is_not_imported(install, site, text, reason):
    install("mine", "raise RuntimeError('imported')")
    (site / "toy_mine" / "studio.json").write_text(text)
    (row,) = (row for row in find_plugins() if row.name == "mine")
    assert row.reason.startswith(reason)
    assert row.entry is None
    assert "Traceback" not in row.reason


def test_what_is_off_is_not_to_be_imported(install, source):
    install("mine", source("mine"))
    (row,) = (row for row in find_plugins(off=["mine"]) if row.name == "mine")
    assert row.off
    assert row.entry is None
    assert row.reason == "It is turned off."
