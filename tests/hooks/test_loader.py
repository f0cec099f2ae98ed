"""One plugin at a time: what keeps the contract, and the sentence for what does not."""

import importlib.metadata
import sys

import pytest

from studio.api import Family, FamilySettings, Session, hookimpl
from studio.core.errors import PluginError
from studio.hooks.loader import find_plugins, load_family, load_plugin, load_rows


class Settings(FamilySettings):
    lr: float = 0.1


def family(**values):
    options = {"id": "toy", "title": "T", "summary": "S.", "settings": Settings, "monitor": ("loss", "min")}
    return Family(**{**options, **values})


class Good:
    @hookimpl
    def studio_families(self):
        return [family()]

    @hookimpl
    def studio_train(self, session: Session):
        pass

    @hookimpl
    def studio_sample(self, trained):
        return "sampler"


def refusal(plugin):
    with pytest.raises(PluginError) as raised:
        load_plugin(plugin, "toy")
    return str(raised.value)


def test_a_good_one():
    plugin = load_plugin(Good(), "toy", "toy-dist", "1.0")
    assert [family.id for family in plugin.families] == ["toy"]
    assert plugin.abilities == ()
    assert plugin.family("toy").call("studio_sample", trained=None) == "sampler"
    assert plugin.family("other") is None


def test_an_ability_exists_because_its_hook_does():
    class Able(Good):
        @hookimpl
        def studio_decode(self, trained):
            return None

        @hookimpl
        def studio_encode(self, trained):
            return None

        @hookimpl
        def studio_diagnose(self, session):
            return []

    assert load_plugin(Able(), "toy").abilities == ("encode", "decode", "diagnose")


def test_a_hook_without_the_mark_is_missing():
    class Unmarked(Good):
        def studio_sample(self, trained):
            return None

    assert refusal(Unmarked()) == "The plugin 'toy' has no hook studio_sample, which every family needs."


@pytest.mark.parametrize("nothing", [None, object(), 3])
def test_what_is_no_plugin(nothing):
    assert refusal(nothing) == "The plugin 'toy' has no hook studio_families, which every family needs."


def test_a_misspelt_hook():
    class Misspelt(Good):
        @hookimpl
        def studio_tain(self, session):
            return True

    text = refusal(Misspelt())
    assert text.startswith("The plugin 'toy' declares a hook that the studio does not know: ")
    assert "studio_tain" in text


def test_a_hook_with_an_argument_that_nobody_gives():
    class Greedy(Good):
        @hookimpl
        def studio_train(self, session, money):
            pass

    assert "money" in refusal(Greedy())


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "answers studio_families with NoneType, not a list."),
        (family(), "answers studio_families with Family, not a list."),
        ((family(),), "answers studio_families with tuple, not a list."),
        ([], "declares no family: studio_families gives an empty list."),
        ([{"id": "toy"}], "has dict among its families, which is no Family."),
        ([family(), None], "has NoneType among its families, which is no Family."),
        ([Family], "has type among its families, which is no Family."),
        ([family(), family(id="other"), family(title="U")], "declares the family 'toy' twice."),
    ],
)
@pytest.mark.fault("F4")
def test_a_wrong_answer(answer, reason):
    class Wrong(Good):
        @hookimpl
        def studio_families(self):
            return answer

    assert refusal(Wrong()) == f"The plugin 'toy' {reason}"


def test_a_plugin_of_several_families():
    class Several(Good):
        @hookimpl
        def studio_families(self):
            return [family(), family(id="other", title="Other")]

    plugin = load_plugin(Several(), "toy")
    assert [family.id for family in plugin.families] == ["toy", "other"]
    assert plugin.family("other").declared.title == "Other"
    assert plugin.family("other").plugin is plugin


@pytest.mark.parametrize("bad", [{"id": "Bad"}, {"api_version": 2}, {"settings": dict}])
def test_one_unsound_family_of_several_costs_the_plugin(bad):
    class Several(Good):
        @hookimpl
        def studio_families(self):
            return [family(), family(**{"id": "other", **bad})]

    assert "The plugin 'toy'" in refusal(Several()) or "of the plugin 'toy'" in refusal(Several())


@pytest.mark.parametrize("version", [0, 2, "1", None])
@pytest.mark.fault("F2")
def test_another_version_of_the_contract(version):
    class Other(Good):
        @hookimpl
        def studio_families(self):
            return [family(api_version=version)]

    text = refusal(Other())
    assert f"was written for version {version} of the plugin contract, this studio has version 1" in text
    assert text.endswith("install a matching release.")


@pytest.mark.parametrize("id", ["", "Toy", "../x", "a-b", "1a", "é", "a b", "a\n", "x" * 41, "_a", 3, None])
@pytest.mark.fault("F2")
def test_a_bad_id(id):
    class Named(Good):
        @hookimpl
        def studio_families(self):
            return [family(id=id)]

    assert refusal(Named()) == f"The plugin 'toy' calls its family {id!r}: use lower case letters, digits and _."


@pytest.mark.parametrize("settings", [None, dict, {}, Settings()])
def test_settings_of_another_class(settings):
    class Odd(Good):
        @hookimpl
        def studio_families(self):
            return [family(settings=settings)]

    assert refusal(Odd()) == "The settings of the plugin 'toy' are not a subclass of FamilySettings."


def test_what_a_hook_raises_goes_up_unchanged():
    class Raising(Good):
        @hookimpl
        def studio_sample(self, trained):
            raise ZeroDivisionError("by zero")

    plugin = load_plugin(Raising(), "toy")
    with pytest.raises(ZeroDivisionError, match="by zero"):
        plugin.family("toy").call("studio_sample", trained=None)


def test_a_hook_that_nobody_or_two_implement():
    plugin = load_plugin(Good(), "toy")
    with pytest.raises(PluginError, match="studio_encode of 'toy' has 0 implementations; exactly one must answer"):
        plugin.family("toy").call("studio_encode", trained=None)
    plugin.manager.register(Good(), name="second")
    with pytest.raises(PluginError, match="studio_sample of 'toy' has 2 implementations"):
        plugin.family("toy").call("studio_sample", trained=None)


def test_a_wrapper_does_not_count_as_an_answer():
    class Wrapper:
        @hookimpl(wrapper=True)
        def studio_sample(self, trained):
            return f"wrapped {(yield)}"

    plugin = load_plugin(Good(), "toy")
    plugin.manager.register(Wrapper(), name="wrapper")
    assert plugin.family("toy").call("studio_sample", trained=None) == "wrapped sampler"


def test_the_bundled_ones_come_first(install, source):
    install("aaa", source("aaa"))
    rows = find_plugins()
    assert rows[-1].name == "aaa"
    assert [row.name for row in rows if row.bundled] == sorted(row.name for row in rows if row.bundled)
    assert {"vae", "diffusion"} <= {row.name for row in rows if row.bundled}
    assert all(row.bundled for row in find_plugins(safe_mode=True))


@pytest.mark.fault("F2")
def test_finding_imports_nothing(install):
    install("loud", "raise RuntimeError('imported')")
    assert "loud" in {row.name for row in find_plugins()}
    assert "toy_loud" not in sys.modules


@pytest.mark.fault("F2")
def test_a_name_that_hides_a_bundled_family(install, source):
    """The bundled one keeps its place, whoever else takes its name."""
    install("vae", source("vae"))
    rows = load_rows(find_plugins())
    mine, theirs = (row for row in rows if row.name == "vae")
    assert mine.bundled
    assert mine.plugin is not None
    assert not theirs.bundled
    assert theirs.plugin is None
    assert theirs.reason == "It declares the family 'vae', which generative-studio has already."
    assert load_family("vae").plugin.distribution == "generative-studio"


def test_one_distribution_with_two_entries_for_one_family(install, source):
    install("twice", source("twice"), "[studio]\none = toy_twice:plugin\ntwo = toy_twice:plugin\n")
    one, two = (row for row in load_rows(find_plugins()) if row.distribution == "twice")
    assert one.plugin is not None
    assert two.plugin is None
    assert two.reason == "It declares the family 'twice', which twice has already."


@pytest.mark.parametrize("metadata", [None, "", "Metadata-Version: 2.1\n", "\0\0\0"])
@pytest.mark.fault("F2")
def test_a_distribution_with_broken_metadata(install, source, metadata):
    install("broken", source("broken"), metadata=metadata)
    rows = load_rows(find_plugins())
    assert {"vae", "diffusion"} <= {row.name for row in rows if row.plugin is not None}


@pytest.mark.parametrize("value", ["toy_odd", "toy_odd:", "toy_odd:none", "not a module!", "no_such_module:plugin"])
def test_an_entry_point_that_leads_nowhere(install, value):
    install("odd", "", f"[studio]\nodd = {value}\n")
    (row,) = (row for row in load_rows(find_plugins()) if row.name == "odd")
    assert row.plugin is None
    assert row.reason


def test_entry_points_that_cannot_be_read(install):
    install("odd", "", "[studio]\nthis is no entry point\n")
    rows = load_rows(find_plugins())
    (row,) = (row for row in rows if row.name.startswith("odd"))
    assert row.reason.startswith("Broken metadata: ")
    assert {"vae", "diffusion"} <= {row.name for row in rows if row.plugin is not None}


def test_load_a_family(install, source):
    install("mine", source("my_family"))
    install("loud", "raise RuntimeError('imported')")
    plugin = load_family("my_family").plugin
    assert (plugin.name, plugin.distribution, plugin.version) == ("mine", "mine", "1.0")
    assert load_family("my_family").declared.id == "my_family"
    # The one that is named like the family is taken without looking at others.
    assert load_family("vae").plugin.name == "vae"


def test_load_each_family_of_a_plugin(install, source):
    install("several", source("first", more=["second"]))
    for id in ("first", "second"):
        family = load_family(id)
        assert (family.declared.id, family.plugin.name) == (id, "several")
    with pytest.raises(PluginError, match=r"there are .*first, second\.$"):
        load_family("third")


@pytest.mark.fault("F8")
def test_load_a_family_that_is_broken_or_not_there(install, source):
    install("loud", "raise RuntimeError('no luck')")
    with pytest.raises(PluginError) as raised:
        load_family("loud")
    assert str(raised.value) == ("The plugin 'loud' cannot be used: It cannot be imported: RuntimeError: no luck")
    with pytest.raises(PluginError, match="No installed plugin brings the family 'nothing'; there are "):
        load_family("nothing")
    with pytest.raises(
        PluginError, match="comes with the package 'another-distribution', which is not installed; install it again"
    ):
        load_family("vae", "another-distribution")


def test_the_bundled_plugins_are_installed():
    """The entry points of the checkout are those of its project file."""
    names = {entry.name for entry in importlib.metadata.distribution("generative-studio").entry_points}
    assert {"vae", "diffusion", "studio"} <= names
