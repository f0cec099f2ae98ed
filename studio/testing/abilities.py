"""What the hooks beside training and sampling must keep: labels, latents, likelihoods."""

from __future__ import annotations

from unittest import SkipTest

import torch
from torch import Tensor

from studio.core.manifest import Input
from studio.export.decoding import decoder_of
from studio.nn.sampler import Decoding, Program, Transform
from studio.testing.learned import Drawn, Learned, check_items, differing, draw, words_of
from studio.train.answer import Ability, program_of

__all__ = ["check_conditions", "check_likelihood", "check_round_trip", "check_scores"]

_SEED = 7
_ROWS = 3
_BY_ITSELF = "normalise over the axes of one item, and put modules into eval mode."


def check_conditions(learned: Learned) -> None:
    """Assert that a class is taken where it is declared, and then matters.

    Args:
        learned: A model of data with two classes.
    """
    sampler = learned.sampler()
    takes = any(entry.kind == "label" for entry in sampler.inputs)
    if "class" not in learned.family.declared.conditions:
        assert not takes, (
            "The sampler takes a label, and the family does not declare the condition 'class'; declare conditions = "
            "('none', 'class'), or take trained.label_inputs() out of its inputs."
        )
        return
    assert takes, (
        "The family declares the condition 'class', and its sampler takes no label; add *trained.label_inputs() to its "
        "inputs, or declare conditions = ('none',)."
    )
    first, second = (draw(sampler, _SEED, range(3), [label] * 3) for label in (0, 1))
    same = torch.equal(first.compared, second.compared) and torch.equal(first.output, second.output)
    assert not same, (
        "Another label gives the same samples; let init use its label, and the training batch.label, or declare "
        "conditions = ('none',)."
    )


def check_round_trip(learned: Learned) -> None:
    """Assert that items become latents, and latents items, each by itself.

    Raises:
        SkipTest: If the family does neither for such data.
    """
    encoder, decoder = _program(learned, "encode"), _program(learned, "decode")
    latent = None
    if encoder is not None:
        together, alone = _apply(encoder, learned, learned.items, "studio_encode", "items_input(trained.spec)")
        latent = together.output
        _check_rows(latent, "studio_encode")
        _check_alone(latent, alone.output, "latent", "studio_encode")
    if decoder is not None:
        entry = _value_of(decoder, "studio_decode", "latent_input(...)")
        if latent is None:
            latent = torch.randn(len(learned.items), *entry.shape, generator=torch.Generator().manual_seed(_SEED))
        taken = f"{entry.dtype} {(len(latent), *entry.shape)}"
        assert words_of(latent) == taken, (
            f"studio_encode gives {words_of(latent)}, and studio_decode takes {taken}; both mean the same latent."
        )
        together, alone = _apply(decoder, learned, latent, "studio_decode", "latent_input(...)")
        check_items(together.output, learned.spec, len(latent), "studio_decode")
        far = differing(alone.output, together.output[1:2], decoder.codec)
        assert not far, f"studio_decode gives another item where its latent is not alone in the batch; {_BY_ITSELF}"
    if encoder is None and decoder is None:
        raise SkipTest("It neither encodes nor decodes such data.")


def check_scores(learned: Learned) -> None:
    """Assert that a discriminator, where there is one, gives every item one finite score, whatever the batch."""
    program = _program(learned, "discriminate")
    if program is None:
        return
    together, alone = _apply(program, learned, learned.items, "studio_discriminate", "items_input(trained.spec)")
    given, wanted = words_of(together.output), f"float32 {(len(learned.items),)}"
    assert given == wanted, (
        f"studio_discriminate gives {given} for {len(learned.items)} items, and one float32 an item is wanted."
    )
    _check_rows(together.output, "studio_discriminate")
    _check_alone(together.output, alone.output, "score", "studio_discriminate")


def check_likelihood(learned: Learned) -> None:
    """Assert that items have finite numbers of nats, one each, whatever the batch.

    Raises:
        SkipTest: If the family has no likelihood of such data.
    """
    program = _program(learned, "log_prob")
    if program is None:
        raise SkipTest("It has no likelihood of such data.")
    together, alone = _apply(program, learned, learned.items, "studio_log_prob", "items_input(trained.spec)")
    nats, wanted = together.output, f"float32 {(len(learned.items),)}"
    assert words_of(nats) == wanted, (
        f"studio_log_prob gives {words_of(nats)} for {len(learned.items)} items, and one float32 an item is wanted; "
        "sum over all but the first axis."
    )
    _check_rows(nats, "studio_log_prob")
    assert program.likelihood is not None
    # A sum of hundreds of terms rounds as many times.
    dims = program.likelihood.dims
    _check_alone(nats / dims, alone.output / dims, "likelihood", "studio_log_prob")


def _program(learned: Learned, ability: Ability) -> Transform | None:
    """What the hook of an ability builds; None where the family has none for such data."""
    if ability not in learned.family.plugin.abilities:
        return None
    program = program_of(learned.family, ability, learned.trained)
    return decoder_of(learned.sampler(), program) if isinstance(program, Decoding) else program


def _value_of(program: Program, hook: str, maker: str) -> Input:
    """The one input of a transform that the caller gives."""
    found = [entry for entry in program.inputs if entry.kind == "value"]
    assert len(found) == 1, (
        f"The Transform of {hook} takes {len(found)} values of the caller, and one is wanted; let {maker} of "
        "studio.api be among its inputs, once."
    )
    return found[0]


def _apply(program: Program, learned: Learned, value: Tensor, hook: str, maker: str) -> tuple[Drawn, Drawn]:
    """What a transform makes of values, and of the second of them alone."""
    name, labels = _value_of(program, hook, maker).name, learned.labels
    together = draw(program, _SEED, range(len(value)), labels, {name: value})
    return together, draw(program, _SEED, [1], labels[1:2], {name: value[1:2]})


def _check_rows(values: Tensor, hook: str) -> None:
    assert len(values) == _ROWS, (
        f"{hook} gives {words_of(values)} for {_ROWS} items; its first axis is that of the batch."
    )
    finite = bool(torch.isfinite(values.float()).all())
    assert finite, (
        f"{hook} gives numbers that are not finite; look for a division or a logarithm that leaves its range."
    )


def _check_alone(together: Tensor, alone: Tensor, what: str, hook: str) -> None:
    same = torch.allclose(alone.float(), together[1:2].float(), rtol=1e-3, atol=1e-3)
    assert same, f"{hook} gives another {what} where the item is not alone in the batch; {_BY_ITSELF}"
