"""What a plugin brings beside families is tried on toy data, and what is wrong is a sentence."""

import numpy as np
import pytest
import torch

from studio.api import Features, ItemCodec, ItemTransform, Metric, Reader, hookimpl
from studio.hooks.loader import load_plugin
from studio.nn import make_codec
from studio.testing.card import CardWriter, checks_of

HOOKS = {
    Reader: "studio_readers",
    ItemTransform: "studio_transforms",
    ItemCodec: "studio_codecs",
    Features: "studio_features",
    Metric: "studio_metrics",
}


def card_of(plugin):
    """The lines of the card of a plugin, without the last, which asks its declaration again."""
    card = CardWriter(checks_of(load_plugin(plugin, "mine"), {}), lambda *_: None)
    card.run()
    return card.lines()[:-1]


def line_of(extension):
    """The one line of a plugin that brings one thing."""
    hook = hookimpl(lambda self: [extension])
    (line,) = card_of(type("Plugin", (), {HOOKS[type(extension)]: hook})())
    assert line.family == extension.id
    return line


def transform(apply):
    return ItemTransform("mine", "Mine", "image", apply=apply)


def features(extract, modality="image"):
    return Features("mine", "Mine", modality, extract=extract)


def metric(measure):
    return Metric("mine", "Mine", "image", measure=measure)


class Changed:
    """The studio's codec but for some parts."""

    def __new__(cls, **parts):
        def build(spec, view):
            codec = make_codec(spec, view)
            for name, part in parts.items():
                setattr(codec, name, part(codec) if callable(part) else part)
            return codec

        return ItemCodec("mine", "Mine", "image", "grid", build=build)


def encoding(function):
    def part(codec):
        encode = codec.encode
        return lambda items, noise=None: function(encode(items, noise))

    return part


@pytest.mark.parametrize(
    "extension",
    [
        transform(lambda items, labels, generator: items[:, ::-1]),
        transform(lambda items, labels, generator: items + generator.integers(0, 2, items.shape, np.uint8)),
        Changed(),
        ItemCodec("mine", "Mine", "image", "tokens", build=make_codec),
        ItemCodec("mine", "Mine", "table", "vector", build=make_codec),
        features(lambda items: items.reshape(len(items), -1)[:, :5]),
        features(lambda rows: rows, "table"),
        metric(lambda samples, real: abs(samples.mean() - real.mean())),
    ],
)
def test_what_is_sound_passes(extension):
    line = line_of(extension)
    assert (line.state, line.why) == ("passed", "")


@pytest.mark.parametrize(
    ("extension", "said"),
    [
        (
            transform(lambda items, labels, generator: items[:2]),
            "The transform 'Mine' gave uint8 [2, 8, 8, 1], not uint8",
        ),
        (
            transform(lambda items, labels, generator: items + np.uint8(np.random.default_rng().integers(1, 99))),
            "The same generator gave other items; draw every random number from the generator that it gets.",
        ),
        (
            ItemCodec("mine", "Mine", "image", build=lambda spec, view: 3),
            "The codec 'Mine' gave int, which has no shape",
        ),
        (Changed(shape=(2, 8, 8)), "encode gives float32 (16, 1, 8, 8), and its shape promises (16, 2, 8, 8)."),
        (
            Changed(encode=encoding(lambda view: view - view.mean(0))),
            "An item is encoded otherwise where it is not alone",
        ),
        (Changed(encode=encoding(lambda view: 0.5 * view)), "100.0% of the values of the items do not come back"),
        (
            Changed(settle=lambda codec: lambda decoded: decoded),
            "decode and settle gives float32 (16, 8, 8, 1), and 16 items of the data are uint8 (16, 8, 8, 1)",
        ),
        (
            Changed(log_det=lambda codec: lambda items: torch.zeros(())),
            "log_det gives float32 (), and one number an item",
        ),
        (
            Changed(log_det=lambda codec: lambda items: torch.full((len(items),), torch.inf)),
            "log_det gives numbers that are not finite.",
        ),
        (features(lambda items: items), "Of 16 items it gave uint8 [16, 8, 8, 1], not finite numbers [16, D]."),
        (
            features(lambda items: items.reshape(len(items), -1) - items.mean()),
            "An item has other features where it is not alone; look at one item at a time.",
        ),
        (metric(lambda samples, real: float("nan")), "Of 16 samples and 32 held-out items it gave nan, which is no"),
        (metric(lambda samples, real: np.random.default_rng().normal()), "for the same items; let it draw no random"),
        (
            metric(lambda samples, real: 1 / 0),
            "Of 16 samples and 32 held-out items ZeroDivisionError: division by zero.",
        ),
    ],
)
def test_what_is_not_is_one_sentence(extension, said):
    line = line_of(extension)
    assert line.state == "failed"
    assert said in line.why
    assert "\n" not in line.why


def test_a_reader_is_not_tried_as_there_is_no_file_of_its_format():
    line = line_of(Reader("mine", "Mine", "image", (".mine", ".other"), read=lambda path: None))
    assert (line.state, line.why) == ("skipped", "It reads .mine, .other, and there is no such file here.")


class Watching:
    def __init__(self):
        self.told = []

    @hookimpl
    def studio_observe(self, run):
        assert run.output.is_dir()
        return self

    def on_run_started(self):
        self.told.append("started")

    def on_step(self, step, metrics):
        self.told.append((step, *metrics))

    def on_run_finished(self, state):
        self.told.append(state)


def test_an_observer_watches_a_short_run():
    plugin = Watching()
    (line,) = card_of(plugin)
    assert (line.family, line.state, line.why) == ("observer", "passed", "")
    assert plugin.told == ["started", (1, "loss"), (2, "loss"), "finished"]


def test_one_that_fails_or_watches_nothing():
    class Failing(Watching):
        def on_step(self, step, metrics):
            raise ValueError("no luck")

    class Blind:
        @hookimpl
        def studio_observe(self, run):
            return 3

    assert card_of(Failing())[0].why == "ValueError: no luck"
    assert card_of(Blind())[0].why == (
        "studio_observe gave int, which has none of on_run_started, on_step, on_validated, on_run_finished."
    )
