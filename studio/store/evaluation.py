"""What the judge says of an exported file: the document ``evaluation.json`` in a model's folder.

Numbers of another protocol are no longer comparable; a document says by which it was made.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from studio.core.bounded import Count, Duration, Moment
from studio.core.errors import DamagedDocumentError
from studio.core.estimate import Estimate
from studio.store.atomic import read_document, write_document
from studio.store.inside import check_folder

__all__ = [
    "CLASSIFIER",
    "EVALUATION_FILE",
    "EVALUATION_FORMAT",
    "NOISE_VERSION",
    "PROTOCOL",
    "ClassReport",
    "Comparison",
    "Difference",
    "EvaluationReport",
    "FeatureReport",
    "Group",
    "LikelihoodReport",
    "Measure",
    "MemorisationReport",
    "SamplingReport",
    "read_evaluation",
    "write_evaluation",
]

# The one set of features whose name is not of its weights: each data set has its own.
CLASSIFIER = "classifier of the data set"

EVALUATION_FILE = "evaluation.json"
EVALUATION_FORMAT = 2
# 1: the floor was of random training items, which the classifier had learned from.
# 2: the floor has the samples' counts of every class, of items that the classifier never saw.
PROTOCOL = 2
# 1: every input of a file of likelihoods took a counter lane. 2: noise inputs alone do, as in samples. The noise is
# another, so numbers differ within their error and compare as before.
NOISE_VERSION = 2


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False, protected_namespaces=())


class Measure(_Document):
    """One number on samples, beside its floor: the same number on as many other real items.

    Attributes:
        name: What is measured.
        value: The number.
        interval: Its 95 % interval over random parts of the items.
        floor: The same number on real items.
        floor_interval: Its interval.
        above: Value less floor, for a distance; None for shares and in reports of protocol 1.
        above_interval: Its interval, of differences on the same parts.
        halves: The number on each of some halves of the items; the same halves for every file of one data set and
            count, so that two files are compared half by half.
        quarters: The same of quarters.
    """

    name: str
    value: float
    interval: tuple[float, float]
    floor: float
    floor_interval: tuple[float, float]
    above: float | None = None
    above_interval: tuple[float, float] | None = None
    halves: tuple[float, ...] = ()
    quarters: tuple[float, ...] = ()

    @property
    def estimate(self) -> Estimate:
        """The number with its parts."""
        return Estimate(self.value, np.array(self.halves, np.float64), np.array(self.quarters, np.float64))


class FeatureReport(_Document):
    """What was measured in one set of features.

    Attributes:
        name: Name of the features; numbers of other features do not compare.
        version: Which weights.
        dims: Number of features.
        measures: The numbers.
    """

    name: str
    version: str
    dims: int
    measures: tuple[Measure, ...]


class ClassReport(_Document):
    """What the data set's classifier takes the samples for.

    Attributes:
        classes: Names of the classes.
        samples: Samples taken for each class.
        held_out: Held-out items taken for each class.
        total_variation: Half the sum of absolute differences of the two shares, 0 to 1.
        floor: The same of the floor's real items.
        accuracy: Share of samples taken for the class that was asked for, its floor that of held-out items taken for
            their own; None where no class was asked for.
        missing: Classes that are drawn less than a tenth as often as held-out items have them.
        classifier_accuracy: Share of the validation items that the classifier gets right, 0 to 1.
    """

    classes: tuple[str, ...]
    samples: tuple[int, ...]
    held_out: tuple[int, ...]
    total_variation: float
    floor: float
    accuracy: Measure | None = None
    missing: tuple[str, ...] = ()
    classifier_accuracy: float


class MemorisationReport(_Document):
    """Whether samples are copies of training items.

    Attributes:
        features: Name of the features in which neighbours were looked for.
        training: Number of training items looked at.
        median: Median distance of a sample to its nearest training item.
        median_held_out: The same of a held-out item.
        ratio: The one divided by the other: about 1 for fresh samples, 0 for copies; None where it cannot be told.
        near: Share of samples nearer to training items than all but 1 % of the held-out items; fresh ones: about 0.01.
        closest: Samples most likely copied, nearest first for how crowded it is there: number of the sample, number of
            its nearest training item in the data set, their distance.
    """

    features: str
    training: int
    median: float
    median_held_out: float
    ratio: float | None
    near: float
    closest: tuple[tuple[int, int, float], ...] = ()


class LikelihoodReport(_Document):
    """How likely held-out items are under the model.

    Attributes:
        label: All that a number needs to be compared, in words.
        kind: Whether it is log p itself or a bound from below.
        protocol: What is modelled of an item, such as ``dynamically binarised``.
        split: Which items.
        count: How many of them.
        draws: Draws of the bound for each item; 0 where nothing was drawn.
        noise_version: How the noise of the draws was made; the same numbers again come of the same version only.
        class_given: Whether the class of each item was given to the model.
        mixture: Whether it is of all classes together, log sum_y p(y) p(x | y); False in reports of protocol 1, which
            took the model's own numbers for an unknown class.
        dims: Numbers in an item.
        nats: Mean log p of an item, in nats; None where an item has none.
        nats_error: Standard error of the mean.
        bits_per_dim: -nats / (dims ln 2).
        bits_error: Its standard error.
        bits_per_byte: Of texts, bits for each byte of UTF-8, over all texts together: their ends cost bits and are no
            bytes; None for other items.
        bits_per_character: The same for each character.
        impossible: Items whose log p is not a finite number.
        gap: Of data whose true density is known, the mean of true less measured log p of the same items, in nats: an
            estimate of the Kullback-Leibler divergence from the model, from above for a bound; None for other data.
        gap_error: Its standard error over the items.
    """

    label: str
    kind: Literal["exact", "bound"]
    protocol: str
    split: str
    count: int
    draws: int
    noise_version: int = 1
    class_given: bool
    mixture: bool = False
    dims: int
    nats: float | None
    nats_error: float | None
    bits_per_dim: float | None
    bits_error: float | None
    bits_per_byte: float | None = None
    bits_per_character: float | None = None
    impossible: int = 0
    gap: float | None = None
    gap_error: float | None = None

    @property
    def gap_words(self) -> str:
        """The gap in words; empty where there is none."""
        if self.gap is None:
            return ""
        error = "" if self.gap_error is None else f" ± {self.gap_error:.3f}"
        return f"{'at most ' if self.kind == 'bound' else ''}{self.gap:.3f}{error} below the true density"


class SamplingReport(_Document):
    """How the samples were drawn.

    Attributes:
        count: Number of samples.
        seed: Seed of the request.
        scalars: Every number the file took.
        provider: ONNX Runtime's execution provider.
        seconds: How long it took.
        sha256: sha256 over the samples; the same for the same weights.
    """

    count: int
    seed: int
    scalars: Mapping[str, float]
    provider: str
    seconds: float
    sha256: str

    @property
    def seconds_per_sample(self) -> float:
        """Time of one sample."""
        return self.seconds / self.count


class EvaluationReport(_Document):
    """Everything that was measured of one file.

    Attributes:
        file: Name of the file, without its place.
        model: Id of the model.
        title: Title of the model.
        family: Its family.
        settings: The family's settings.
        run: The run it is from.
        step: Steps trained.
        seconds: Time trained.
        dataset: Name of the data set.
        dataset_fingerprint: Which items.
        split: Split of the held-out items.
        protocol: How it was measured; numbers of different protocols do not compare.
        held_out: Number of held-out items compared, as many as samples and as real items of the floor.
        seed: Seed of every choice of items and halves.
        sampling: How the samples were drawn.
        features: What was measured, by set of features.
        classes: What the samples were taken for.
        memorisation: Whether they are copies, by set of features.
        likelihood: How likely held-out items are.
        notes: What a person should know of these numbers.
        created: Time of the evaluation, seconds since 1970.
        elapsed: How long it took, in seconds.
    """

    file: str
    model: str
    title: str
    family: str
    settings: Mapping[str, object]
    run: str
    step: Count
    seconds: Duration
    dataset: str
    dataset_fingerprint: str
    split: str
    protocol: int = 1
    held_out: int
    seed: int
    sampling: SamplingReport
    features: tuple[FeatureReport, ...]
    classes: ClassReport | None
    memorisation: tuple[MemorisationReport, ...]
    likelihood: tuple[LikelihoodReport, ...]
    notes: tuple[str, ...]
    created: Moment
    elapsed: Duration


class Group(_Document):
    """Files that are trainings of the same model with other seeds, as one in a comparison.

    Attributes:
        names: Names of the files.
        trainings: Number of different trainings among them.
        value: Mean of their numbers.
        interval: 95 % interval: of one training, over parts of the items; of several, of what one more would give.
    """

    names: tuple[str, ...]
    trainings: int
    value: float
    interval: tuple[float, float]


class Difference(_Document):
    """What can be told of two models by one measure.

    Attributes:
        lower: Names of the one with the lower number.
        higher: Names of the other.
        value: The higher number less the lower.
        interval: Its 95 % interval, of differences on the same parts of the same real items.
        told: Whether the interval leaves 0 out.
    """

    lower: tuple[str, ...]
    higher: tuple[str, ...]
    value: float
    interval: tuple[float, float]
    told: bool


class Comparison(_Document):
    """One measure over several files.

    Attributes:
        features: Name of the features.
        measure: What is measured.
        groups: The numbers; their order says nothing.
        differences: Of every two groups.
        without: Names of files that have no such measure.
        verdict: What can be told of them, in words.
    """

    features: str
    measure: str
    groups: tuple[Group, ...]
    differences: tuple[Difference, ...] = ()
    without: tuple[str, ...] = ()
    verdict: str


def write_evaluation(folder: Path, report: EvaluationReport) -> Path:
    """Write ``evaluation.json`` into a model's folder, in the place of an earlier one; returns its path."""
    check_folder(folder)
    path = folder / EVALUATION_FILE
    write_document(path, report.model_dump(mode="json"), EVALUATION_FORMAT)
    return path


def read_evaluation(folder: Path) -> EvaluationReport | None:
    """Read ``evaluation.json`` of a model's folder; None where the model was not evaluated.

    Raises:
        WorkspaceError: If it is damaged or newer.
    """
    path = folder / EVALUATION_FILE
    if not path.exists():
        return None
    try:
        # What format 2 adds has defaults that say of a number that it is of the first protocol.
        return EvaluationReport.model_validate(read_document(path, EVALUATION_FORMAT, {1: dict}))
    except ValidationError:
        raise DamagedDocumentError(f"{path} is damaged; evaluate the model again.") from None
