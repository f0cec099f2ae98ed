"""Small exported files whose likelihood is known, and data sets the judge can work with."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from studio.core.estimate import Estimate
from studio.core.manifest import (
    MANIFEST_KEY,
    Likelihood,
    Manifest,
    item_noise_input,
    items_input,
    label_input,
    noise_input,
)
from studio.core.modality import ImageSpec
from studio.data.dataset import open_dataset
from studio.evaluate.evaluation import Evaluation, EvaluationRequest
from studio.evaluate.image.classifier import CLASSIFIER_FOLDER, load_or_train_classifier
from studio.store.workspace import Workspace
from studio.testing import toy_dataset
from tests.judged import make_report

HALF_LOG_TAU = 0.9189385332046727


def constant(name, value, dtype=np.float32):
    return onnx.numpy_helper.from_array(np.asarray(value, dtype), name)


def save(path, nodes, inputs, constants, described, kind, draws="weights", output="log_prob", **values):
    graph = helper.make_graph(
        nodes, "toy", inputs, [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N"])], constants
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    manifest = Manifest(
        role="log_prob",
        model="toy",
        inputs=tuple(described),
        output=output,
        likelihood=Likelihood(kind=kind, draws=draws, protocol="toy protocol", dims=4),
        **{"shape": (2, 2, 1), **values},
    )
    helper.set_model_props(model, {MANIFEST_KEY: manifest.model_dump_json()})
    onnx.save_model(model, path)
    return path


@pytest.fixture
def gaussian_file(tmp_path):
    """log N(items + noise.data; label, 1), summed over the four values of an item; label -1 is a mean of -1."""

    def make(name="log_prob.onnx", **values):
        inputs = [
            helper.make_tensor_value_info("items", TensorProto.UINT8, ["N", 2, 2, 1]),
            helper.make_tensor_value_info("noise.data", TensorProto.FLOAT, ["N", 4]),
            helper.make_tensor_value_info("label", TensorProto.INT64, ["N"]),
        ]
        nodes = [
            helper.make_node("Cast", ["items"], ["real"], to=TensorProto.FLOAT),
            helper.make_node("Reshape", ["real", "flat"], ["rows"]),
            helper.make_node("Add", ["rows", "noise.data"], ["x"]),
            helper.make_node("Cast", ["label"], ["class"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["class", "one"], ["mean"]),
            helper.make_node("Sub", ["x", "mean"], ["error"]),
            helper.make_node("Mul", ["error", "error"], ["square"]),
            helper.make_node("Mul", ["square", "half"], ["scaled"]),
            helper.make_node("Sub", ["offset", "scaled"], ["terms"]),
            helper.make_node("ReduceSum", ["terms", "one"], ["log_prob"], keepdims=0),
        ]
        constants = [
            constant("flat", [-1, 4], np.int64),
            constant("one", [1], np.int64),
            constant("half", 0.5),
            constant("offset", -HALF_LOG_TAU),
        ]
        described = [items_input(ImageSpec(shape=(2, 2, 1))), item_noise_input((4,)), label_input(2)]
        return save(tmp_path / name, nodes, inputs, constants, described, "exact", **values)

    return make


@pytest.fixture
def latent_file(make_latent_file):
    """The file of ``make_latent_file``."""
    return make_latent_file()


@pytest.fixture
def labelled_latent_file(tmp_path):
    """The file of ``make_latent_file`` with x less twice the label."""

    def make(draws="weights"):
        return latent(tmp_path, draws, labelled=True)

    return make


@pytest.fixture
def make_latent_file(tmp_path):
    """The importance weight of z ~ N(0, 1), x | z ~ N(z, 1) with the prior as proposal: log N(x; z, 1), x the first
    value of the item in units of 64. log p(x) = log N(x; 0, 2)."""

    def make(draws="weights"):
        return latent(tmp_path, draws)

    return make


def latent(folder, draws, labelled=False):
    """Write the file of ``make_latent_file``."""
    inputs = [
        helper.make_tensor_value_info("items", TensorProto.UINT8, ["N", 2, 2, 1]),
        helper.make_tensor_value_info("noise", TensorProto.FLOAT, ["N", 1]),
    ]
    nodes = [
        helper.make_node("Cast", ["items"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["real", "flat"], ["rows"]),
        helper.make_node("Gather", ["rows", "first"], ["level"], axis=1),
        helper.make_node("Div", ["level", "unit"], ["plain" if labelled else "x"]),
        helper.make_node("Sub", ["x", "noise"], ["error"]),
        helper.make_node("Mul", ["error", "error"], ["square"]),
        helper.make_node("Mul", ["square", "half"], ["scaled"]),
        helper.make_node("Sub", ["offset", "scaled"], ["terms"]),
        helper.make_node("Squeeze", ["terms", "one"], ["log_prob"]),
    ]
    constants = [
        constant("flat", [-1, 4], np.int64),
        constant("first", [0], np.int64),
        constant("one", [1], np.int64),
        constant("unit", 64.0),
        constant("half", 0.5),
        constant("offset", -HALF_LOG_TAU),
    ]
    described = [items_input(ImageSpec(shape=(2, 2, 1))), noise_input((1,))]
    if labelled:
        inputs.append(helper.make_tensor_value_info("label", TensorProto.INT64, ["N"]))
        described.append(label_input(2))
        constants.append(constant("two", 2.0))
        nodes[4:4] = [
            helper.make_node("Cast", ["label"], ["class"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["class", "one"], ["column"]),
            helper.make_node("Mul", ["column", "two"], ["shift"]),
            helper.make_node("Sub", ["plain", "shift"], ["x"]),
        ]
    return save(folder / f"{draws}.log_prob.onnx", nodes, inputs, constants, described, "bound", draws)


SHAPE = (8, 8, 1)
REQUEST = EvaluationRequest(samples=60, likelihood_items=40, draws=3, provider="cpu")


@pytest.fixture(scope="session")
def toy_classifier(made_once):
    """The classifier of the toy data set, trained once for all tests."""

    def fill(place):
        workspace = Workspace(place)
        folder = workspace.folder("datasets") / toy_dataset(workspace, SHAPE, 2, 480).document.id
        load_or_train_classifier(folder)
        (folder / CLASSIFIER_FOLDER).rename(place / CLASSIFIER_FOLDER)

    return made_once("classifier", fill) / CLASSIFIER_FOLDER


@pytest.fixture
def bare(workspace):
    """480 items, 60 of them held out, and their folder; without a classifier."""
    dataset = toy_dataset(workspace, SHAPE, 2, 480)
    return dataset, workspace.folder("datasets") / dataset.document.id


@pytest.fixture
def toy(bare, toy_classifier):
    """The same with its classifier."""
    shutil.copytree(toy_classifier, bare[1] / CLASSIFIER_FOLDER)
    return bare


@pytest.fixture
def hasty(monkeypatch):
    """What is trained learns little: not what it knows is looked at."""
    monkeypatch.setattr("studio.evaluate.image.classifier._LEAST_STEPS", 20)
    monkeypatch.setattr("studio.evaluate.image.classifier._PATIENCE", 1)


@pytest.fixture
def uneven(workspace):
    """480 items, two classes of 3 to 1 and some without a class."""
    dataset = toy_dataset(workspace, (4, 4, 1), 2, 480)
    folder = workspace.folder("datasets") / dataset.document.id
    labels = np.where(np.arange(480) % 4 == 0, 1, 0)
    labels[::10] = -1
    np.save(folder / "labels.npy", labels)
    return open_dataset(folder), folder


def make_evaluation(name, values=(), family="vae", sha256="0", **about):
    """What was found of a file: estimates by measure of one set of features, each with its halves."""
    report = make_report(name, family=family, **about)
    report = report.model_copy(update={"sampling": report.sampling.model_copy(update={"sha256": sha256})})
    estimates = {("pixels", measure): Estimate(value, np.array(halves)) for measure, value, halves in values}
    return Evaluation(Path(f"{name}.onnx"), report, estimates, {})
