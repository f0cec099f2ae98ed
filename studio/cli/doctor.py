"""The verb ``studio doctor``: what works on this machine, on which device really, and what is missing."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal, NamedTuple

from studio.cli.plugins import contents_of
from studio.cli.terminal import Terminal
from studio.core.device import count_nvidia_gpus
from studio.core.display import missing_libraries, packages_for, why_no_window
from studio.core.errors import StudioError, explain
from studio.hooks.installed import read_catalogue
from studio.store.switches import plugins_off
from studio.store.workspace import Workspace
from studio.version import VERSION

__all__ = ["add_verbs"]

_TORCH = """
import json, torch
count = torch.cuda.device_count() if torch.cuda.is_available() else 0
names = [torch.cuda.get_device_name(index) for index in range(count)]
ones = torch.ones(8, 8, device="cuda:0" if names else "cpu")
(ones @ ones).sum().item()
print(json.dumps({"version": torch.__version__, "cuda": torch.version.cuda, "devices": names,
                  "threads": torch.get_num_threads()}))
"""
_RUNTIME = """
import json, sys, onnx, onnxruntime
from onnx import TensorProto, helper
value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1])
graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "g", [value("x")], [value("y")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10).SerializeToString()
options = onnxruntime.SessionOptions()
options.log_severity_level = 4
wanted = ["CPUExecutionProvider"]
if sys.argv[1] == "gpu" and "CUDAExecutionProvider" in onnxruntime.get_available_providers():
    onnxruntime.preload_dlls()
    wanted.insert(0, "CUDAExecutionProvider")
session = onnxruntime.InferenceSession(model, options, providers=wanted)
print(json.dumps({"version": onnxruntime.__version__, "provider": session.get_providers()[0]}))
"""


class Finding(NamedTuple):
    """One thing that was looked at."""

    name: str
    state: Literal["good", "warning", "bad"]
    detail: str


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("doctor", parents=[common], help="what works here, and on which device")
    verb.set_defaults(action=_doctor)


def _doctor(options: argparse.Namespace, terminal: Terminal) -> int:
    findings = []
    checks = (_python, lambda: _workspace(options.workspace), _torch, _runtime, lambda: _plugins(options), _qt)
    for number, check in enumerate(checks):
        terminal.progress("looking", number, len(checks))
        findings += check()
    terminal.end_progress()
    marks = {"good": "ok", "warning": "note", "bad": "BAD"}
    rows = [[marks[finding.state], finding.name, finding.detail] for finding in findings]
    bad = any(finding.state == "bad" for finding in findings)
    document = {"healthy": not bad, "findings": [finding._asdict() for finding in findings]}
    terminal.result(document, terminal.table(["", "WHAT", ""], rows))
    return int(bad)


def _ask(code: str, *arguments: str) -> dict[str, Any]:
    """Run code in a process of its own, so that a library that crashes is a finding."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120, check=False
        )
    except subprocess.TimeoutExpired:
        return {"error": "it does not answer"}
    try:
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        return {"error": last[0]}
    return answer


def _python() -> list[Finding]:
    detail = f"Generative Studio {VERSION}, Python {platform.python_version()}, {platform.platform()}"
    return [Finding("studio", "good", detail)]


def _workspace(path: Path) -> list[Finding]:
    try:
        workspace = Workspace(path)
        free = shutil.disk_usage(workspace.path).free / 2**30
    except (StudioError, OSError) as error:
        return [Finding("workspace", "bad", explain(error))]
    state: Literal["good", "warning"] = "good" if free > 2 else "warning"
    return [Finding("workspace", state, f"{workspace.path}, {free:.1f} GB free")]


def _torch() -> list[Finding]:
    answer = _ask(_TORCH)
    if "error" in answer:
        return [Finding("training", "bad", f"torch cannot be used: {answer['error']}")]
    gpus = count_nvidia_gpus()
    detail = f"torch {answer['version']}: " + (", ".join(answer["devices"]) or f"CPU, {answer['threads']} threads")
    if gpus and not answer["devices"]:
        built = f"built for CUDA {answer['cuda']}" if answer["cuda"] else "built without CUDA"
        return [Finding("training", "warning", f"{detail}; the driver shows {gpus} GPU(s), but this torch is {built}")]
    return [Finding("training", "good", detail)]


def _runtime() -> list[Finding]:
    found = []
    installed = []
    for name in ("onnxruntime", "onnxruntime-gpu"):
        try:
            installed.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    if len(installed) > 1:
        advice = "they share one folder and break each other; uninstall both, then install the studio again"
        found.append(Finding("sampling", "warning", f"{' and '.join(installed)} are both installed: {advice}"))
    gpus = count_nvidia_gpus()
    answer = _ask(_RUNTIME, "gpu" if gpus else "cpu")
    if "error" in answer:
        return [*found, Finding("sampling", "bad", f"onnxruntime cannot be used: {answer['error']}")]
    detail = f"onnxruntime {answer['version']}: {answer['provider']}"
    if gpus and answer["provider"] == "CPUExecutionProvider":
        detail += f"; the driver shows {gpus} GPU(s), but CUDA did not start: it needs CUDA 13 and cuDNN 9"
        return [*found, Finding("sampling", "warning", detail)]
    return [*found, Finding("sampling", "good", detail)]


def _plugins(options: argparse.Namespace) -> list[Finding]:
    try:
        catalogue = read_catalogue(off=plugins_off(options.workspace))
    except StudioError as error:
        return [Finding("plugins", "bad", explain(error))]
    return [
        Finding(f"plugin {plugin.name}", "good", f"{contents_of(plugin)} of {plugin.distribution} {plugin.version}")
        if plugin.works
        else Finding(f"plugin {plugin.name}", "good" if plugin.off else "warning", plugin.reason)
        for plugin in catalogue.plugins
    ]


def _qt() -> list[Finding]:
    """The libraries that a window needs; the command line works without them."""
    try:
        missing = missing_libraries()
    except ImportError as error:
        return [Finding("window", "warning", f"{error}; the command line works without it")]
    found = []
    if missing:
        detail = f"missing {', '.join(missing)}; on Debian or Ubuntu: sudo apt-get install {packages_for(missing)}"
        found.append(Finding("window libraries", "warning", detail))
    else:
        found.append(Finding("window libraries", "good", "all there"))
    why = why_no_window()
    if why and not missing:
        found.append(Finding("window", "warning", why))
    return found
