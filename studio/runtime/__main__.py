"""The sampler service: ``python -m studio.runtime`` speaks over stdin and stdout."""

from __future__ import annotations

import faulthandler
import os
import sys

from studio.core.device import count_nvidia_gpus
from studio.core.memory import available_memory, limit_memory
from studio.runtime.service import SamplerServer

_SHARE = 0.75


def main() -> None:
    """Serve until stdin ends."""
    faulthandler.enable()
    if sys.platform == "linux" and not count_nvidia_gpus():
        # Models that were opened keep what they took; all of them together must leave the machine some.
        limit_memory(int(_SHARE * available_memory()))
    # The pipe gets a descriptor of its own; what a library prints to stdout goes to stderr instead.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    SamplerServer(sys.stdin.buffer, answers).serve()


if __name__ == "__main__":
    main()
