"""What is known of a plugin, in words."""

from studio.core.spec import Estimate, Preset
from studio.desk.plugin_words import brings, describe, state_of
from studio.hooks.catalogue import CatalogueFamily, CataloguePlugin


def family(**values):
    about = {
        "id": "toy",
        "title": "Toy",
        "summary": "Learns.",
        "paper": "",
        "views": ("grid",),
        "conditions": ("none", "class"),
        "monitor": ("loss", "min"),
        "presets": (),
        "settings_schema": {},
        "abilities": ("encode",),
    }
    return CatalogueFamily(**{**about, **values})


def plugin(*families, **values):
    about = {"name": "toy", "distribution": "toy-package", "version": "1.2", "bundled": False, "families": families}
    return CataloguePlugin(**{**about, **values})


def test_the_state_of_a_plugin():
    assert state_of(plugin(family())) == "On"
    assert state_of(plugin(reason="It cannot be imported.")) == "Broken"
    assert state_of(plugin(family(), off=True)) == "Off"


def test_what_it_brings():
    assert brings(plugin(family())) == "The family Toy"
    assert brings(plugin(family(), family(id="b", title="Other"))) == "The families Toy and Other"
    assert brings(plugin(reason="It cannot be imported.")) == "It cannot be imported."


def test_a_whole_description():
    estimate = Estimate(minutes=2.5, memory_mb=1234, on="a CPU")
    presets = (
        Preset(name="a", title="Quick", summary="For a look.", estimate=estimate),
        Preset(name="b", title="Long", summary="For a night."),
    )
    assert describe(plugin(family(presets=presets))).splitlines() == [
        "toy-package 1.2",
        "Installed by you; it is code with your rights.",
        "",
        "Learns.",
        "",
        "Models: image data, condition none or class.",
        "Can: train, sample, encode.",
        "Judged by: loss, smaller is better.",
        "Paper: none named.",
        "",
        "Presets:",
        "  Quick: For a look. (2.5 min, 1,234 MB on a CPU)",
        "  Long: For a night. (not measured)",
    ]


def test_a_broken_one_says_why_and_a_bundled_one_where_it_is_from():
    lines = describe(plugin(bundled=True, version="", reason="It cannot be imported.")).splitlines()
    assert lines == ["toy-package", "Comes with the studio.", "", "It cannot be imported."]


def test_several_families_are_told_apart_by_their_titles():
    text = describe(plugin(family(), family(title="Other", monitor=("score", "max"))))
    assert "\nToy\nLearns.\n" in text
    assert "\n\nOther\nLearns.\n" in text
    assert "Judged by: score, larger is better." in text
