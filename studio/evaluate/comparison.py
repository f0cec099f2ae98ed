"""Compares several files without ranking what chance alone could have put in another order.

All of them were compared with the same real items, and measured again on the same parts. So two are told apart by the
interval of their difference, part by part, which is narrower than either's own.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence

import numpy as np

from studio.core.estimate import Estimate, next_training, student_t
from studio.evaluate.evaluation import Evaluation, shown_name
from studio.evaluate.measurement import DISTANCES, within_bounds
from studio.store.evaluation import Comparison, Difference, Group

__all__ = ["compare"]

Estimates = Sequence[Estimate]


def compare(evaluations: Sequence[Evaluation], pool: bool = False) -> list[Comparison]:
    """Compare files.

    Args:
        evaluations: What was found of each file, by one reference.
        pool: Take files of one family and settings for trainings of one model with other seeds, and count them as one.

    Returns:
        One comparison for each measure that two of them have at least; none for a single file. Samples in black and
        white have measures of their own, and so not every file is in every comparison.
    """
    groups: dict[str, list[Evaluation]] = {}
    for number, one in enumerate(evaluations):
        report = one.report
        same = [report.family, report.title, dict(report.settings), dict(report.sampling.scalars)]
        key = json.dumps(same if pool else number, default=str)
        groups.setdefault(key, []).append(one)
    found = []
    for measured in dict.fromkeys(key for one in evaluations for key in one.estimates):
        able = [group for group in groups.values() if all(measured in one.estimates for one in group)]
        if sum(map(len, able)) > 1:
            without = [shown_name(one.file) for group in groups.values() if group not in able for one in group]
            found.append(_compare(measured, able).model_copy(update={"without": tuple(without)}))
    return found


def _compare(key: tuple[str, str], groups: Sequence[Sequence[Evaluation]]) -> Comparison:
    trainings = [_trainings(key, group) for group in groups]
    members = [_group(key[1], group, found) for group, found in zip(groups, trainings, strict=True)]
    differences = [
        _difference(members[one], trainings[one], members[other], trainings[other])
        for one, other in itertools.combinations(range(len(groups)), 2)
    ]
    return Comparison(
        features=key[0],
        measure=key[1],
        groups=tuple(members),
        differences=tuple(differences),
        verdict=_verdict(key[1], members, differences),
    )


def _trainings(key: tuple[str, str], group: Sequence[Evaluation]) -> list[Estimate]:
    # Equal samples are of equal weights: one training, exported or given twice.
    different: Mapping[str, Estimate] = {one.report.sampling.sha256: one.estimates[key] for one in group}
    return list(different.values())


def _group(measure: str, group: Sequence[Evaluation], trainings: Estimates) -> Group:
    values = [one.value for one in trainings]
    interval = trainings[0].interval() if len(values) == 1 else next_training(values)
    return Group(
        names=tuple(shown_name(one.file) for one in group),
        trainings=len(values),
        value=sum(values) / len(values),
        interval=within_bounds(measure, interval),
    )


def _difference(one: Group, ones: Estimates, other: Group, others: Estimates) -> Difference:
    """The difference of two groups' means, with what the items and, where there are several, the trainings do to it."""
    if one.value < other.value:
        return _difference(other, others, one, ones)
    found = Estimate.mean(ones).minus(Estimate.mean(others))
    square = (found.interval()[1] - found.value) ** 2
    for group in (ones, others):
        if len(group) > 1:
            error = float(np.var([each.value for each in group], ddof=1)) / len(group)
            square += student_t(len(group) - 1) ** 2 * error
    low, high = found.value - square**0.5, found.value + square**0.5
    return Difference(lower=other.names, higher=one.names, value=found.value, interval=(low, high), told=low > 0.0)


def _verdict(measure: str, groups: Sequence[Group], differences: Sequence[Difference]) -> str:
    if not differences:
        return "trainings of the same model"
    word = "is nearer than" if measure in DISTANCES else "is lower than"
    told = []
    for pair, one in zip(itertools.combinations(groups, 2), differences, strict=True):
        if one.told:
            lower, higher = " + ".join(one.lower), " + ".join(one.higher)
            told.append(f"{lower} {word} {higher} by {one.value:.3g} ({one.interval[0]:.3g} to {one.interval[1]:.3g})")
        else:
            first, second = (" + ".join(group.names) for group in pair)
            told.append(f"between {first} and {second} no difference can be told")
    return "; ".join(told)
