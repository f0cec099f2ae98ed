"""The session: everything around a plugin's training loop.

What a training depends on is the step alone: the order of data, the learning rates and the random states are functions
of it or lie in the checkpoint. What happens between steps (validation, previews, commands) leaves no trace in it.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from studio.core.errors import PluginError, StudioError
from studio.core.modality import DataSpec
from studio.core.protocol import Module
from studio.core.settings import TrainSettings
from studio.core.spec import Continuous, Tokens
from studio.data.dataset import Dataset
from studio.nn.ema import AveragedModule
from studio.train import random_state
from studio.train.budget import Budget, Plan
from studio.train.checkpoint import Checkpoint
from studio.train.extensions import RunExtensions
from studio.train.host import ItemBatch, SessionHost, check_number
from studio.train.memory import MemoryProbe, probe_sizes
from studio.train.optimization import MAX_SKIPPED, Optimization, TrackedModule
from studio.train.order import BatchOrder, held_out_batches
from studio.train.pace import WarmUp
from studio.train.phases import Phases
from studio.train.trained import TrainedModel, prefixed

__all__ = ["TrainSession"]

_MAX_ROLLBACKS = 5


class TrainSession:
    """The session that ``studio_train`` is handed; its public members are the protocol ``studio.api.Session``.

    Args:
        family: Id of the family that is trained.
        settings: The family's settings.
        train: The studio's settings.
        dataset: The data set.
        seed: Seed of the run.
        device: Where to train.
        host: Whoever runs the session.
        checkpoint: Where to go on from; None for the beginning.
        recorded: Plans of a run in minutes that an earlier segment wrote down.
        extensions: What plugins bring beside the family.
    """

    def __init__(
        self,
        family: str,
        settings: Any,
        train: TrainSettings,
        dataset: Dataset,
        seed: int,
        device: torch.device,
        host: SessionHost[TrainSession],
        checkpoint: Checkpoint | None = None,
        recorded: Sequence[Plan] = (),
        extensions: RunExtensions | None = None,
    ) -> None:
        self.family = family
        self.settings = settings
        self.train_settings = train
        self.dataset = dataset
        self.seed = seed
        self.device = device
        self.step_count = 0
        self.measure: Callable[[ItemBatch], Mapping[str, Any]] | None = None
        self.closing = 0
        self.best: dict[str, Any] | None = None
        self.validated: dict[str, float] = {}
        self.monitored = False
        self.optimization = Optimization(train.clip)
        self.budget = Budget(train.steps, train.minutes)
        self.phases = Phases(self.budget)
        self._host = host
        self._extensions = extensions or RunExtensions()
        self._states: dict[str, dict[str, Any]] = {}
        self._loaded = checkpoint
        self.rollbacks = 0
        self._warming_up = False
        self._order = BatchOrder(dataset.indices("train"), train.batch_size, seed)
        self.held_out = held_out_batches(dataset, train.batch_size)
        if checkpoint is not None:
            self._take_position(checkpoint)
        self.budget.follow(recorded)
        random_state.seed_everything(seed)

    # What a plugin uses.

    @property
    def spec(self) -> DataSpec:
        """What the items of the data set have in common."""
        return self.dataset.spec

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; empty where the data set has none."""
        return self.dataset.spec.classes

    @property
    def metrics(self) -> Mapping[str, float]:
        """The latest recorded numbers by name; those of validation begin with ``validation.``."""
        return self._host.metrics

    @property
    def progress(self) -> float:
        """Share of the run that is done, 0 to 1; 0 until a budget in minutes is measured."""
        return self.budget.progress(self.step_count)

    def codec(self, view: Continuous | Tokens) -> nn.Module:
        """The codec between items and a view, on the session's device."""
        return self._extensions.make_codec(self.spec, view).to(self.device)

    def module(self, name: str, net: Module, ema: float | None = None) -> Module:
        """Take a net into the session: device, checkpoint, average of its weights; never wrapped.

        Args:
            name: Its name in checkpoints, the same in ``studio_sample``.
            net: The net, freshly made.
            ema: Decay of its average; None for no average. The setting ``train.ema`` wins.
        """
        if "/" in name or name in self.optimization.modules:
            raise PluginError(f"session.module was given the name '{name}', which is taken or has a slash.")
        net = net.to(self.device)
        # Convolutions over two axes are faster with channels last on both kinds of device; names and values stay.
        if any(entry.ndim == 4 for entry in net.parameters()):
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        # What learns nothing has no average: it would never follow.
        if self.train_settings.ema is not None and any(entry.requires_grad for entry in net.parameters()):
            ema = self.train_settings.ema
        tracked = TrackedModule(net, AveragedModule(net, ema) if ema else None)
        self.optimization.modules[name] = tracked
        if self._loaded is not None:
            self.optimization.fill_module(name, self._loaded)
        return net

    def averaged(self, name: str) -> nn.Module:
        """The net of that name as validation sees it: its averaged copy where it has one, in eval mode."""
        tracked = self.optimization.modules[name]
        return tracked.averaged.module if tracked.averaged is not None else tracked.module

    def optimizer(
        self, name: str, optimizer: torch.optim.Optimizer, lr_schedule: Callable[[float], float] | None = None
    ) -> torch.optim.Optimizer:
        """Take an optimizer into the session; its learning rates become ``lr_schedule(progress)`` times their own."""
        if "/" in name or name in self.optimization.optimizers:
            raise PluginError(f"session.optimizer was given the name '{name}', which is taken or has a slash.")
        self.optimization.track(name, optimizer, lr_schedule)
        if self._loaded is not None:
            self.optimization.fill_optimizer(name, self._loaded)
        return optimizer

    def validation(self, measure: Callable[[Any], Mapping[str, Any]], closing: int = 0) -> None:
        """Name the function that measures a held-out batch; means over batches become ``validation.NAME``."""
        self.measure, self.closing = measure, closing

    def state(self, name: str, default: dict[str, Any]) -> dict[str, Any]:
        """A dictionary of JSON values and tensors that every checkpoint holds; change it in place."""
        self._states[name] = default
        if self._loaded is not None:
            self._fill_state(name, self._loaded)
        return default

    def sample_of_items(self, count: int) -> Tensor:
        """Up to count training items, the same in every segment; as stored, on the device."""
        order = BatchOrder(self._order.indices, count, self.seed)
        items, _ = self.dataset.batch(order.batch(0))
        return torch.from_numpy(items).to(self.device)

    def autocast(self) -> AbstractContextManager[Any]:
        """The run's precision for a forward pass."""
        precision = self.train_settings.precision
        if precision == "auto":
            precision = "bfloat16" if self.device.type == "cuda" else "float32"
        return torch.autocast(self.device.type, torch.bfloat16) if precision == "bfloat16" else nullcontext()

    def step(self, *optimizers_and_loss: Any) -> None:
        """Update by a loss: ``step(opt, loss)``, or several optimizers and then the loss.

        A loss or gradient that is not finite is skipped and said; when more than MAX_SKIPPED follow one another, the
        last finite checkpoint comes back with half the learning rate, while step and data order go on.

        Raises:
            StudioError: If that has happened more than five times.
        """
        *optimizers, loss = optimizers_and_loss
        if not optimizers or not isinstance(loss, Tensor):
            raise PluginError("session.step takes one or more optimizers and then the loss, a tensor.")
        done, norm = self.optimization.update(tuple(optimizers), loss)
        if done:
            self.log(gradient_norm=norm)
            return
        if self.optimization.skipped == 1:
            self._host.say("skipped", "The loss or its gradient is not finite; this update is skipped.")
        if self.optimization.skipped > MAX_SKIPPED:
            self._roll_back()

    def log(self, **values: Any) -> None:
        """Record numbers of this step, floats or tensors of one element; no device synchronisation happens here.

        Raises:
            PluginError: If a value is no single number; it says which.
        """
        for name, value in values.items():
            check_number("session.log", name, value)
        if not self._warming_up:
            self._host.record(self.step_count + 1, values)

    def held_out_mean(self, measure: Callable[[ItemBatch], Any]) -> float:
        """Mean of a number over held-out batches, on the same random numbers at every call; leaves no trace."""
        return self.held_out_means(lambda batch: {"": measure(batch)})[""]

    def batches(self, phase: str = "train", share: float = 1.0) -> Iterator[ItemBatch]:
        """Yield the batches of a phase, from where the run stands; a finished phase yields nothing.

        Args:
            phase: Name of the phase.
            share: Share of the run's steps that the phase takes.
        """
        if self.phases.is_finished(phase, self.step_count):
            return
        fresh = self._loaded is None and phase not in self.phases.ends
        if fresh and not self.step_count:
            self._host.before_first_step(self)
            yield from self._check_memory()
        if not self.budget.plans:
            yield from self._measure_speed()
        self.phases.begin(phase, share, self.step_count)
        if self._loaded is not None:
            self._fill_random(self._loaded)
            self._loaded = None
        if fresh and self.step_count:
            # Saved first: the trial steps move the weights, and may end the run.
            self._host.between_steps(self)
            yield from self._check_memory()
        while self.step_count < self.phases.end(self.step_count):
            self._host.between_steps(self)
            self.optimization.set_learning_rates(self.progress)
            yield self._batch(self._order.batch(self.step_count), self.step_count)
            self.step_count += 1

    # What the trainer uses.

    @contextmanager
    def measuring(self, seed: int) -> Iterator[None]:
        """Nets in eval mode, no gradients, random states that leave no trace."""
        nets = [tracked.module for tracked in self.optimization.modules.values()]
        modes = [(module, module.training) for net in nets for module in net.modules()]
        with random_state.fork(seed), torch.no_grad():
            for net in nets:
                net.eval()
            try:
                yield
            finally:
                # One by one: a plugin may have frozen a part of a net.
                for module, training in modes:
                    module.training = training

    def held_out_means(self, measure: Callable[[ItemBatch], Mapping[str, Any]]) -> dict[str, float]:
        """Means of some numbers over held-out batches, on the same random numbers at every call.

        A number that a batch does not have, as it means nothing there, is averaged over the others.
        """
        sums: dict[str, float] = {}
        counts: dict[str, int] = {}
        with self.measuring(self.seed + 1):
            for indices in self.held_out:
                batch = self._batch(indices)
                for name, value in measure(batch).items():
                    check_number("validation", name, value)
                    sums[name] = sums.get(name, 0.0) + float(value) * len(batch.label)
                    counts[name] = counts.get(name, 0) + len(batch.label)
        return {name: total / counts[name] for name, total in sums.items()}

    def trained(self) -> TrainedModel:
        """The averaged weights of this moment, as ``studio_sample`` wants them."""
        weights: dict[str, Tensor] = {}
        for name in self.optimization.modules:
            weights |= {f"{name}/{key}": value for key, value in self.averaged(name).state_dict().items()}
        return TrainedModel(self.family, self.settings, self.spec, weights, self.device, self._extensions)

    def snapshot(self) -> Checkpoint:
        """Everything to go on from; the tensors are those in use, not copies."""
        tensors, document = self.optimization.pack()
        tensors["state"], states = {}, {}
        for name, state in self._states.items():
            tensors["state"] |= {f"{name}/{key}": value for key, value in state.items() if isinstance(value, Tensor)}
            states[name] = {key: value for key, value in state.items() if not isinstance(value, Tensor)}
        tensors["random"], random = random_state.capture()
        document |= {
            **self.phases.document(),
            "budget": self.budget.document(),
            "best": self.best,
            "states": states,
            "random": random,
            "rollbacks": self.rollbacks,
            "skipped": self.optimization.skipped,
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
        }
        return Checkpoint(self.step_count, tensors, document, self.optimization.all_finite())

    # How they are done.

    def _batch(self, indices: Any, step: int | None = None) -> ItemBatch:
        (items, labels), sources = self.dataset.batch(indices), self.dataset.sources_of(indices)
        if step is not None:
            items, labels = self._extensions.transform(items, labels, self.seed, step)
        source = torch.from_numpy(sources).to(self.device) if sources is not None else None
        return ItemBatch(torch.from_numpy(items).to(self.device), torch.from_numpy(labels).to(self.device), source)

    @contextmanager
    def _taken_back(self) -> Iterator[None]:
        """Steps that leave no trace."""
        before = copy.deepcopy(self.snapshot())
        self._warming_up = True
        yield
        self._warming_up = False
        self.optimization.fill(before)
        self.optimization.skipped = 0
        for name in self._states:
            self._fill_state(name, before)
        self._fill_random(before)

    def _check_memory(self) -> Iterator[ItemBatch]:
        """Take steps on a few items, and end the run with what would fit where the whole batch would not."""
        size = min(self.train_settings.batch_size, len(self._order.indices))
        probe = MemoryProbe(self.device)
        sizes = probe_sizes(size) if probe.possible else []
        if not sizes:
            return
        with self._taken_back():
            for count in sizes:
                self._host.warming_up(self.step_count)
                probe.begin()
                yield self._batch(self._order.batch(self.step_count)[:count])
                if probe.end(count):
                    break
        probe.check(size)

    def _measure_speed(self) -> Iterator[ItemBatch]:
        """Measure how long a step takes, for the first plan of a run in minutes."""
        warm_up, index = WarmUp(60.0 * (self.budget.minutes or 0.0)), 0
        with self._taken_back():
            begun = time.perf_counter()
            while not warm_up.measured(time.perf_counter() - begun, index):
                self._host.warming_up(self.step_count)
                yield self._batch(self._order.batch(index))
                index += 1
        self._host.warmed_up(self, warm_up.step_s)

    def _roll_back(self) -> None:
        checkpoint = self._host.last_finite()
        self.rollbacks += 1
        if checkpoint is None or self.rollbacks > _MAX_ROLLBACKS:
            raise StudioError(
                "The loss keeps leaving the finite numbers, even at a lower learning rate; "
                "start again with a smaller lr, or look for broken items in the data set."
            )
        self.optimization.fill(checkpoint)
        self.optimization.lr_factor *= 0.5
        self.optimization.skipped = 0
        self._host.say(
            "rollback",
            f"{MAX_SKIPPED} updates in a row were not finite: back to the weights of step {checkpoint.step}, "
            f"learning rate times {self.optimization.lr_factor:g}.",
        )

    def _take_position(self, checkpoint: Checkpoint) -> None:
        document = checkpoint.document
        self.step_count = checkpoint.step
        self.phases.restore(document)
        self.budget.restore(document["budget"])
        self.best = document["best"]
        self.monitored = self.best is not None
        self.optimization.lr_factor = document["lr_factor"]
        self.optimization.skipped = document.get("skipped", 0)
        self.rollbacks = document["rollbacks"]

    def _fill_state(self, name: str, checkpoint: Checkpoint) -> None:
        state = self._states[name]
        if name in checkpoint.document["states"]:
            state.clear()
            state.update(checkpoint.document["states"][name])
            tensors = prefixed(checkpoint.tensors["state"], name)
            state.update({key: value.to(self.device) for key, value in tensors.items()})

    def _fill_random(self, checkpoint: Checkpoint) -> None:
        random_state.restore(checkpoint.tensors["random"], checkpoint.document["random"])
