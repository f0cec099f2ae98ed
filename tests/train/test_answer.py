"""What a hook must not answer is said with the plugin, the hook, what came and what belongs there (P11)."""

import pytest
import torch
from torch import nn

from studio.api import Continuous, ImageSpec, hookimpl, items_input, latent_input
from studio.core.errors import PluginError, StudioError
from studio.nn import Decoding, Transform
from studio.testing import Trial, family_of, toy_dataset
from studio.train.answer import diagnosis_of, program_of, sampler_of, train_family
from tests.train.conftest import ScriptedPlugin

ENCODER = Transform([items_input(ImageSpec(shape=(4, 4, 1)))], nn.Identity(), output="latent")


def generator(*_):
    yield 1


async def coroutine(*_):
    pass


def family(hook="studio_encode", answer=None, script=lambda *_: None):
    """A family whose one hook gives an answer."""

    def give(self, trained):
        return answer

    def diagnose(self, session):
        return answer

    wanted = diagnose if hook == "studio_diagnose" else give
    return family_of(type("Plugin", (ScriptedPlugin,), {hook: hookimpl(wanted)})(script))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (generator, "gave a generator where nothing belongs; a yield in it keeps it from running: loop over "),
        (coroutine, "gave a coroutine where nothing belongs; write it as def, without async."),
        (lambda *_: {"loss": 1}, "gave a dict where nothing belongs; it returns nothing."),
        (lambda *_: 0, "gave an int where nothing belongs; it returns nothing."),
    ],
)
def test_a_training_gives_nothing(workspace, given, sentence):
    class Plugin(ScriptedPlugin):
        @hookimpl
        def studio_train(self, session):
            return given()

    asked = family_of(Plugin(None))
    with pytest.raises(PluginError, match=r"^studio_train of the plugin 'tested' ") as error:
        train_family(asked, None)
    assert sentence in str(error.value)
    with pytest.raises(StudioError, match="where nothing belongs"):
        Trial(Plugin(None), workspace, toy_dataset(workspace, (4, 4, 1), 2, 64), {}, {"steps": 2}).train()


@pytest.mark.parametrize(
    ("answer", "words"),
    [(None, "None"), ({"noise": 1}, "a dict"), (nn.Linear(1, 1), "a Linear"), (Decoding, "the class Decoding")],
)
def test_what_is_no_sampler(answer, words):
    with pytest.raises(PluginError) as error:
        sampler_of(family("studio_sample", answer), None)
    assert str(error.value) == (
        f"studio_sample of the plugin 'tested' gave {words}, not a Sampler; end it with 'return Sampler(...)' of "
        "studio.nn."
    )


@pytest.mark.parametrize(
    ("ability", "answer", "says"),
    [
        ("encode", {}, "studio_encode of the plugin 'tested' gave a dict, not a Transform of studio.nn; return None"),
        ("encode", Decoding(), "gave a Decoding, not a Transform of studio.nn"),
        ("decode", nn.Identity(), "gave an Identity, not a Transform or a Decoding of studio.nn"),
        ("log_prob", torch.zeros(1), "gave a Tensor, not a Transform of studio.nn"),
        ("log_prob", ENCODER, "gave a Transform that does not say what its numbers are; give it likelihood="),
    ],
)
def test_what_is_no_ability(ability, answer, says):
    with pytest.raises(PluginError) as error:
        program_of(family(f"studio_{ability}", answer), ability, None)
    assert says in str(error.value)


@pytest.mark.parametrize(
    "error", [ValueError("no\nluck"), KeyError("k"), RecursionError(), StopIteration(), OSError(5, "x")]
)
@pytest.mark.parametrize("hook", ["studio_sample", "studio_encode", "studio_decode", "studio_log_prob"])
@pytest.mark.fault("F1")
def test_what_fails_is_said_with_plugin_and_hook(hook, error):
    def fail(self, trained):
        raise error

    asked = family_of(type("Plugin", (ScriptedPlugin,), {hook: hookimpl(fail)})(None))
    with pytest.raises(PluginError) as raised:
        sampler_of(asked, None) if hook == "studio_sample" else program_of(asked, hook.removeprefix("studio_"), None)
    said = str(raised.value)
    assert said.startswith(f"{hook} of the plugin 'tested' failed: ")
    assert "\n" not in said


@pytest.mark.parametrize("error", [MemoryError(), torch.OutOfMemoryError("x"), PluginError("Its own sentence.")])
def test_what_says_itself_what_to_do_goes_up_unchanged(error):
    def fail(self, trained):
        raise error

    asked = family_of(type("Plugin", (ScriptedPlugin,), {"studio_sample": hookimpl(fail)})(None))
    with pytest.raises(type(error)) as raised:
        sampler_of(asked, None)
    assert raised.value is error


def test_what_is_one():
    assert program_of(family("studio_encode", ENCODER), "encode", None) is ENCODER
    assert program_of(family("studio_encode", None), "encode", None) is None
    decoding = Decoding()
    assert program_of(family("studio_decode", decoding), "decode", None) is decoding
    assert diagnosis_of(family("studio_diagnose", ["All is lost."]), None) == ["All is lost."]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "None"),
        ("All is lost.", "a str"),
        (["All is lost.", 3], "a list with an int in it"),
        ({"a": 1}, "a dict"),
    ],
)
def test_what_is_no_diagnosis(answer, words):
    with pytest.raises(PluginError) as error:
        diagnosis_of(family("studio_diagnose", answer), None)
    assert str(error.value) == (
        f"studio_diagnose of the plugin 'tested' gave {words}, not a list of sentences; return [] where all is well."
    )


def test_an_export_says_it_too(workspace, uncaptured):
    class Plugin(ScriptedPlugin):
        @hookimpl
        def studio_decode(self, trained):
            return latent_input((trained.codec(Continuous()).dims,))

    def learn(session, net, opt):
        for _ in session.batches():
            session.step(opt, net.mean.square().sum() + net.mean.sum())

    trial = Trial(Plugin(learn), workspace, toy_dataset(workspace, (4, 4, 1), 2, 64), {}, {"steps": 2})
    trial.train()
    with pytest.raises(PluginError, match="studio_decode of the plugin 'tested' gave an Input, not a Transform or"):
        trial.export()
