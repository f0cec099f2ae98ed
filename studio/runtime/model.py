"""Opens an exported file in a runtime session, with the execution provider it really got."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import psutil

from studio.core.device import count_nvidia_gpus
from studio.core.errors import ModelError
from studio.core.memory import memory_limit
from studio.core.threads import CoreWatch, ThreadChoice
from studio.runtime.file import check_file, read_manifest
from studio.runtime.memory import MemoryShortError, is_memory, loading_bytes, running_bytes

__all__ = ["OnnxModel"]

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_LOOK_S = 1.0


def _version(path: Path) -> tuple[int, int] | None:
    """What changes with a file; None where it is gone."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


class OnnxModel:
    """An exported file in a runtime session.

    Args:
        path: The file.
        provider: ``auto``, ``cpu`` or ``cuda``.
        threads: CPU threads; 0 for as many as other programs leave cores free, looked at again between two runs.

    Attributes:
        manifest: What the file says of itself; made up from its inputs where it is a foreign one.
        provider: The execution provider that the session really has.
        threads: CPU threads that the session computes with.

    Raises:
        ModelError: If the file cannot be used, or the provider asked for cannot be had.
    """

    def __init__(self, path: Path, provider: str = "auto", threads: int = 0) -> None:
        self.path = path
        self._running_bytes = running_bytes()
        self._version = _version(path)
        watch = CoreWatch()
        with memory_limit(loading_bytes(path)):
            self.manifest = read_manifest(path, check_file(path))
        wanted = provider
        if provider == "auto":
            wanted = "cuda" if count_nvidia_gpus() and self._has("cuda") else "cpu"
        if wanted not in _PROVIDERS:
            raise ModelError(f"'{provider}' is not a provider; use auto, cpu or cuda.")
        if not self._has(wanted):
            raise ModelError(f"This installation of onnxruntime has no {wanted} provider; 'studio doctor' says more.")
        if wanted == "cuda":
            # CUDA's libraries come with torch's wheels; without this call the provider does not find them.
            onnxruntime.preload_dlls()
        self._wanted = wanted
        # CUDA maps more than it uses.
        self._limited = wanted == "cpu"
        self._choice = self._choose(watch, threads or int(os.environ.get("STUDIO_THREADS", "0")))
        self._idle_since = time.monotonic()
        self._session = self._load()
        self.provider: str = self._session.get_providers()[0]
        if provider == "cuda" and self.provider != _PROVIDERS["cuda"]:
            raise ModelError(
                "CUDA was asked for, but onnxruntime could not start it; 'studio doctor' names what is missing."
            )

    def _choose(self, watch: CoreWatch, fixed: int) -> ThreadChoice:
        most = min(watch.cores, psutil.cpu_count(logical=False) or watch.cores)
        if not fixed and most > 1 and self._limited:
            watch.wait()
        return ThreadChoice(watch, most, fixed, _LOOK_S)

    def _load(self) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = self.threads = self._choice.threads
        providers = [_PROVIDERS[self._wanted]] + ([_PROVIDERS["cpu"]] if self._wanted != "cpu" else [])
        path = self.path
        try:
            with memory_limit(loading_bytes(path)) if self._limited else nullcontext():
                return onnxruntime.InferenceSession(str(path), options, providers=providers)
        except Exception as error:
            if is_memory(error):
                raise MemoryShortError(path.name, loading_bytes(path)) from None
            reason = " ".join(str(error).split())[:160]
            raise ModelError(f"{path} cannot be loaded ({reason}); export the model again.") from None

    def _follow_cores(self) -> None:
        """Load again with another number of threads where other programs have come or gone; a sample stays the same."""
        if not self._limited:
            return
        if time.monotonic() - self._idle_since > _LOOK_S:
            self._choice.begin_anew()
        if self._choice.look() and _version(self.path) == self._version:
            self._session = self._load()

    @staticmethod
    def _has(provider: str) -> bool:
        return _PROVIDERS[provider] in onnxruntime.get_available_providers()

    def run(
        self,
        feed: Mapping[str, np.ndarray[Any, Any]],
        outputs: Sequence[str] | None = None,
        options: onnxruntime.RunOptions | None = None,
    ) -> list[np.ndarray[Any, Any]]:
        """Run once.

        Raises:
            ModelError: If the inputs do not fit or the run fails; a run that was terminated raises too.
        """
        names = list(outputs) if outputs is not None else [self.manifest.output]
        self._follow_cores()
        try:
            with memory_limit(self._running_bytes) if self._limited else nullcontext():
                found = list(self._session.run(names, dict(feed), options))
        except Exception as error:
            if is_memory(error):
                raise MemoryShortError(self.path.name, self._running_bytes) from None
            reason = " ".join(str(error).split())[:200]
            raise ModelError(f"{self.path.name} cannot be run: {reason}") from None
        finally:
            self._idle_since = time.monotonic()
        for name, array in zip(names, found, strict=True):
            if not isinstance(array, np.ndarray) or array.dtype.kind not in "buif" or not array.ndim:
                raise ModelError(f"The output '{name}' of {self.path.name} is no array of numbers with a batch axis.")
        return found
