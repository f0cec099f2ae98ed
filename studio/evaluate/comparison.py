"""This file compares several files without ranking what chance alone could have put in another order."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence

from studio.evaluate.bootstrap import Estimate
from studio.evaluate.evaluation import Evaluation, shown_name, within_bounds
from studio.evaluate.measurement import DISTANCES
from studio.store.evaluation import Comparison, Group

__all__ = ["compare"]


def compare(evaluations: Sequence[Evaluation], pool: bool = False) -> list[Comparison]:
    """Compare files.

    Args:
        evaluations: What was found of each file, by one reference.
        pool: Take files of one family and settings for trainings of one model with other seeds, and count them as one.

    Returns:
        One comparison for each measure that all of them have; none for a single file.
    """
    if len(evaluations) < 2:
        return []
    groups: dict[str, list[Evaluation]] = {}
    for number, one in enumerate(evaluations):
        report = one.report
        same = [report.family, report.title, dict(report.settings), dict(report.sampling.scalars)]
        key = json.dumps(same if pool else number, default=str)
        groups.setdefault(key, []).append(one)
    shared = [key for key in evaluations[0].estimates if all(key in one.estimates for one in evaluations)]
    return [_compare(key, list(groups.values())) for key in shared]


def _compare(key: tuple[str, str], groups: Sequence[Sequence[Evaluation]]) -> Comparison:
    members = tuple(_group(key, group) for group in groups)
    return Comparison(features=key[0], measure=key[1], groups=members, verdict=_verdict(key[1], members))


def _group(key: tuple[str, str], group: Sequence[Evaluation]) -> Group:
    # Equal samples are of equal weights: one training, exported or given twice.
    different: Mapping[str, Estimate] = {one.report.sampling.sha256: one.estimates[key] for one in group}
    first, *others = different.values()
    return Group(
        names=tuple(shown_name(one.file) for one in group),
        trainings=len(different),
        value=sum(one.value for one in different.values()) / len(different),
        interval=within_bounds(key[1], first.interval(*others)),
    )


def _verdict(measure: str, groups: Sequence[Group]) -> str:
    if len(groups) == 1:
        return "trainings of the same model"
    told = []
    for one, other in itertools.combinations(groups, 2):
        if one.interval[1] < other.interval[0] or other.interval[1] < one.interval[0]:
            low, high = sorted((one, other), key=lambda group: group.value)
            word = "is nearer than" if measure in DISTANCES else "is lower than"
            told.append(f"{_called(low)} {word} {_called(high)}")
        else:
            told.append(f"between {_called(one)} and {_called(other)} no difference can be told")
    return "; ".join(told)


def _called(group: Group) -> str:
    return " + ".join(group.names)
