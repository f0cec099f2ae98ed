"""Asks the hooks of a family and checks what they answer; what is wrong is said with plugin, hook and cure."""

from __future__ import annotations

import inspect
from typing import Any, Literal

import torch

from studio.core.errors import PluginError, StudioError, explain
from studio.core.words import one_line
from studio.hooks.loader import LoadedFamily
from studio.nn.sampler import Decoding, Program, Sampler, Transform

__all__ = ["Ability", "diagnosis_of", "program_of", "sampler_of", "train_family"]

Ability = Literal["encode", "decode", "log_prob", "discriminate"]


def train_family(family: LoadedFamily, session: Any) -> None:
    """Let the family train.

    Raises:
        PluginError: If ``studio_train`` gives something; what it raises goes up unchanged.
    """
    # Every plugin that has the hook may answer, and only one has it; None is no answer.
    for given in family.call("studio_train", session=session):
        cure = "it returns nothing"
        if inspect.isgenerator(given):
            cure = "a yield in it keeps it from running: loop over session.batches() and take the yield out"
        elif inspect.iscoroutine(given):
            given.close()
            cure = "write it as def, without async"
        raise PluginError(f"{_gave(family, 'studio_train', given)} where nothing belongs; {cure}.")


def sampler_of(family: LoadedFamily, trained: Any) -> Sampler:
    """The sampler of a trained model.

    Raises:
        PluginError: If ``studio_sample`` fails or gives anything else.
    """
    given = _asked(family, "studio_sample", trained)
    if not isinstance(given, Sampler):
        raise PluginError(
            f"{_gave(family, 'studio_sample', given)}, not a Sampler; end it with 'return Sampler(...)' of studio.nn."
        )
    return given


def program_of(family: LoadedFamily, ability: Ability, trained: Any) -> Transform | Decoding | None:
    """What an ability's hook builds of a trained model; None where there is none for such data.

    Raises:
        PluginError: If the hook fails or gives anything else.
    """
    hook = f"studio_{ability}"
    given: Program | Decoding | None = _asked(family, hook, trained)
    if given is None or isinstance(given, Transform):
        if ability == "log_prob" and given is not None and given.likelihood is None:
            raise PluginError(
                f"{_gave(family, hook, given)} that does not say what its numbers are; give it "
                "likelihood=Likelihood(...) of studio.api."
            )
        return given
    if ability == "decode" and isinstance(given, Decoding):
        return given
    wanted = "a Transform or a Decoding" if ability == "decode" else "a Transform"
    raise PluginError(
        f"{_gave(family, hook, given)}, not {wanted} of studio.nn; return None where there is none for such data."
    )


def diagnosis_of(family: LoadedFamily, session: Any) -> list[str]:
    """What the family finds wrong with its training, in words.

    Raises:
        PluginError: If ``studio_diagnose`` gives no list of sentences.
    """
    given = family.call("studio_diagnose", session=session)
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        other = next((each for each in given if not isinstance(each, str)), None) if isinstance(given, list) else None
        what = _gave(family, "studio_diagnose", given) + (f" with {_named(other)} in it" if other is not None else "")
        raise PluginError(f"{what}, not a list of sentences; return [] where all is well.")
    return given


def _asked(family: LoadedFamily, hook: str, trained: Any) -> Any:
    try:
        return family.call(hook, trained=trained)
    except (StudioError, MemoryError, torch.OutOfMemoryError):
        raise  # what a person can do about it is known
    except Exception as error:
        raise PluginError(f"{hook} of the plugin '{family.plugin.name}' failed: {one_line(explain(error))}.") from error


def _gave(family: LoadedFamily, hook: str, given: object) -> str:
    return f"{hook} of the plugin '{family.plugin.name}' gave {_named(given)}"


def _named(given: object) -> str:
    if given is None:
        return "None"
    kind = given.__name__ if isinstance(given, type) else type(given).__name__
    article = "an" if kind[0] in "aeiouAEIOU" else "a"
    return f"the class {kind}" if isinstance(given, type) else f"{article} {kind}"
