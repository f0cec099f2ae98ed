import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from studio.core.errors import ModelError


def request(**values):
    return {"seed": 1, "count": 6, **values}


def test_open_and_sample(client, model_path, tmp_path):
    manifest, provider = client.open(model_path, "cpu")
    assert manifest.classes == ("a", "b", "c")
    assert provider == "CPUExecutionProvider"
    events = list(client.sample(model_path, request(), tmp_path / "s.npy", "cpu"))
    assert [event["event"] for event in events][-1] == "done"
    assert events[-1]["request"]["scalars"] == {"steps": 4, "shift": 0.1}
    samples = np.load(tmp_path / "s.npy")
    assert samples.shape == (6, 4, 4, 1)
    assert samples.dtype == np.uint8


def test_the_service_never_loads_torch(client, model_path):
    client.open(model_path)
    maps = Path(f"/proc/{client.pid}/maps").read_text()
    assert "onnxruntime" in maps
    assert "libtorch" not in maps


def test_an_error_is_a_sentence_and_the_service_goes_on(client, model_path, tmp_path):
    with pytest.raises(ModelError, match="at most 1"):
        list(client.sample(model_path, request(scalars={"shift": 7}), tmp_path / "s.npy"))
    with pytest.raises(ModelError, match=r"none\.onnx"):
        client.open(tmp_path / "none.onnx")
    with pytest.raises(ModelError, match="count"):
        list(client.sample(model_path, request(count=0), tmp_path / "s.npy"))
    pid = client.pid
    with pytest.raises(ModelError, match="not finite"):
        list(client.sample(model_path, request(scalars={"shift": float("nan")}), tmp_path / "s.npy"))
    assert list(client.sample(model_path, request(), tmp_path / "s.npy"))[-1]["event"] == "done"
    assert client.pid == pid


@pytest.mark.fault("E4")
def test_cancel_from_another_thread(client, heavy_path, tmp_path):
    events = client.sample(heavy_path, request(scalars={"steps": 100_000}), tmp_path / "s.npy")
    id = next(events)["id"]
    threading.Timer(0.5, client.cancel, (id,)).start()
    begun = time.monotonic()
    assert list(events)[-1]["event"] == "cancelled"
    assert time.monotonic() - begun < 20.0
    assert list(client.sample(heavy_path, request(), tmp_path / "s.npy"))[-1]["event"] == "done"


def test_when_the_client_goes_the_service_goes(client, model_path):
    client.open(model_path)
    pid = client.pid
    process = client._process
    process.stdin.close()
    process.wait(timeout=10)
    assert not os.path.exists(f"/proc/{pid}")
