"""What the judge says of a model, every number chosen by the test."""

import math

from studio.store.evaluation import (
    ClassReport,
    EvaluationReport,
    FeatureReport,
    LikelihoodReport,
    Measure,
    SamplingReport,
)


def measure(name, value, floor, above=None, spread=0.1):
    interval = (value * (1 - spread), value * (1 + spread))
    floors = (floor * (1 - spread), floor * (1 + spread))
    shared = (-0.5, 0.0, 0.5)
    return Measure(
        name=name,
        value=value,
        interval=interval,
        floor=floor,
        floor_interval=floors,
        above=above,
        above_interval=None if above is None else (above - 0.5, above + 0.5),
        halves=tuple(value + part * (1 + 0.1 * value) for part in shared),
    )


def make_report(model="m-1", value=6.0, dataset="toys", accuracy=0.9, nats=-80.0, **values):
    """A report on a model of the data set toys, unless it is told otherwise."""
    features = FeatureReport(
        name="pixels",
        version="1",
        dims=16,
        measures=(measure("Fréchet distance", value, 2.0, value - 2), measure("coverage", 0.7, 0.95)),
    )
    classes = ClassReport(
        classes=("dark", "bright"),
        samples=(5, 5),
        held_out=(5, 5),
        total_variation=0.0,
        floor=0.0,
        accuracy=measure("accuracy", accuracy, 0.97, spread=0.02),
        classifier_accuracy=0.97,
    )
    likelihood = LikelihoodReport(
        label="at least log p, 100 draws, dynamically binarised",
        kind="bound",
        protocol="dynamically binarised",
        split="test",
        count=10,
        draws=100,
        class_given=False,
        dims=16,
        nats=nats,
        nats_error=0.5,
        bits_per_dim=-nats / 16 / math.log(2),
        bits_error=0.01,
    )
    sampling = SamplingReport(
        count=100, seed=0, scalars={"steps": 4.0}, provider="CPUExecutionProvider", seconds=2.0, sha256="0"
    )
    return EvaluationReport(
        **{
            "file": "sample.onnx",
            "model": model,
            "title": model.title(),
            "family": "vae",
            "settings": {},
            "run": "r",
            "step": 9,
            "seconds": 61.0,
            "dataset": dataset,
            "dataset_fingerprint": f"print of {dataset}",
            "split": "test",
            "protocol": 2,
            "held_out": 100,
            "seed": 0,
            "sampling": sampling,
            "features": (features,),
            "classes": classes,
            "memorisation": (),
            "likelihood": (likelihood,),
            "notes": (),
            "created": 1.0,
            "elapsed": 1.0,
            **values,
        }
    )
