"""Much and long: what grows with every run, request or value must be seen soon; tests/benchmarks/soak.py goes on."""

import json
import os
import threading
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from studio.runtime.client import SamplerClient
from studio.store.curve import CurveDatabase
from studio.store.metrics import RunDatabase
from studio.store.run import list_runs


def resources(pid):
    """Open descriptors and threads of a process."""
    return len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task"))


@pytest.fixture
def model(tmp_path):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 3])
    graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "g", [x], [y])
    opset = [helper.make_opsetid("", 20)]
    path = tmp_path / "m.onnx"
    onnx.save_model(helper.make_model(graph, opset_imports=opset, ir_version=10), path)
    return path


@pytest.mark.fault("B24")
def test_requests_leave_no_descriptor_and_no_thread(model, tmp_path):
    with SamplerClient(tmp_path / "log") as client:
        counts = []
        for number in range(60):
            # Another name each time, so that the models that are kept change too.
            path = tmp_path / f"m{number % 6}.onnx"
            path.write_bytes(model.read_bytes())
            list(client.sample(path, {"count": 5, "seed": number}, tmp_path / "s.npy", "cpu"))
            counts.append((*resources(client.pid), *resources(os.getpid())))
    assert np.all(np.max(counts[-20:], axis=0) <= np.max(counts[10:30], axis=0)), counts


@pytest.mark.fault("B24")
def test_a_training_of_many_steps_leaves_no_descriptor_and_no_thread(workspace):
    """Every step logged, validated and saved often; the slope over the last steps is none."""
    from studio.api import Continuous
    from studio.testing import Trial, toy_dataset
    from tests.train.conftest import ScriptedPlugin

    counts = []

    def script(session, net, opt):
        codec = session.codec(Continuous())
        for batch in session.batches():
            loss = ((codec.encode(batch.items) - net.mean) ** 2).mean()
            session.step(opt, loss)
            session.log(loss=loss)
            counts.append((*resources(os.getpid()), threading.active_count()))

    train = {"steps": 300, "validate_every": 10, "checkpoint_every": 10, "preview_every": 50}
    Trial(ScriptedPlugin(script), workspace, toy_dataset(workspace, (4, 4, 1), 2, 64), {}, train).train()
    assert np.all(np.max(counts[-100:], axis=0) <= np.max(counts[50:150], axis=0)), counts[-1]


@pytest.mark.fault("C13")
def test_a_thousand_runs_are_listed(make_run, workspace):
    first = make_run()
    document = json.loads((first / "run.json").read_text())
    for number in range(1000):
        folder = workspace.folder("runs") / f"run-{number:04d}"
        folder.mkdir()
        (folder / "run.json").write_text(json.dumps({**document, "id": folder.name}))
        (folder / "status.json").write_bytes((first / "status.json").read_bytes())
    assert len(list_runs(workspace)) == 1001


@pytest.mark.fault("C13", "B18")
def test_a_curve_of_hundreds_of_thousands_of_values_is_read_in_few_rows(make_run):
    folder = make_run()
    database = RunDatabase(folder)
    segment = database.begin_segment(0)
    values = np.sin(np.arange(300_000) / 1000)
    database.add_metrics(segment, ((step, "loss", float(value)) for step, value in enumerate(values)))
    database.close()
    curve = CurveDatabase(folder)
    rows = curve.read("loss", *curve.extent("loss"), columns=1000)
    assert curve.latest().keys() == {"loss"}
    curve.close()
    assert len(rows) <= 4000
    assert Path(folder / "metrics.db").stat().st_size < 60 * 2**20
