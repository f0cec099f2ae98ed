"""Hostile model files: the sampler stays in step, within its memory, and says in one sentence what is wrong."""

import json
import subprocess
import sys
import time

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from studio.core.errors import ModelError
from studio.core.manifest import MANIFEST_KEY
from studio.core.request import SampleRequest
from studio.runtime import client as client_source
from studio.runtime.client import SamplerClient
from studio.runtime.frames import MAX_BYTES, write_frame
from studio.runtime.model import OnnxModel
from studio.runtime.sampling import Sampling

pytestmark = pytest.mark.fault("D6")
FLOAT = TensorProto.FLOAT


def save(path, nodes, outputs=None, initializers=(), manifest=None):
    """Write a small model that takes x (N, 3) and gives y."""
    x = helper.make_tensor_value_info("x", FLOAT, ["N", 3])
    y = [helper.make_tensor_value_info("y", FLOAT, ["N", 3])] if outputs is None else outputs
    model = helper.make_model(
        helper.make_graph(nodes, "g", [x], y, list(initializers)),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=10,
    )
    if manifest is not None:
        model.metadata_props.add(key=MANIFEST_KEY, value=manifest)
    path.write_bytes(model.SerializeToString())
    return path


@pytest.fixture
def sound(tmp_path):
    return save(tmp_path / "sound.onnx", [helper.make_node("Neg", ["x"], ["y"])])


@pytest.fixture
def client(tmp_path):
    with SamplerClient(tmp_path / "service.log") as client:
        yield client


def described(**values):
    return {"inputs": [{"name": "x", "kind": "noise", "shape": [3], "distribution": "normal"}], "output": "y", **values}


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\U0001f600"])
def test_a_huge_manifest_is_refused_and_the_next_file_opens(client, sound, tmp_path, letter):
    """S4: the pipe fell out of step and every later open failed."""
    text = json.dumps(described(settings={"note": letter * (3 if letter != "x" else 20) * 2**20}), ensure_ascii=False)
    path = save(tmp_path / "big.onnx", [helper.make_node("Neg", ["x"], ["y"])], manifest=text)
    client.start()
    pid = client.pid
    with pytest.raises(ModelError, match=r"manifest of .*big\.onnx"):
        client.open(path, "cpu")
    assert client.open(sound, "cpu")[0].inputs[0].shape == (3,)
    assert client.pid == pid


def test_a_message_that_is_too_long_is_not_begun(tmp_path):
    with open(tmp_path / "pipe", "wb") as stream:
        with pytest.raises(ValueError, match="too long"):
            write_frame(stream, {"text": "x" * MAX_BYTES})
        assert stream.tell() == 0


def test_a_request_that_is_too_long_is_one_sentence(client, sound, tmp_path):
    with pytest.raises(ModelError, match="ask for fewer samples"):
        list(client.sample(sound, {"count": 1, "given": [100_000] * 3_000_000}, tmp_path / "s.npy", "cpu"))


@pytest.mark.fault("B17")
@pytest.mark.parametrize(
    "said",
    [
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x04nope",
        b"\x00\x00\x00\x02[]",
        b"\x00\x00\x00\x02{}",
        b"\x00\x00\x00\x0b" + b'{"event":5}',
        (200_000).to_bytes(4, "big") + b"[" * 200_000,
    ],
    ids=["1 GB", "no JSON", "a list", "no event", "a number", "nested"],
)
def test_a_service_out_of_step_is_replaced(client, sound, tmp_path, monkeypatch, said):
    """S4: whatever comes over the pipe, the next service answers."""
    (tmp_path / "said").write_bytes(said)
    show = f"sys.stdout.buffer.write(open({str(tmp_path / 'said')!r}, 'rb').read()); sys.stdout.flush()"
    code = f"import sys, time; {show}; time.sleep(60)"
    real, started = subprocess.Popen, []

    def start(command, **options):
        started.append(real([sys.executable, "-c", code] if not started else command, **options))
        return started[-1]

    monkeypatch.setattr(client_source.subprocess, "Popen", start)
    begun = time.monotonic()
    assert client.open(sound, "cpu")[1] == "CPUExecutionProvider"
    assert len(started) == 2
    assert started[0].poll() is not None
    assert time.monotonic() - begun < 30


@pytest.fixture
def hungry(tmp_path):
    """Under 1 KB, and wants 5.6 GB."""
    shape = helper.make_tensor("s", TensorProto.INT64, [1], [1_400_000_000])
    nodes = [
        helper.make_node("ConstantOfShape", ["s"], ["c"]),
        helper.make_node("ReduceSum", ["c"], ["r"], keepdims=0),
        helper.make_node("Add", ["x", "r"], ["y"]),
    ]
    return save(tmp_path / "hungry.onnx", nodes, initializers=[shape])


def test_a_small_file_that_wants_much_memory_is_refused(client, sound, hungry, tmp_path):
    """S12: it was given all that it asked for."""
    assert hungry.stat().st_size < 1000
    with pytest.raises(ModelError, match="of memory that a model may have"):
        list(client.sample(hungry, {"count": 1}, tmp_path / "s.npy", "cpu"))
    pid = client.pid
    assert pid is not None
    with open(f"/proc/{pid}/status") as file:
        peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    assert peak < 2**20, "kB"
    assert list(client.sample(sound, {"count": 1}, tmp_path / "s.npy", "cpu"))[-1]["event"] == "done"


def test_a_batch_that_does_not_fit_is_made_smaller(tmp_path, monkeypatch):
    """Memory for one sample is enough for any number of them."""
    monkeypatch.setenv("STUDIO_SAMPLER_MEMORY", "0.5")
    shape = helper.make_tensor("s", TensorProto.INT64, [2], [1, 2**25])
    nodes = [
        helper.make_node("ReduceSum", ["x", "axes"], ["r"], keepdims=1),
        helper.make_node("Expand", ["r", "s"], ["e"]),
        helper.make_node("ReduceSum", ["e", "axes"], ["m"], keepdims=1),
        helper.make_node("Add", ["x", "m"], ["y"]),
    ]
    axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    path = save(tmp_path / "wide.onnx", nodes, initializers=[shape, axes])
    model = OnnxModel(path, "cpu", threads=1)
    sizes = []
    Sampling(model, SampleRequest(count=12)).run(lambda _, samples: sizes.append(len(samples)))
    assert sum(sizes) == 12
    assert max(sizes) < 8, "128 MB for each"


@pytest.mark.parametrize("value", ["much", "nan", "-1", "0"])
def test_a_limit_that_is_no_number_is_one_sentence(sound, monkeypatch, value):
    monkeypatch.setenv("STUDIO_SAMPLER_MEMORY", value)
    with pytest.raises(ModelError, match="STUDIO_SAMPLER_MEMORY must be"):
        OnnxModel(sound, "cpu")


def plain(raised):
    text = str(raised.value)
    assert "\n" not in text
    assert not any(word in text for word in ("Error:", "object", "subscript", "attribute", "ufunc"))
    return text


def test_a_graph_without_outputs_is_one_sentence(tmp_path):
    """S13: 'list index out of range'."""
    path = save(tmp_path / "empty.onnx", [], outputs=[])
    with pytest.raises(ModelError) as raised:
        OnnxModel(path, "cpu")
    assert "empty.onnx" in plain(raised)


@pytest.mark.parametrize(
    "values",
    [
        {"seconds": float("inf")},
        {"seconds": float("nan")},
        {"step": 1e300},
        {"shape": [-4]},
        {"metrics": {"loss": float("inf")}},
        {"settings": {"deep": [float("-inf")]}},
        {"inputs": [{"name": "x", "kind": "noise", "shape": [-3]}]},
        {"inputs": [{"name": "x", "kind": "noise", "shape": [2**60]}]},
        {"inputs": [{"name": "x", "kind": "scalar", "default": float("inf")}]},
        {
            "parity": {
                "max_abs": float("nan"),
                "mean_abs": 0,
                "tolerance": 1,
                "passed": True,
                "count": 1,
                "provider": "",
            }
        },
    ],
)
def test_odd_numbers_in_a_manifest_are_one_sentence(client, sound, tmp_path, values):
    """S13: 'Out of range float values are not JSON compliant' and the like."""
    path = save(
        tmp_path / "odd.onnx", [helper.make_node("Neg", ["x"], ["y"])], manifest=json.dumps(described(**values))
    )
    with pytest.raises(ModelError, match=r"manifest of .* is damaged") as raised:
        client.open(path, "cpu")
    plain(raised)


def outputs_of(kind):
    if kind == "scalar":
        first = helper.make_tensor("axes", TensorProto.INT64, [2], [0, 1])
        node = helper.make_node("ReduceSum", ["x", "axes"], ["y"], keepdims=0)
        return [node], [helper.make_tensor_value_info("y", FLOAT, [])], [first]
    if kind == "sequence":
        value = helper.make_tensor_sequence_value_info("y", FLOAT, ["N", 3])
        return [helper.make_node("SequenceConstruct", ["x", "x"], ["y"])], [value], []
    words = helper.make_node("Cast", ["x"], ["y"], to=TensorProto.STRING)
    return [words], [helper.make_tensor_value_info("y", TensorProto.STRING, ["N", 3])], []


@pytest.mark.parametrize("kind", ["scalar", "sequence", "words"])
def test_an_output_that_is_no_array_of_numbers_is_one_sentence(client, tmp_path, kind):
    """S13: 'object of type ... has no len()' and the like."""
    nodes, outputs, initializers = outputs_of(kind)
    path = save(tmp_path / "odd.onnx", nodes, outputs, initializers)
    with pytest.raises(ModelError, match=r"odd\.onnx") as raised:
        list(client.sample(path, {"count": 2}, tmp_path / "s.npy", "cpu"))
    plain(raised)


@pytest.mark.fault("E3")
def test_samples_of_a_gigabyte_each_are_refused(sound):
    model = OnnxModel(sound, "cpu", threads=1)
    model.run = lambda feed, options=None: [np.broadcast_to(np.uint8(0), (len(feed["x"]), 2**15, 2**15, 1))]
    with pytest.raises(ModelError, match="which is too much"):
        Sampling(model, SampleRequest(count=2)).run(lambda *_: None)


def test_a_file_that_says_another_file_is_its_output_is_one_sentence(client, tmp_path):
    text = json.dumps(described(output="nothing"))
    path = save(tmp_path / "odd.onnx", [helper.make_node("Neg", ["x"], ["y"])], manifest=text)
    with pytest.raises(ModelError, match=r"odd\.onnx") as raised:
        list(client.sample(path, {"count": 2}, tmp_path / "s.npy", "cpu"))
    plain(raised)
    assert onnx.load(path).metadata_props
