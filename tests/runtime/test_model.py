import os

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from studio.core.errors import ModelError
from studio.core.manifest import MANIFEST_KEY
from studio.core.noise import noise
from studio.core.request import SampleRequest
from studio.runtime.model import OnnxModel
from studio.runtime.sampling import Sampling


def small_graph(path, *, op="Neg", domain="", shape=("N", 3), initializers=(), inputs=("x",)):
    def value(name):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))

    graph = helper.make_graph(
        [helper.make_node(op, list(inputs), ["y"], domain=domain)], "g", [value("x")], [value("y")], list(initializers)
    )
    opsets = [helper.make_opsetid("", 20)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    path.write_bytes(helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString())
    return path


def test_the_manifest_comes_with_the_file(model_path):
    model = OnnxModel(model_path, "cpu", threads=1)
    assert model.provider == "CPUExecutionProvider"
    assert [entry.name for entry in model.manifest.inputs] == ["noise", "steps", "shift", "label"]
    assert model.manifest.parity.passed
    assert model.manifest.parity.versions["torch"]


@pytest.mark.fault("D5")
def test_weights_in_other_files_are_refused_before_any_is_read(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(np.ones(3, np.float32).tobytes())
    os.link(secret, tmp_path / "w.bin")
    tensor = onnx.TensorProto(name="x2", data_type=TensorProto.FLOAT, dims=[3])
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for location in ("w.bin", "../secret", str(secret)):
        del tensor.external_data[:]
        tensor.external_data.add(key="location", value=location)
        path = small_graph(tmp_path / "e.onnx", op="Add", initializers=[tensor], inputs=("x", "x2"))
        with pytest.raises(ModelError, match="other files"):
            OnnxModel(path, "cpu")


@pytest.mark.fault("D6")
def test_operators_of_others_are_refused(tmp_path):
    with pytest.raises(ModelError, match=r"evil\.ops"):
        OnnxModel(small_graph(tmp_path / "d.onnx", op="Steal", domain="evil.ops"), "cpu")


def test_a_foreign_file_opens_with_generic_inputs(tmp_path):
    model = OnnxModel(small_graph(tmp_path / "foreign.onnx"), "cpu", threads=1)
    (entry,) = model.manifest.inputs
    assert (entry.name, entry.kind, entry.shape) == ("x", "noise", (3,))
    drawn = []
    Sampling(model, SampleRequest(seed=1, count=5)).run(lambda _, samples: drawn.append(samples))
    np.testing.assert_array_equal(np.concatenate(drawn), -noise(1, range(5), (3,)))


@pytest.mark.parametrize("text", ["{", '{"format": 1}', "[" * 100_000, '{"format": 99, "inputs": []}'])
def test_a_damaged_or_newer_manifest_is_one_sentence(tmp_path, model_path, text):
    model = onnx.load(model_path)
    model.metadata_props[0].value = text
    assert model.metadata_props[0].key == MANIFEST_KEY
    path = tmp_path / "m.onnx"
    onnx.save(model, path)
    with pytest.raises(ModelError, match=r"manifest|newer studio"):
        OnnxModel(path, "cpu")


@pytest.mark.fault("D8")
def test_cuda_that_cannot_be_had_is_an_error_not_a_fallback(model_path, monkeypatch):
    import onnxruntime

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(ModelError, match="no cuda provider"):
        OnnxModel(model_path, "cuda")
    with pytest.raises(ModelError, match="not a provider"):
        OnnxModel(model_path, "tpu")


@pytest.mark.fault("D10")
def test_an_edited_file_has_no_certificate(model_path, tmp_path):
    """S10: one changed weight, in the file itself or saved anew by another program."""
    data = model_path.read_bytes()
    certified = OnnxModel(model_path, "cpu", threads=1).manifest
    assert certified.parity.passed
    model = onnx.load(model_path)
    (largest,) = sorted(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))[-1:]
    place = data.index(largest.raw_data)
    flipped = tmp_path / "flipped.onnx"
    flipped.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    largest.raw_data = bytes(len(largest.raw_data))
    saved = tmp_path / "saved.onnx"
    onnx.save(model, saved)
    for path in (flipped, saved):
        manifest = OnnxModel(path, "cpu", threads=1).manifest
        assert manifest.parity is None
        assert manifest.edited
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(data)
    assert OnnxModel(copy, "cpu", threads=1).manifest == certified


def drawn(model):
    found = []
    Sampling(model, SampleRequest(seed=3, count=3)).run(lambda _, samples: found.append(samples.copy()))
    return np.concatenate(found)


def test_a_model_leaves_the_cores_to_others_and_draws_the_same(model_path, machine, monkeypatch):
    monkeypatch.delenv("STUDIO_THREADS", raising=False)
    monkeypatch.setattr("psutil.cpu_count", lambda logical: 2)
    watch = machine(2, 0.0, 1.0, 2.0, 2.0, 0.0, 0.0)
    monkeypatch.setattr("studio.runtime.model.CoreWatch", lambda: watch)
    model = OnnxModel(model_path, "cpu")
    seen, samples = [], []
    for _ in range(5):
        watch.time = 1.5
        samples.append(drawn(model))
        seen.append(model.threads)
    assert seen == [2, 1, 1, 1, 2]
    assert all(np.array_equal(one, samples[0]) for one in samples)


def test_a_model_that_is_opened_beside_others_begins_with_half_the_cores(model_path, machine, monkeypatch):
    monkeypatch.delenv("STUDIO_THREADS", raising=False)
    monkeypatch.setattr("psutil.cpu_count", lambda logical: 2)
    monkeypatch.setattr("studio.runtime.model.CoreWatch", lambda: machine(2, 2.0))
    assert OnnxModel(model_path, "cpu").threads == 1
    monkeypatch.setattr("studio.runtime.model.CoreWatch", lambda: machine(2, 2.0))
    assert OnnxModel(model_path, "cpu", threads=2).threads == 2


def test_a_file_that_is_gone_or_changed_since_is_not_loaded_again(model_path, tmp_path, machine, monkeypatch):
    monkeypatch.delenv("STUDIO_THREADS", raising=False)
    monkeypatch.setattr("psutil.cpu_count", lambda logical: 2)
    watch = machine(2, 0.0, 2.0, 2.0, 0.0, 0.0)
    monkeypatch.setattr("studio.runtime.model.CoreWatch", lambda: watch)
    path = tmp_path / "model.onnx"
    path.write_bytes(model_path.read_bytes())
    model = OnnxModel(path, "cpu")
    before = drawn(model)
    small_graph(path)
    for _ in range(2):
        watch.time = 1.5
        assert np.array_equal(drawn(model), before)
    path.unlink()
    for _ in range(2):
        watch.time = 1.5
        assert np.array_equal(drawn(model), before)


def test_the_time_between_two_requests_is_not_counted(model_path, machine, monkeypatch):
    monkeypatch.delenv("STUDIO_THREADS", raising=False)
    monkeypatch.setattr("psutil.cpu_count", lambda logical: 2)
    watch = machine(2, 0.0, 2.0, 2.0, 2.0)
    monkeypatch.setattr("studio.runtime.model.CoreWatch", lambda: watch)
    model = OnnxModel(model_path, "cpu")
    for _ in range(3):
        model._idle_since -= 60.0
        watch.time = 60.0
        drawn(model)
    assert model.threads == 2
