"""The GAN's training loop: discriminator and generator in turn, with R3GAN's schedules over the burn-in.

Both penalties may be left out of most steps and weigh more in the others (Karras et al. 2020, arXiv:1912.04958,
section 2.2). Measured on MNIST with one thread, one step in four is ahead of every step for the same time (distance
0.015 against 0.027 after 50 s), and one in eight is behind it again.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from studio.api import Batch, Session
from studio.nn import hide_labels
from studio_gan.augmentation import augment
from studio_gan.meters import Meters, View
from studio_gan.model import (
    build_discriminator,
    build_generator,
    gradient_penalty,
    relativistic_loss,
    view_of,
)

__all__ = ["Game", "discriminator_loss", "train"]


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


class Game:
    """The two networks of a run, and how a batch moves them.

    Args:
        session: The session.
        view: What the networks see of items.
        generator: The generator.
        discriminator: The discriminator.
        augment: Changes what the discriminator sees, real and generated alike, for a share of it.
        begin: Share of the run that is over when the game begins.
    """

    def __init__(
        self,
        session: Session,
        view: View,
        generator: nn.Module,
        discriminator: nn.Module,
        augment: Callable[[Tensor, float], Tensor],
        begin: float = 0.0,
    ) -> None:
        settings = session.settings
        self.session, self.view, self.augment, self.begin = session, view, augment, begin
        self.generator = session.module("generator", generator, ema=0.999)
        self.discriminator = session.module("discriminator", discriminator)
        self.optimizers = [
            torch.optim.Adam(net.parameters(), settings.lr) for net in (self.generator, self.discriminator)
        ]
        for name, optimizer in zip(("generator", "discriminator"), self.optimizers, strict=True):
            session.optimizer(name, optimizer, lr_schedule=self._lr_factor)
        self.meters = Meters(session, view)
        self.count = session.state("count", {"steps": 0})

    def _lr_factor(self, progress: float) -> float:
        settings = self.session.settings
        return blend(1.0, settings.final_lr, self._played(progress), settings.burn_in)

    def _played(self, progress: float) -> float:
        """How much of the game is over, for how much of the run is."""
        return max(0.0, progress - self.begin) / (1.0 - self.begin)

    def step(self, batch: Batch) -> None:
        """Move the discriminator, then the generator."""
        session, settings = self.session, self.session.settings
        generator_optimizer, discriminator_optimizer = self.optimizers
        self.meters.see(batch)
        progress, burn_in = self._played(session.progress), settings.burn_in
        due = self.count["steps"] % settings.penalty_every == 0
        self.count["steps"] += 1
        gamma = settings.gamma * blend(1.0, 0.1, progress, burn_in) * (settings.penalty_every if due else 0)
        probability = blend(0.0, settings.augment, progress, burn_in)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["betas"] = (0.0, blend(0.9, 0.99, progress, burn_in))
        real = self.view.encode(batch.items)
        label = hide_labels(batch.label, settings.label_dropout)
        noise = torch.randn(len(real), settings.latent_dim, device=real.device)
        with session.autocast():
            fake = self.generator(noise, label)
        # Outside autocast, as our choice: the paper's own networks take most of their penalties in bfloat16.
        seen, seen_fake = self.augment(real, probability), self.augment(fake.float(), probability)
        loss, logged = discriminator_loss(self.discriminator, seen, seen_fake, label, gamma)
        session.step(discriminator_optimizer, loss)
        # The generator has not moved since it made these items, so it need not make others for its own step.
        with session.autocast():
            with torch.no_grad():
                real_score = self.discriminator(seen, label)
            generator_loss = relativistic_loss(self.discriminator(seen_fake, label), real_score)
        session.step(generator_optimizer, generator_loss)
        session.log(generator_loss=generator_loss, **logged)


def train(session: Session) -> None:
    """Let the two networks play against each other."""
    view = session.codec(view_of(session))
    # Rows of a table have no place where they could be moved to.
    changed = augment if len(view.shape) > 1 else (lambda x, probability: x)
    game = Game(session, view, build_generator(session), build_discriminator(session), changed)
    session.validation(game.meters.measure)
    for batch in session.batches():
        game.step(batch)
