"""What everything that a plugin brings beside families must keep, tried on toy data."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import SkipTest

import numpy as np
import torch

from studio.core.extension import Array, Extension, Features, ItemCodec, ItemTransform, Metric, ObservedRun, Reader
from studio.core.protocol import Codec
from studio.core.spec import Continuous, Tokens
from studio.data.dataset import Dataset
from studio.hooks.judge_calls import extract_features, measure_items
from studio.hooks.loader import LoadedPlugin
from studio.store.workspace import Workspace
from studio.testing.learned import check_items, differing, words_of
from studio.testing.toy_data import toy_data
from studio.train.extensions import RunExtensions
from studio.train.observe import EVENTS, tell_rows

__all__ = ["extension_checks"]

_ROWS = 16
_SEED = 7


def extension_checks(plugin: LoadedPlugin) -> list[tuple[str, str, Callable[[Path], None]]]:
    """What is tried of a plugin beside its families: whose, what holds when it passes, and the test of a folder."""
    tests: dict[type[Extension], tuple[str, Callable[[Any, Path], None]]] = {
        Reader: ("It reads its files.", _check_reader),
        ItemTransform: ("Its items are of the data's shape and type, the same for the same numbers.", _check_transform),
        ItemCodec: ("Items come back from its view, each by itself, with one volume each.", _check_codec),
        Features: ("It gives finite numbers, the same for an item in any batch.", _check_features),
        Metric: ("It gives a finite number, the same for the same items.", _check_metric),
    }
    found: list[tuple[str, str, Callable[[Path], None]]] = []
    for each in plugin.extensions:
        says, check = tests[type(each)]
        found.append((each.id, says, _of(check, each)))
    if plugin.observes:
        says = "It watches a run from its start to its end."
        found.append(("observer", says, _of(_check_observer, plugin)))
    return found


def _of(check: Callable[[Any, Path], None], what: object) -> Callable[[Path], None]:
    return lambda folder: check(what, folder)


def _items_for(each: Extension, folder: Path) -> tuple[Dataset, Array, Any]:
    dataset = toy_data(Workspace(folder), each.modality)
    items, labels = dataset.batch(np.arange(_ROWS))
    return dataset, items, labels


def _check_reader(reader: Reader, _: Path) -> None:
    raise SkipTest(f"It reads {', '.join(reader.suffixes)}, and there is no such file here.")


def _check_transform(transform: ItemTransform, folder: Path) -> None:
    _, items, labels = _items_for(transform, folder)
    chain = RunExtensions(transforms=(transform,))
    first, second = (chain.transform(items, labels, _SEED, 1)[0] for _ in range(2))
    assert np.array_equal(first, second), (
        "The same generator gave other items; draw every random number from the generator that it gets."
    )


def _check_codec(brought: ItemCodec, folder: Path) -> None:
    dataset, items, _ = _items_for(brought, folder)
    view = Tokens() if brought.view == "tokens" else Continuous()
    codec: Codec = RunExtensions(brought).make_codec(dataset.spec, view)  # type: ignore[assignment]
    given = torch.from_numpy(items)
    seen, alone = codec.encode(given), codec.encode(given[1:2])
    wanted = (_ROWS, *codec.shape)
    assert tuple(seen.shape) == wanted, f"encode gives {words_of(seen)}, and its shape promises {wanted}."
    same = torch.allclose(seen[1:2].double(), alone.double(), atol=1e-5)
    assert same, "An item is encoded otherwise where it is not alone in the batch; look at one item at a time."
    back = codec.settle(codec.decode(seen))
    check_items(back, dataset.spec, _ROWS, "decode and settle")
    far = differing(back, given, codec)
    assert not far, f"{far:.1%} of the values of the items do not come back from the view; let decode undo encode."
    volume = codec.log_det(given)
    assert tuple(volume.shape) == (_ROWS,), f"log_det gives {words_of(volume)}, and one number an item is wanted."
    assert bool(torch.isfinite(volume).all()), "log_det gives numbers that are not finite."


def _check_features(features: Features, folder: Path) -> None:
    _, items, _ = _items_for(features, folder)
    together, alone = _extract(features, items, folder), _extract(features, items[1:2], folder)
    same = np.allclose(together[1:2], alone, rtol=1e-4, atol=1e-4)
    assert same, "An item has other features where it is not alone; look at one item at a time."


def _extract(features: Features, items: Array, folder: Path) -> Array:
    source, out = folder / "items.npy", folder / "features.npy"
    np.save(source, items)
    failed = extract_features(features, source, out)["failed"]
    assert not failed, f"Of {len(items)} items {failed}"
    found: Array = np.load(out)
    return found


def _check_metric(metric: Metric, folder: Path) -> None:
    dataset, samples, _ = _items_for(metric, folder)
    held_out, _ = dataset.batch(np.arange(_ROWS, 3 * _ROWS))
    source = folder / "items.npz"
    # The floor is measured as the samples are, so that twice the same is twice the same number.
    np.savez(source, samples=samples, held_out=held_out, floor=samples)
    answer = measure_items(metric, source)
    assert not answer["failed"], f"Of {_ROWS} samples and {2 * _ROWS} held-out items {answer['failed']}"
    (first,), (second,) = answer["values"]
    assert first == second, f"It gave {first:g} and then {second:g} for the same items; let it draw no random numbers."


def _check_observer(plugin: LoadedPlugin, folder: Path) -> None:
    spec = toy_data(Workspace(folder), "image").spec
    with tempfile.TemporaryDirectory(dir=folder) as output:
        run = ObservedRun("toy", "Toy", "toy", "toy", spec, {"train.steps": 2}, Path(output))
        observer: Any = plugin.observer(run)
        heard = [event for event in EVENTS if callable(getattr(observer, event, None))]
        assert heard, f"studio_observe gave {type(observer).__name__}, which has none of {', '.join(EVENTS)}."
        if "on_run_started" in heard:
            observer.on_run_started()
        tell_rows(observer, [(1, 1, "loss", 2.0), (2, 2, "loss", 1.0), (3, 2, "validation.loss", 1.5)])
        if "on_run_finished" in heard:
            observer.on_run_finished("finished")
