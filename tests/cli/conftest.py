"""Fixtures of the command line: its verbs in this process, small data sets, small exported files."""

import json
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image

from studio.cli import main
from studio.core.manifest import (
    MANIFEST_KEY,
    Likelihood,
    Manifest,
    items_input,
    label_input,
    noise_input,
    temperature_input,
)
from studio.core.modality import ImageSpec
from studio.store.dataset import DatasetDocument, write_dataset_document
from studio.store.lock import ProcessLock
from studio.store.run import RunDocument, create_run


@pytest.fixture
def run(workspace, capsys):
    """Run a verb in this process, on the test's workspace unless the words name another."""

    def call(*words):
        words = [str(word) for word in words]
        if "--workspace" not in words:
            words = ["--workspace", str(workspace.path), *words]
        capsys.readouterr()
        try:
            code = main(words)
        except SystemExit as ended:
            code = ended.code
        captured = capsys.readouterr()
        return SimpleNamespace(code=code, out=captured.out, err=captured.err)

    return call


@pytest.fixture
def complaint(run):
    """Run a verb that must fail with one plain sentence on stderr; gives the sentence."""

    def call(*words, code=1):
        done = run(*words)
        assert done.code == code, done
        assert "Traceback" not in done.err
        assert done.err.startswith("studio: "), done.err
        assert done.err.endswith("\n")
        assert done.err.count("\n") == 1, done.err
        assert all("event" in json.loads(line) for line in done.out.splitlines()), done.out
        return done.err[len("studio: ") : -1]

    return call


@pytest.fixture
def answer(run):
    """Run a verb with --json that must succeed; gives its last line."""

    def call(*words):
        done = run(*words, "--json")
        assert done.code == 0, done.err
        assert done.err == ""
        lines = [json.loads(line) for line in done.out.splitlines()]
        assert all("event" in line for line in lines[:-1])
        return lines[-1]

    return call


@pytest.fixture
def no_supervisor(workspace):
    """Nothing that is queued is started."""
    lock = ProcessLock(workspace.path / "supervisor.lock")
    assert lock.acquire()
    yield
    lock.release()


@pytest.fixture
def dataset(workspace):
    """A data set's document, enough for everything but training."""

    def make(id="digits-1", name="digits", **values):
        folder = workspace.folder("datasets") / id
        folder.mkdir()
        spec = ImageSpec(shape=(8, 8, 1), classes=("a", "b"))
        options = {"id": id, "name": name, "spec": spec, "count": 4, "splits": {"train": 4}, "class_counts": (2, 2)}
        write_dataset_document(folder, DatasetDocument(**{**options, **values}))
        (folder / "rejects.csv").write_text("file,reason\n")
        return folder

    return make


@pytest.fixture
def make_run(workspace):
    """A run that nobody trains."""

    def make(name="a run", **values):
        options = {"dataset": "digits-1", "dataset_name": "digits", "fingerprint": "f", "family": "vae"}
        return create_run(workspace, RunDocument(id="", name=name, **{**options, **values}))

    return make


@pytest.fixture
def pictures(tmp_path):
    """A folder of twelve small pictures of two classes, and one that is broken."""
    folder = tmp_path / "pictures"
    for number in range(12):
        place = folder / "ab"[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        values = np.random.default_rng(number).integers(0, 256, (8, 6), dtype=np.uint8)
        Image.fromarray(values).save(place / f"{number}.png")
    (folder / "a" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    return folder


@pytest.fixture
def onnx_file(tmp_path):
    """An exported file of 2x2 grey pictures: sigmoid(noise * temperature), and the class in no pixel."""

    def make(name="toy.onnx", classes=("a", "b"), manifest=True, **values):
        inputs = [
            helper.make_tensor_value_info("noise", TensorProto.FLOAT, ["N", 4]),
            helper.make_tensor_value_info("temperature", TensorProto.FLOAT, []),
        ]
        described = [noise_input((4,)), temperature_input()]
        if classes:
            inputs.append(helper.make_tensor_value_info("label", TensorProto.INT64, ["N"]))
            described.append(label_input(len(classes)))
        nodes = [
            helper.make_node("Mul", ["noise", "temperature"], ["scaled"]),
            helper.make_node("Sigmoid", ["scaled"], ["unit"]),
            helper.make_node("Mul", ["unit", "255"], ["levels"]),
            helper.make_node("Reshape", ["levels", "shape"], ["image"]),
            helper.make_node("Cast", ["image"], ["samples"], to=TensorProto.UINT8),
        ]
        constants = [
            helper.make_tensor("255", TensorProto.FLOAT, [], [255.0]),
            helper.make_tensor("shape", TensorProto.INT64, [4], [-1, 2, 2, 1]),
        ]
        output = helper.make_tensor_value_info("samples", TensorProto.UINT8, ["N", 2, 2, 1])
        graph = helper.make_graph(nodes, "toy", inputs, [output], constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
        if manifest:
            options = {"model": "toy-1", "family": "toy", "title": "Toy", "shape": (2, 2, 1), "classes": classes}
            described_whole = Manifest(**{**options, "inputs": tuple(described), **values})
            helper.set_model_props(model, {MANIFEST_KEY: described_whole.model_dump_json()})
        path = tmp_path / name
        onnx.save_model(model, path)
        return path

    return make


@pytest.fixture
def dark_file(tmp_path):
    """A file whose log p of an item is its darkness: minus the mean of its grey levels."""
    path = tmp_path / "dark.log_prob.onnx"
    nodes = [
        helper.make_node("Cast", ["items"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["real", "axes"], ["mean"], keepdims=0),
        helper.make_node("Neg", ["mean"], ["log_prob"]),
    ]
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("items", TensorProto.UINT8, ["N", 2, 2, 1])],
        [helper.make_tensor_value_info("log_prob", TensorProto.FLOAT, ["N"])],
        [onnx.numpy_helper.from_array(np.array([1, 2, 3]), "axes")],
    )
    file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    likelihood = Likelihood(kind="exact", protocol="toy protocol", dims=4)
    values = {"role": "log_prob", "model": "dark", "shape": (2, 2, 1), "output": "log_prob", "likelihood": likelihood}
    manifest = Manifest(inputs=(items_input(ImageSpec(shape=(2, 2, 1))),), **values)
    helper.set_model_props(file, {MANIFEST_KEY: manifest.model_dump_json()})
    onnx.save_model(file, path)
    return path
