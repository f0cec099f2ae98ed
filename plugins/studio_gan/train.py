"""The GAN's training loop: discriminator and generator in turn, with R3GAN's schedules over the burn-in.

Both penalties may be left out of most steps and weigh more in the others (Karras et al. 2020, arXiv:1912.04958,
section 2.2). Measured on MNIST with one thread, one step in four is ahead of every step for the same time (distance
0.015 against 0.027 after 50 s), and one in eight is behind it again.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from studio.api import Session
from studio.nn import hide_labels
from studio_gan.augmentation import augment
from studio_gan.meters import Meters
from studio_gan.model import (
    build_discriminator,
    build_generator,
    gradient_penalty,
    relativistic_loss,
    view_of,
)

__all__ = ["discriminator_loss", "train"]


def blend(first: float, last: float, progress: float, burn_in: float) -> float:
    """From the first value to the last along half a cosine over the burn-in, then the last."""
    share = min(1.0, progress / burn_in) if burn_in else 1.0
    return last + (first - last) * 0.5 * (1.0 + math.cos(math.pi * share))


def discriminator_loss(
    net: nn.Module, real: Tensor, fake: Tensor, label: Tensor, gamma: float
) -> tuple[Tensor, dict[str, Tensor]]:
    """The discriminator's loss: the pairs compared, plus gamma / 2 times the mean penalties R1 + R2 (Eq. 2 and 3).

    Args:
        net: The discriminator.
        real: Items (B, C, ...) as it sees them.
        fake: Generated items, same shape and classes.
        label: Classes (B,).
        gamma: Weight of the penalties; at 0 they are not computed.

    Returns:
        The loss, and the numbers to log.
    """
    # One pass over both kinds of item: their penalties then cost one second derivative, not two.
    x = torch.cat([real, fake]).detach().requires_grad_(gamma > 0)
    score = net(x, torch.cat([label, label]))
    loss = relativistic_loss(*score.chunk(2))
    logged = {"discriminator_loss": loss.detach()}
    if gamma > 0:
        logged["r1"], logged["r2"] = gradient_penalty(score, x).unflatten(0, (2, -1)).mean(1)
        loss = loss + 0.5 * gamma * (logged["r1"] + logged["r2"])
    return loss, logged


def train(session: Session) -> None:
    """Let the two networks play against each other."""
    settings = session.settings
    codec = session.codec(view_of(session))
    generator = session.module("generator", build_generator(session), ema=0.999)
    discriminator = session.module("discriminator", build_discriminator(session))
    optimizers = [torch.optim.Adam(net.parameters(), settings.lr) for net in (generator, discriminator)]
    for name, optimizer in zip(("generator", "discriminator"), optimizers, strict=True):
        session.optimizer(name, optimizer, lr_schedule=lambda p: blend(1.0, settings.final_lr, p, settings.burn_in))
    generator_optimizer, discriminator_optimizer = optimizers
    meters = Meters(session, codec)
    session.validation(meters.measure)
    count = session.state("count", {"steps": 0})
    for batch in session.batches():
        meters.see(batch)
        progress, burn_in = session.progress, settings.burn_in
        due = count["steps"] % settings.penalty_every == 0
        count["steps"] += 1
        gamma = settings.gamma * blend(1.0, 0.1, progress, burn_in) * (settings.penalty_every if due else 0)
        probability = blend(0.0, settings.augment, progress, burn_in)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["betas"] = (0.0, blend(0.9, 0.99, progress, burn_in))
        real = codec.encode(batch.items)
        label = hide_labels(batch.label, settings.label_dropout)
        noise = torch.randn(len(real), settings.latent_dim, device=real.device)
        with session.autocast():
            fake = generator(noise, label)
        # Outside autocast, as our choice: the paper's own networks take most of their penalties in bfloat16.
        # Rows of a table have no place where they could be moved to.
        probability = probability if real.ndim > 2 else 0.0
        seen, seen_fake = augment(real, probability), augment(fake.float(), probability)
        loss, logged = discriminator_loss(discriminator, seen, seen_fake, label, gamma)
        session.step(discriminator_optimizer, loss)
        # The generator has not moved since it made these items, so it need not make others for its own step.
        with session.autocast():
            with torch.no_grad():
                real_score = discriminator(seen, label)
            generator_loss = relativistic_loss(discriminator(seen_fake, label), real_score)
        session.step(generator_optimizer, generator_loss)
        session.log(generator_loss=generator_loss, **logged)
