"""Judges exported files: draws samples, measures them against held-out items, and writes the reports."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from studio.core.errors import ModelError, PluginError, SettingsError, StudioError
from studio.core.estimate import Estimate
from studio.core.known_values import KnownValues
from studio.core.manifest import Manifest
from studio.core.modality import ImageSpec, TextSpec
from studio.core.request import SampleRequest, check_request
from studio.data.dataset import open_dataset
from studio.data.table.points import true_density_of
from studio.evaluate.choice import SEED
from studio.evaluate.classes import class_hits, class_report
from studio.evaluate.drawn_samples import DrawnSamples, draw_samples, open_sampler
from studio.evaluate.features import Features, Items
from studio.evaluate.likelihood import measure_likelihood
from studio.evaluate.measurement import FEWEST_ITEMS, as_measure, measure_features
from studio.evaluate.memorisation import measure_memorisation
from studio.evaluate.reference import Reference, Stage, Standard
from studio.evaluate.text.measures import copy_note
from studio.evaluate.text.reconstruction import measure_reconstruction
from studio.runtime.model import OnnxModel
from studio.store.evaluation import (
    PROTOCOL,
    EvaluationReport,
    FeatureReport,
    LikelihoodReport,
    Measure,
    MemorisationReport,
)
from studio.store.model import sibling

__all__ = ["Evaluation", "EvaluationRequest", "evaluate_files", "shown_name"]

_MOST_SAMPLES = 50_000


@dataclass(frozen=True)
class EvaluationRequest:
    """What to measure.

    Attributes:
        samples: Samples, and held-out items, and real items of the floor.
        likelihood_items: Held-out items whose likelihood is measured.
        draws: Draws of a bound on the likelihood, for each item.
        scalars: Numbers the samples are drawn with that are not at their default, by input.
        provider: ``auto``, ``cpu`` or ``cuda``, for the exported files.
        inception: An Inception network to look with too, for FID; None for none.
        split: Held-out items to judge by; None for ``test``, or ``validation`` where that has too few.
    """

    samples: int = 2000
    likelihood_items: int = 1000
    draws: int = 100
    scalars: Mapping[str, float] = field(default_factory=dict)
    provider: str = "auto"
    inception: Path | None = None
    split: Literal["test", "validation"] | None = None

    def check(self) -> None:
        """Check the counts.

        Raises:
            SettingsError: If one is out of bounds.
        """
        bounds = {"samples": (FEWEST_ITEMS, _MOST_SAMPLES), "likelihood_items": (2, 1_000_000), "draws": (1, 100_000)}
        for name, (low, high) in bounds.items():
            if not low <= getattr(self, name) <= high:
                word = name.replace("_", " ")
                raise SettingsError(f"{word} = {getattr(self, name)} must be at least {low} and at most {high:,}.")


@dataclass(frozen=True)
class Evaluation:
    """What was found of one file.

    Attributes:
        file: The file.
        report: The report.
        estimates: Every measure with its values on halves, by name of the features and of the measure.
        strips: For each set of features in which neighbours were looked for, rows of pictures: a sample and its
            nearest training items, uint8 (P, 1 + neighbours, H, W, C).
    """

    file: Path
    report: EvaluationReport
    estimates: Mapping[tuple[str, str], Estimate]
    strips: Mapping[str, Items]


def shown_name(file: Path) -> str:
    """What a file is called: its model's folder where it lies in one, else its own name."""
    return file.absolute().parent.name if file.stem == "sample" else file.stem


def evaluate_files(
    dataset: Path,
    files: Sequence[Path],
    request: EvaluationRequest,
    on_progress: Stage = lambda *_: None,
    on_done: Callable[[Evaluation], None] = lambda _: None,
) -> list[Evaluation]:
    """Judge exported files by a data set.

    Args:
        dataset: The data set's folder.
        files: The files, at least one.
        request: What to measure.
        on_progress: Called with the stage, steps done and steps in all; may raise to stop.
        on_done: Called with each file's evaluation as soon as it is there.

    Raises:
        SettingsError: If a count is out of bounds.
        DataError: If the data set has too few items, or the Inception network cannot be used.
        ModelError: If a file cannot be used, or not with this data set or these scalars.
    """
    request.check()
    spec = open_dataset(dataset).spec
    # Whatever is wrong with a file is said before minutes are spent.
    models = [open_sampler(file, spec, request.provider) for file in files]
    for model in models:
        try:
            source = model.manifest.spec.source_shape if model.manifest.spec is not None else ()
            any_source = KnownValues(np.zeros(source, np.int64)) if source else None
            check_request(model.manifest, SampleRequest(scalars=request.scalars, source=any_source))
        except ModelError as error:
            raise ModelError(f"{shown_name(model.path)}: {error}") from None
    reference = Reference(dataset, request.samples, on_progress, request.inception, request.split)
    evaluations = []
    for model in models:
        evaluations.append(_evaluate(model, reference, request))
        on_done(evaluations[-1])
    return evaluations


def _evaluate(model: OnnxModel, reference: Reference, request: EvaluationRequest) -> Evaluation:
    begun, name = time.perf_counter(), shown_name(model.path)
    stage, manifest = reference.stage, model.manifest
    labels = reference.held_out_labels
    sampled = stage(f"sampling {name}")
    drawn = draw_samples(model, labels, request.scalars, SEED, sampled, reference.held_out_sources)
    standard = reference.standard(drawn.asked is not None, drawn.samples)
    seen: dict[str, Features] = {}
    estimates: dict[tuple[str, str], Estimate] = {}
    features = []
    for one in list(reference.sets):
        try:
            seen[one.name] = one.extract(drawn.samples, stage(f"looking at {name}: {one.name}"))
            standard.features(one)
        except PluginError as error:
            # One set of features less is no reason to measure nothing.
            reference.sets.remove(one)
            reference.notes.append(str(error))
            continue
        floor, (held_out, _), called = standard.floor(one), standard.features(one), standard.name_of(one)
        found = measure_features(held_out, seen[one.name], SEED, stage(f"measuring {name}: {called}"))
        estimates |= {(called, measure): estimate for measure, estimate in found.items()}
        measures = tuple(as_measure(key, value, floor[key]) for key, value in found.items())
        features.append(FeatureReport(name=called, version=one.version, dims=held_out.shape[1], measures=measures))
    for metric in _metrics(reference, standard, drawn, name):
        features.append(metric)
        estimates |= {(metric.name, measure.name): _estimate_of(measure) for measure in metric.measures}
    rebuilt, failed = _reconstruction(model.path, reference, standard, request, name)
    features += rebuilt
    classes = class_report(reference, standard, drawn, seen)
    if classes is not None and classes.accuracy is not None and reference.classifier is not None:
        estimates[standard.name_of(reference.classifier), "accuracy"] = class_hits(reference.classifier, drawn, seen)
    copies, strips = _memorisation(reference, standard, drawn, seen)
    likelihood, notes = _likelihood(model.path, reference, request, name)
    report = EvaluationReport(
        file=model.path.name,
        model=manifest.model,
        title=manifest.title,
        family=manifest.family,
        settings=manifest.settings,
        run=manifest.run,
        step=manifest.step,
        seconds=manifest.seconds,
        dataset=reference.name,
        dataset_fingerprint=reference.dataset.document.fingerprint,
        split=reference.split,
        protocol=PROTOCOL,
        held_out=reference.count,
        seed=SEED,
        sampling=drawn.report,
        features=tuple(features),
        classes=classes,
        memorisation=tuple(copies),
        likelihood=tuple(likelihood),
        notes=(
            *reference.notes,
            *standard.notes,
            *_manifest_notes(manifest, reference),
            *_feature_notes(features, reference),
            *_copy_notes(reference, drawn),
            *notes,
            *failed,
        ),
        created=time.time(),
        elapsed=time.perf_counter() - begun,
    )
    return Evaluation(model.path, report, estimates, strips)


def _estimate_of(measure: Measure) -> Estimate:
    return Estimate(measure.value, np.array(measure.halves), np.array(measure.quarters))


def _metrics(reference: Reference, standard: Standard, drawn: DrawnSamples, name: str) -> list[FeatureReport]:
    """What the modality's own metrics and those of plugins say; one that fails is a note."""
    found = []
    held_out, floor = standard.items
    for metric in list(reference.metrics):
        stage = reference.stage(f"measuring {name}: {metric.title}")
        stage(0, 1)
        try:
            found.append(metric.report(drawn.samples, held_out, floor, SEED))
        except PluginError as error:
            reference.metrics.remove(metric)
            reference.notes.append(str(error))
        stage(1, 1)
    return found


def _reconstruction(
    file: Path, reference: Reference, standard: Standard, request: EvaluationRequest, name: str
) -> tuple[list[FeatureReport], list[str]]:
    """Of texts, what comes back through the latent, where the model has one; and what went wrong."""
    spec = reference.dataset.spec
    if not isinstance(spec, TextSpec):
        return [], []
    stage = reference.stage(f"measuring {name}: through the latent")
    try:
        found = measure_reconstruction(
            file, spec, standard.items[0], reference.held_out_labels, SEED, request.provider, stage
        )
    except StudioError as error:
        return [], [f"What comes back through the latent was not measured: {error}"]
    return [] if found is None else [found], []


def _memorisation(
    reference: Reference, standard: Standard, drawn: DrawnSamples, seen: Mapping[str, Features]
) -> tuple[list[MemorisationReport], dict[str, Items]]:
    reports, strips = [], {}
    for one in reference.neighbour_sets():
        samples = seen[one.name] if one.name in seen else one.extract(drawn.samples)
        trained = reference.trained(one)
        stage = reference.stage(f"looking for copies: {one.name}")
        stage(0, 1)
        found = measure_memorisation(samples, standard.features(one)[0], trained)
        stage(1, 1)
        numbers = reference.training[found.neighbours]
        closest = zip(found.closest.tolist(), numbers[:, 0].tolist(), found.distances.tolist(), strict=True)
        reports.append(
            MemorisationReport(
                features=one.name,
                training=len(trained),
                median=found.median,
                median_held_out=found.median_held_out,
                ratio=found.ratio,
                near=found.near,
                closest=tuple(closest),
            )
        )
        if not isinstance(reference.dataset.spec, ImageSpec):
            # Rows and texts are numbers of the report; pictures say nothing of them.
            continue
        strips[one.name] = np.stack(
            [
                np.stack([drawn.samples[row], *(reference.dataset.items[number] for number in line)])
                for row, line in zip(found.closest, numbers, strict=True)
            ]
        )
    return reports, strips


def _likelihood(
    file: Path, reference: Reference, request: EvaluationRequest, name: str
) -> tuple[list[LikelihoodReport], list[str]]:
    path = sibling(file, "log_prob")
    if path is None:
        return [], []
    items, labels, sources = reference.likelihood_items(request.likelihood_items)
    stage = reference.stage(f"measuring {name}: likelihood")
    true_density = true_density_of(reference.dataset.items)
    try:
        found = measure_likelihood(
            path,
            items,
            labels,
            reference.class_frequencies(),
            reference.split,
            request.draws,
            request.provider,
            stage,
            None if true_density is None else true_density(items.astype(np.float64)),
            sources,
        )
    except StudioError as error:
        return [], [f"The likelihood was not measured: {error}"]
    return found, []


def _manifest_notes(manifest: Manifest, reference: Reference) -> list[str]:
    edited = ["The file was changed after it was exported: what it draws is not what was trained."]
    notes = edited if manifest.edited else []
    if manifest.dataset_fingerprint == reference.dataset.document.fingerprint:
        return notes
    return [
        *notes,
        f"The file was trained on '{manifest.dataset}' as it was then, not on these very items: some that count as held"
        " out here may have been trained on.",
    ]


def _copy_notes(reference: Reference, drawn: DrawnSamples) -> list[str]:
    """Of texts, the longest passage that a sample shares with a training text."""
    spec = reference.dataset.spec
    if not isinstance(spec, TextSpec):
        return []
    training = reference.dataset.batch(reference.training)[0]
    return [note] if (note := copy_note(spec, training, drawn.samples)) else []


def _feature_notes(features: Sequence[FeatureReport], reference: Reference) -> list[str]:
    return [
        f"{one.name}: fewer items than its {one.dims:,} features, so trust the kernel distance more than the Fréchet"
        " distance, whose bias is large."
        for one in features
        if one.dims > reference.count
    ]
