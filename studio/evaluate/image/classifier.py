"""The classifier of a data set: a small residual net that learns its classes, kept beside the items.

Its features judge samples in the terms of the user's own data; its answers tell which class a sample is of. A fifth of
the training items is kept from it, for the floor.
"""

from __future__ import annotations

import copy
import hashlib
import math
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from safetensors.torch import load as load_weights
from safetensors.torch import save as save_weights
from torch import Tensor, nn

from studio.core.errors import DamagedDocumentError, DataError, explain
from studio.data.dataset import Dataset, open_dataset
from studio.evaluate.choice import kept_apart
from studio.evaluate.features import Features, Items, Progress
from studio.evaluate.image.pixels import batches, shrink
from studio.store.atomic import new_folder, read_document, write_document
from studio.store.evaluation import CLASSIFIER
from studio.store.inside import check_folder, read_own

__all__ = ["CLASSIFIER_FOLDER", "Classifier", "load_or_train_classifier"]

CLASSIFIER_FOLDER = "classifier"
_FORMAT = 1
_RECIPE = 2
_WEIGHTS = "weights.safetensors"
_MOST_BYTES = 64 * 2**20
_DOCUMENT = "classifier.json"
_SIDE = 32
_WIDTH = 24
_FEATURES = 128
_BATCH = 128
_EPOCHS = 2
_LEAST_STEPS, _MOST_STEPS = 600, 3000
_LOOKS = 20
_PATIENCE = 6
_WATCHED = 2000
_MOST_HELD = 5000
_FEWEST = 10
_SEED = 0
_LR = 2e-3

Stage = Callable[[str, int, int], None]


class _Block(nn.Module):
    """Two convolutions beside a projection (He et al. 2016, arXiv:1512.03385), half the size."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(channels_in, channels_out, 3, 2, 1, bias=False)
        self.norm_in = nn.BatchNorm2d(channels_out)
        self.conv_out = nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False)
        self.norm_out = nn.BatchNorm2d(channels_out)
        self.skip = nn.Conv2d(channels_in, channels_out, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv_out(F.relu(self.norm_in(self.conv_in(x))))
        return F.relu(self.skip(x) + self.norm_out(h))


class _Net(nn.Module):
    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, _WIDTH, 3, 1, 1),
            _Block(_WIDTH, _WIDTH),
            _Block(_WIDTH, 2 * _WIDTH),
            _Block(2 * _WIDTH, _FEATURES),
        )
        self.head = nn.Linear(_FEATURES, classes)

    def features(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) in [0, 1] to features (B, 128)."""
        x = (2.0 * shrink(x, _SIDE) - 1.0).contiguous(memory_format=torch.channels_last)
        return self.body(x).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))


class Classifier:
    """A trained classifier; also a set of features.

    Attributes:
        name: Name of its features.
        version: Beginning of the sha256 of its weights.
        accuracy: Share of the validation items that it gets right, 0 to 1.
        classes: Names of the classes, in the order of their numbers.
        note: Why it was trained anew, or not kept, in a sentence; empty where there is nothing to say.
    """

    def __init__(self, net: _Net, sha256: str, accuracy: float, classes: tuple[str, ...], note: str) -> None:
        self._net = net.eval()
        self._net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.name = CLASSIFIER
        self.version = sha256[:12]
        self.accuracy = accuracy
        self.classes = classes
        self.note = note

    @torch.inference_mode()
    def extract(self, items: Items, on_progress: Progress = lambda *_: None) -> Features:
        """Items, uint8 (N, H, W, C), to features before the last layer, float32 (N, 128)."""
        rows = [self._net.features(x).numpy() for x in batches(items, 512, on_progress)]
        return np.concatenate(rows)

    @torch.inference_mode()
    def predict(self, features: Features) -> npt.NDArray[np.int64]:
        """Features (N, 128) to the most likely class of each, int64 (N,)."""
        return self._net.head(torch.from_numpy(features)).argmax(1).numpy()


def load_or_train_classifier(folder: Path, on_progress: Stage = lambda *_: None) -> Classifier:
    """The classifier of a data set: the one that lies in its folder, or else one trained now and put there.

    Training takes a minute or two for tens of thousands of small images, on one core.

    Args:
        folder: The data set's folder.
        on_progress: Called with the stage, steps done and steps in all.

    Raises:
        DataError: If the data set has no two classes to tell apart.
        WorkspaceError: If the classifier there is of a newer studio, or a link.
    """
    dataset = open_dataset(folder)
    labelled = dataset.indices("train")
    labelled = labelled[dataset.labels[labelled] >= 0]
    training = np.setdiff1d(labelled, kept_apart(dataset))
    name = dataset.document.name
    if len(np.unique(dataset.labels[training])) < 2:
        raise DataError(f"The data set '{name}' has no two classes with training items, so there is no classifier.")
    if len(training) < _FEWEST:
        raise DataError(f"The data set '{name}' has {len(labelled)} training items, too few for a classifier.")
    place = folder / CLASSIFIER_FOLDER
    note = ""
    if place.exists():
        try:
            return _load(place, dataset)
        except DamagedDocumentError as error:
            note = f"The classifier was trained anew: {error}"
    net, accuracy, steps = _train(dataset, training, on_progress)
    data = save_weights({name: value.contiguous() for name, value in net.state_dict().items()})
    sha256 = hashlib.sha256(data).hexdigest()
    document = {
        "recipe": _RECIPE,
        "fingerprint": dataset.document.fingerprint,
        "sha256": sha256,
        "accuracy": accuracy,
        "seed": _SEED,
        "steps": steps,
    }
    try:
        _keep(place, data, document)
    except OSError as error:
        note = f"{note} The classifier could not be kept, and will be trained again: {explain(error)}.".strip()
    return Classifier(net, sha256, accuracy, dataset.spec.classes, note)


def _load(place: Path, dataset: Dataset) -> Classifier:
    check_folder(place)
    if not (place / _DOCUMENT).exists():
        raise DamagedDocumentError(f"{place / _DOCUMENT} is missing.")
    document = read_document(place / _DOCUMENT, _FORMAT)
    try:
        recipe, fingerprint = int(document["recipe"]), str(document["fingerprint"])
        sha256, accuracy = str(document["sha256"]), float(document["accuracy"])
    except (KeyError, TypeError, ValueError):
        raise DamagedDocumentError(f"{place / _DOCUMENT} is damaged.") from None
    if fingerprint != dataset.document.fingerprint:
        raise DamagedDocumentError("the items of the data set have changed since.")
    if recipe != _RECIPE:
        raise DamagedDocumentError("it was made by another recipe.")
    try:
        data = read_own(place / _WEIGHTS, _MOST_BYTES) or b""
    except OSError as error:
        raise DamagedDocumentError(f"{explain(error)}.") from None
    if hashlib.sha256(data).hexdigest() != sha256 or not 0.0 <= accuracy <= 1.0:
        raise DamagedDocumentError(f"{place / _WEIGHTS} was changed after it was written.")
    net = _Net(dataset.spec.shape[2], len(dataset.spec.classes))
    try:
        net.load_state_dict(load_weights(data))
    except (RuntimeError, ValueError) as error:
        raise DamagedDocumentError(f"{place / _WEIGHTS} does not fit ({explain(error)[:100]}).") from None
    return Classifier(net, sha256, accuracy, dataset.spec.classes, "")


def _keep(place: Path, data: bytes, document: dict[str, object]) -> None:
    if place.exists():
        aside = place.with_name(f".{place.name}.{secrets.token_hex(4)}.tmp")
        place.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)
    with new_folder(place) as folder:
        (folder / _WEIGHTS).write_bytes(data)
        write_document(folder / _DOCUMENT, document, _FORMAT)


def _accuracy(net: _Net, items: Items, labels: npt.NDArray[np.int64]) -> float:
    net.eval()
    with torch.inference_mode():
        answers = [net(x).argmax(1) for x in batches(items, 512, lambda *_: None)]
    net.train()
    return float((torch.cat(answers).numpy() == labels).mean())


def _shifted(x: Tensor, generator: torch.Generator) -> Tensor:
    """The batch moved by up to a fourteenth of its size, its edges repeated; the same move for all of it."""
    pads = [int(side) // 14 for side in x.shape[2:]]
    if not any(pads):
        return x
    padded = F.pad(x, (pads[1], pads[1], pads[0], pads[0]), mode="replicate")
    top, left = (int(torch.randint(0, 2 * pad + 1, (1,), generator=generator)) for pad in pads)
    return padded[:, :, top : top + x.shape[2], left : left + x.shape[3]]


def _watched(dataset: Dataset, training: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Training and validation items; where the data set has no labelled validation items, a tenth of the training."""
    watched = dataset.indices("validation")
    watched = watched[dataset.labels[watched] >= 0]
    if len(watched):
        return training, watched
    order = np.random.default_rng(_SEED).permutation(training)
    count = max(1, len(order) // 10)
    return np.sort(order[count:]), np.sort(order[:count])


def _spread(indices: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    """At most so many of the indices, evenly spaced."""
    return indices[np.linspace(0, len(indices) - 1, min(len(indices), most)).round().astype(np.int64)]


def _train(dataset: Dataset, training: npt.NDArray[np.int64], on_progress: Stage) -> tuple[_Net, float, int]:
    """Train with AdamW and a cosine schedule; the weights that validation liked best, their accuracy, steps done."""
    training, watched = _watched(dataset, training)
    held, held_labels = dataset.batch(_spread(watched, _MOST_HELD))
    few = _spread(np.arange(len(held)), _WATCHED)
    size = min(_BATCH, len(training))
    total = min(_MOST_STEPS, max(_LEAST_STEPS, _EPOCHS * len(training) // size))
    every = max(1, total // _LOOKS)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        net = _Net(dataset.spec.shape[2], len(dataset.spec.classes))
        net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    generator = torch.Generator().manual_seed(_SEED)
    optimizer = torch.optim.AdamW(net.parameters(), lr=_LR, weight_decay=0.01)
    best, best_score, waited, step = copy.deepcopy(net.state_dict()), -1.0, 0, 0
    order: list[Tensor] = []
    while step < total and waited < _PATIENCE:
        if not order:
            order = list(torch.randperm(len(training), generator=generator).split(size))
            order = [rows for rows in order if len(rows) == size]
        items, labels = dataset.batch(training[order.pop().numpy()])
        for group in optimizer.param_groups:
            group["lr"] = _LR * min(1.0, (step + 1) / 50) * 0.5 * (1.0 + math.cos(math.pi * step / total))
        (x,) = batches(items, size, lambda *_: None)
        loss = F.cross_entropy(net(_shifted(x, generator)), torch.from_numpy(labels), label_smoothing=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        if step % every == 0 or step == total:
            score = _accuracy(net, held[few], held_labels[few])
            waited += 1
            if score > best_score:
                best, best_score, waited = copy.deepcopy(net.state_dict()), score, 0
        on_progress("training the classifier of the data set", step, total)
    on_progress("training the classifier of the data set", total, total)
    net.load_state_dict(best)
    return net, _accuracy(net, held, held_labels), step
