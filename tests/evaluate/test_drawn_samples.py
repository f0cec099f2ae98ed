"""The samples that are judged: from files that can be compared with the data set, or a sentence says why not."""

import hashlib
import json

import numpy as np
import onnx
import pytest
from onnx import helper

from studio.core.errors import ModelError
from studio.core.manifest import MANIFEST_KEY
from studio.core.modality import ImageSpec
from studio.evaluate.drawn_samples import draw_samples, open_sampler
from studio.evaluate.evaluation import evaluate_files
from tests.evaluate.conftest import REQUEST, SHAPE
from tests.evaluate.copying import copier


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"shape": ()}, "does not say what it was trained on"),
        ({"role": "decode"}, "draws no samples, its role is 'decode'"),
        ({"modality": "text"}, "gives text data, the data set holds image data"),
        ({"shape": (9, 8, 1)}, "draws samples of 9 x 8 x 1, but items of the data set are 8 x 8 x 1"),
    ],
)
def test_files_that_cannot_be_judged(bare, tmp_path, values, why):
    dataset, folder = bare
    file = copier(tmp_path / "some.onnx", dataset.items[:9], **values)
    with pytest.raises(ModelError, match=why):
        evaluate_files(folder, [file], REQUEST)
    assert not (folder / "classifier").exists()  # said before anything was trained


def test_a_file_that_knows_other_classes(toy, tmp_path):
    dataset, folder = toy
    items, labels = dataset.batch(dataset.indices("train"))
    file = copier(tmp_path / "some.onnx", items, labels, ("cat", "dog"))
    with pytest.raises(ModelError, match="knows other classes"):
        evaluate_files(folder, [file], REQUEST)


def test_a_file_that_breaks_its_promise(toy, tmp_path):
    dataset, folder = toy
    model = onnx.load_model(copier(tmp_path / "some.onnx", dataset.items[:9, :4]))
    manifest = json.loads(model.metadata_props[0].value)
    helper.set_model_props(model, {MANIFEST_KEY: json.dumps({**manifest, "shape": SHAPE})})
    onnx.save_model(model, tmp_path / "some.onnx")
    with pytest.raises(ModelError, match=r"gives uint8 \[4, 8, 1\] where it promised images"):
        evaluate_files(folder, [tmp_path / "some.onnx"], REQUEST)


@pytest.fixture
def levels():
    """Items of one level each, in two classes."""
    items = np.arange(6, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 1), np.uint8)
    return items, np.array([0, 0, 0, 1, 1, 1])


def test_each_sample_is_of_the_class_of_its_held_out_item(tmp_path, levels):
    spec = ImageSpec(shape=(2, 2, 1), classes=("a", "b"))
    model = open_sampler(copier(tmp_path / "m.onnx", *levels, spec.classes), spec, "cpu")
    seen = []
    asked = np.array([1, 0, 1, 1, 0])
    drawn = draw_samples(model, asked, {}, 3, lambda *now: seen.append(now))
    assert (drawn.samples[:, 0, 0, 0] >= 3).tolist() == (asked == 1).tolist()
    assert drawn.asked.tolist() == asked.tolist()
    assert (drawn.report.count, drawn.report.seed, drawn.report.provider) == (5, 3, "CPUExecutionProvider")
    assert drawn.report.sha256 == hashlib.sha256(drawn.samples.tobytes()).hexdigest()
    assert seen[-1] == (5, 5)


def test_a_file_without_classes_is_asked_for_none(tmp_path, levels):
    spec = ImageSpec(shape=(2, 2, 1), classes=("a", "b"))
    model = open_sampler(copier(tmp_path / "m.onnx", levels[0]), spec, "cpu")
    drawn = draw_samples(model, np.array([1, 0, 1]), {}, 0)
    assert drawn.asked is None
    assert len(drawn.samples) == 3
