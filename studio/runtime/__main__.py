"""The sampler service: ``python -m studio.runtime`` speaks over stdin and stdout."""

from __future__ import annotations

import faulthandler
import os
import sys

from studio.runtime.service import SamplerServer


def main() -> None:
    """Serve until stdin ends."""
    faulthandler.enable()
    # The pipe gets a descriptor of its own; what a library prints to stdout goes to stderr instead.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    SamplerServer(sys.stdin.buffer, answers).serve()


if __name__ == "__main__":
    main()
