"""Looks at a training that came to its end: whether anything was learned, and all of it was done."""

from __future__ import annotations

from collections.abc import Iterable

from studio.core.errors import PluginError
from studio.core.manifest import Input
from studio.core.modality import DataSpec
from studio.core.spec import Family
from studio.core.words import number_of
from studio.train.session import TrainSession

__all__ = ["check_conditions", "check_monitor", "check_outcome", "idle_optimizers"]


def check_conditions(family: Family, inputs: Iterable[Input], spec: DataSpec) -> None:
    """Check that a sampler takes classes where its family says so, and only there.

    Raises:
        PluginError: If it does not do as it says.
    """
    takes = any(entry.kind == "label" for entry in inputs)
    if takes and "class" not in family.conditions:
        raise PluginError(
            f"The family '{family.id}' declares conditions = {family.conditions!r}, and its sampler takes a label; "
            "declare ('none', 'class'), or leave the input out."
        )
    if not takes and spec.classes and "class" in family.conditions:
        raise PluginError(
            f"The family '{family.id}' declares conditions = {family.conditions!r}, and its sampler takes no label of "
            "data with classes; add trained.label_inputs() to its inputs, or declare ('none',)."
        )


def check_outcome(session: TrainSession, family: Family) -> None:
    """Check that ``studio_train`` did what a training does.

    Raises:
        PluginError: One sentence on what it left undone.
    """
    total, name = session.budget.steps_at(session.step_count), f"The family '{family.id}'"
    if not session.phases.ends:
        raise PluginError(f"{name} took no batch: studio_train must loop over session.batches().")
    if session.step_count < total:
        share = session.phases.share
        why = (
            f"its phases take {share:.0%} of the run together, and they must take all of it"
            if not session.phases.is_last
            else "its loop over session.batches() was left early"
        )
        raise PluginError(f"{name} ended at step {session.step_count} of {total}: {why}.")
    phases = session.phases
    idle = [phase for phase, begun in phases.begins.items() if phases.ends[phase] <= begun]
    if idle:
        raise PluginError(
            f"{name} took no step of its phase '{idle[0]}': the run is too short for its phases, with "
            f"{number_of(total, 'step')}; make it longer."
        )
    if not any(tracked.updates for tracked in session.optimization.optimizers.values()):
        why = (
            "every loss or gradient was not finite; try a smaller lr"
            if session.optimization.skipped or session.rollbacks
            else "studio_train must call session.step(optimizer, loss) for its batches"
        )
        raise PluginError(f"{name} learned nothing in {total} steps: {why}.")
    check_monitor(session, family)


def check_monitor(session: TrainSession, family: Family) -> None:
    """Check that validation reports the metric that decides the best checkpoint.

    Raises:
        PluginError: If it was never reported.
    """
    metric = family.monitor[0]
    if session.measure is None:
        raise PluginError(
            f"The family '{family.id}' never called session.validation, and its monitor '{metric}' decides which "
            "checkpoint is exported."
        )
    # A metric that compares items means nothing of a single one.
    if not session.monitored and len(session.held_out[0]) > 1:
        found = ", ".join(sorted(name.removeprefix("validation.") for name in session.validated)) or "nothing"
        raise PluginError(
            f"The family '{family.id}' names '{metric}' as the metric that decides the best checkpoint, and its "
            f"validation reports {found}."
        )


def idle_optimizers(session: TrainSession) -> list[str]:
    """Names of the optimizers that never updated anything."""
    return [name for name, tracked in session.optimization.optimizers.items() if not tracked.updates]
