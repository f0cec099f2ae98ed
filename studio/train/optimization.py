"""One update: gradient, clipping, the policy for what is not finite, learning rates and averages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from studio.core.errors import PluginError
from studio.nn.ema import AveragedModule
from studio.train.checkpoint import Checkpoint, pack_optimizer, unpack_optimizer
from studio.train.trained import prefixed

__all__ = ["MAX_SKIPPED", "Optimization", "TrackedModule", "TrackedOptimizer"]

MAX_SKIPPED = 20


@dataclass
class TrackedModule:
    """A net of the session, and its average where it has one."""

    module: nn.Module
    averaged: AveragedModule | None = None
    updates: int = 0


@dataclass
class TrackedOptimizer:
    """An optimizer of the session with its schedule and the learning rates it was made with."""

    optimizer: torch.optim.Optimizer
    lr_schedule: Callable[[float], float] | None
    lrs: list[float]
    parameters: list[Tensor] = field(default_factory=list)
    updates: int = 0


class Optimization:
    """The modules and optimizers of a session, and how a loss updates them.

    Attributes:
        modules: Nets by name.
        optimizers: Optimizers by name.
        clip: Largest norm of the gradient; 0 for none.
        lr_factor: What all learning rates are multiplied with; halved by every rollback.
        skipped: Updates skipped in a row because something was not finite.
    """

    def __init__(self, clip: float) -> None:
        self.modules: dict[str, TrackedModule] = {}
        self.optimizers: dict[str, TrackedOptimizer] = {}
        self.clip = clip
        self.lr_factor = 1.0
        self.skipped = 0
        self._followers: dict[tuple[int, ...], list[TrackedModule]] = {}

    def track(self, name: str, optimizer: torch.optim.Optimizer, schedule: Callable[[float], float] | None) -> None:
        """Take an optimizer in."""
        lrs = [float(group["lr"]) for group in optimizer.param_groups]
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        self.optimizers[name] = TrackedOptimizer(optimizer, schedule, lrs, parameters)

    def set_learning_rates(self, progress: float) -> None:
        """Set every learning rate for the step to come."""
        for tracked in self.optimizers.values():
            factor = self.lr_factor * (tracked.lr_schedule(progress) if tracked.lr_schedule else 1.0)
            for group, lr in zip(tracked.optimizer.param_groups, tracked.lrs, strict=True):
                group["lr"] = lr * factor

    def update(self, optimizers: tuple[torch.optim.Optimizer, ...], loss: Tensor) -> tuple[bool, Tensor | float]:
        """Update the parameters of some optimizers by a loss; others keep their gradients.

        Returns:
            Whether the update was done, and the norm of the gradient before clipping. It is not done where the loss or
            the norm is not finite.
        """
        tracked = [self._find(optimizer) for optimizer in optimizers]
        parameters = [parameter for entry in tracked for parameter in entry.parameters]
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward(inputs=parameters)
        limit = self.clip if self.clip > 0 else float("inf")
        norm = nn.utils.clip_grad_norm_(parameters, limit)
        # Reading the two numbers waits for the device; skipping an update exactly cannot do without.
        if not bool(torch.isfinite(norm) & torch.isfinite(loss.detach())):
            for optimizer in optimizers:
                optimizer.zero_grad(set_to_none=True)
            self.skipped += 1
            return False, norm
        self.skipped = 0
        for entry in tracked:
            entry.optimizer.step()
            entry.updates += 1
        for module in self._following(optimizers, parameters):
            module.updates += 1
            if module.averaged is not None:
                module.averaged.update(module.updates)
        return True, norm

    def _find(self, optimizer: torch.optim.Optimizer) -> TrackedOptimizer:
        for tracked in self.optimizers.values():
            if tracked.optimizer is optimizer:
                return tracked
        raise PluginError("session.step was given an optimizer that session.optimizer has not seen.")

    def _following(self, optimizers: Any, parameters: list[Tensor]) -> list[TrackedModule]:
        key = tuple(id(optimizer) for optimizer in optimizers)
        if key not in self._followers:
            moved = {id(parameter) for parameter in parameters}
            self._followers[key] = [
                tracked
                for tracked in self.modules.values()
                if any(id(parameter) in moved for parameter in tracked.module.parameters())
            ]
        return self._followers[key]

    def pack(self) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any]]:
        """Weights, averages and optimizers as the tensors in use by group, and as JSON values."""
        tensors: dict[str, dict[str, Tensor]] = {"modules": {}, "averaged": {}, "optimizers": {}}
        optimizers = {}
        for name, tracked in self.modules.items():
            tensors["modules"] |= {f"{name}/{key}": value for key, value in tracked.module.state_dict().items()}
            if tracked.averaged is not None:
                kept = tracked.averaged.module.state_dict()
                tensors["averaged"] |= {f"{name}/{key}": value for key, value in kept.items()}
        for name, entry in self.optimizers.items():
            packed, optimizers[name] = pack_optimizer(name, entry.optimizer)
            tensors["optimizers"] |= packed
        updates = {name: tracked.updates for name, tracked in self.modules.items()}
        optimizer_updates = {name: entry.updates for name, entry in self.optimizers.items()}
        return tensors, {
            "optimizers": optimizers,
            "updates": updates,
            "optimizer_updates": optimizer_updates,
            "lr_factor": self.lr_factor,
        }

    def fill(self, checkpoint: Checkpoint) -> None:
        """Take weights, averages and optimizers from a checkpoint; the learning-rate factor stays."""
        for name in self.modules:
            self.fill_module(name, checkpoint)
        for name in self.optimizers:
            self.fill_optimizer(name, checkpoint)

    def fill_module(self, name: str, checkpoint: Checkpoint) -> None:
        """Take one net's weights and average.

        Raises:
            PluginError: If they do not fit the net.
        """
        tracked = self.modules[name]
        try:
            tracked.module.load_state_dict(prefixed(checkpoint.tensors["modules"], name))
            if tracked.averaged is not None:
                tracked.averaged.module.load_state_dict(prefixed(checkpoint.tensors["averaged"], name))
        except RuntimeError as error:
            raise PluginError(
                f"The checkpoint does not fit the network '{name}' that the plugin makes now; "
                "it is of another version of the family, so start a new run. "
                f"({str(error).splitlines()[-1].strip()})"
            ) from None
        tracked.updates = checkpoint.document["updates"].get(name, 0)

    def fill_optimizer(self, name: str, checkpoint: Checkpoint) -> None:
        """Take one optimizer's state."""
        document = checkpoint.document["optimizers"].get(name)
        if document is not None:
            unpack_optimizer(name, self.optimizers[name].optimizer, checkpoint.tensors["optimizers"], document)
            # Checkpoints of before did not count them; whoever wrote one had learned something.
            counts = checkpoint.document.get("optimizer_updates", {name: 1})
            self.optimizers[name].updates = counts.get(name, 0)

    @torch.no_grad()
    def all_finite(self) -> bool:
        """Whether every weight is finite."""
        weights: list[Tensor] = [weight for tracked in self.modules.values() for weight in tracked.module.parameters()]
        if not weights:
            return True
        norms = torch._foreach_norm(weights, float("inf"))
        return bool(torch.isfinite(torch.stack([norm.float() for norm in norms])).all())
