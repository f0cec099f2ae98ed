"""One plugin at a time: what keeps the contract, and the sentence for what does not."""

import importlib.metadata
import sys

import pytest

from studio.api import Family, FamilySettings, Session, hookimpl
from studio.core.errors import PluginError
from studio.hooks.loader import load_family, load_plugin


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

    assert refusal(Unmarked()) == (
        "studio_sample of the plugin 'toy' is never called: put @hookimpl of studio.api above it."
    )


def test_a_class_in_place_of_its_object():
    assert refusal(Good) == (
        "The plugin 'toy' is the class Good, not an object of it: let its entry point name plugin = Good()."
    )


@pytest.mark.parametrize("nothing", [None, object(), 3])
def test_what_is_no_plugin(nothing):
    what = type(nothing).__name__
    assert refusal(nothing) == f"The plugin 'toy' has no hook: it is {what}, and the studio would never call it."


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("studio_tain", "did you mean studio_train?"),
        ("smell", "known are studio_families, studio_train, studio_sample"),
    ],
)
def test_a_misspelt_hook(name, advice):
    plugin = type("Misspelt", (Good,), {name: hookimpl(lambda self: None)})()
    text = refusal(plugin)
    assert text.startswith(f"The plugin 'toy' has the hook {name}, which the studio does not know; {advice}")


def test_a_hook_with_an_argument_that_nobody_gives():
    class Greedy(Good):
        @hookimpl
        def studio_train(self, session, money):
            pass

    assert "money" in refusal(Greedy())


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "answers studio_families with NoneType, not a list of Family."),
        (family(), "answers studio_families with Family, not a list of Family."),
        ((family(),), "answers studio_families with tuple, not a list of Family."),
        ([], "answers studio_families with an empty list; leave the hook out."),
        ([{"id": "toy"}], "has dict in the list of studio_families, which holds Family."),
        ([family(), None], "has NoneType in the list of studio_families, which holds Family."),
        ([Family], "has the class Family in the list of studio_families, which holds Family."),
        ([family(), family(id="other"), family(title="U")], "declares the Family 'toy' twice."),
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


@pytest.mark.parametrize("bad", [{"id": "Bad"}, {"settings": dict}])
def test_one_unsound_family_of_several_costs_the_plugin(bad):
    class Several(Good):
        @hookimpl
        def studio_families(self):
            return [family(), family(**{"id": "other", **bad})]

    assert "The plugin 'toy'" in refusal(Several()) or "of the plugin 'toy'" in refusal(Several())


@pytest.mark.parametrize(
    ("api", "said"),
    [
        ((2, 3), "was written for the versions 2 to 3 of the plugin contract, this studio has version 1; install a"),
        ((0, 0), "was written for version 0 of the plugin contract, this studio has version 1; install a matching"),
        (1, "has api = 1; give the first and the last version, such as (1, 1)."),
        (("1", "1"), "has api = ('1', '1'); give the first and the last version, such as (1, 1)."),
    ],
)
@pytest.mark.fault("F2")
def test_another_version_of_the_contract(api, said):
    class Other(Good):
        pass

    plugin = Other()
    plugin.api = api
    assert refusal(plugin).startswith(f"The plugin 'toy' {said}")


@pytest.mark.parametrize("api", [(1, 1), (0, 5)])
def test_a_range_that_holds_this_version(api):
    plugin = Good()
    plugin.api = api
    assert load_plugin(plugin, "toy").families


@pytest.mark.parametrize("id", ["", "Toy", "../x", "a-b", "1a", "é", "a b", "a\n", "x" * 41, "_a", 3, None])
@pytest.mark.fault("F2")
def test_a_bad_id(id):
    class Named(Good):
        @hookimpl
        def studio_families(self):
            return [family(id=id)]

    assert refusal(Named()) == f"The plugin 'toy' calls its family {id!r}: use lower case letters, digits and _."


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", None, "The title, summary or paper of the family 'toy' of the plugin 'toy' is no text."),
        ("monitor", "loss", "of the plugin 'toy' is 'loss'; name a metric of its validation and which way is better"),
        ("monitor", ("loss", "low"), "such as ('loss', 'min')."),
        ("monitor", None, "The monitor of the family 'toy' of the plugin 'toy' is None;"),
        ("views", "grid", "has views = 'grid'; give a tuple of grid, vector, tokens, sequence."),
        ("views", (), "has views = (); give a tuple of"),
        ("views", ("pixels",), "has views = ('pixels',); give a tuple of"),
        ("conditions", ("label",), "has conditions = ('label',); give a tuple of none, class, sequence."),
        ("presets", [3], "The presets of the family 'toy' of the plugin 'toy' are not a tuple of Preset."),
    ],
)
def test_a_field_of_another_kind(field, value, said):
    class Odd(Good):
        @hookimpl
        def studio_families(self):
            return [family(**{field: value})]

    assert said in refusal(Odd())


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


def test_load_a_family(install, source):
    install("mine", source("my_family"))
    install("loud", "raise RuntimeError('imported')")
    plugin = load_family("my_family", "mine").plugin
    assert (plugin.name, plugin.distribution, plugin.version) == ("mine", "mine", "1.0")
    assert load_family("vae").plugin.name == "vae"
    assert load_family("vae").plugin.distribution == "generative-studio"
    assert "toy_loud" not in sys.modules


def test_load_each_family_of_a_plugin(install, source):
    install("several", source("first", more=["second"]))
    for id in ("first", "second"):
        family = load_family(id, "several")
        assert (family.declared.id, family.plugin.name) == (id, "several")
    with pytest.raises(PluginError) as raised:
        load_family("third", "several")
    assert str(raised.value) == "The package 'several' brings no family 'third'; it has first, second."


def test_the_plugin_that_says_that_it_declares_a_family_is_asked_alone(install, site, source):
    install("two", source("first"), "[studio]\nright = toy_two:plugin\nwrong = toy_wrong:plugin\n")
    (site / "toy_two" / "studio.json").write_text('{"families": ["first"]}')
    assert load_family("first", "two").plugin.name == "right"


@pytest.mark.fault("F8")
def test_load_a_family_that_is_broken_or_not_there(install, source):
    install("loud", "raise RuntimeError('no luck')")
    with pytest.raises(PluginError) as raised:
        load_family("loud", "loud")
    assert str(raised.value) == ("The plugin 'loud' cannot be used: It cannot be imported: RuntimeError: no luck")
    with pytest.raises(PluginError, match="The package 'generative-studio' brings no family 'nothing'"):
        load_family("nothing")
    with pytest.raises(PluginError, match="which is not installed; install it with 'studio plugins install another'"):
        load_family("vae", "another")
    with pytest.raises(PluginError, match="The plugin 'vae' cannot be used: It is turned off"):
        load_family("vae", off=["vae"])


def test_the_bundled_plugins_are_installed():
    """The entry points of the checkout are those of its project file."""
    names = {entry.name for entry in importlib.metadata.distribution("generative-studio").entry_points}
    assert {"vae", "diffusion", "studio"} <= names
