"""The supervisor process: ``python -m studio.jobs WORKSPACE [--soon]``."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from studio.core.errors import StudioError
from studio.jobs.supervisor import Supervisor
from studio.store.workspace import Workspace


def main() -> int:
    """Supervise one workspace until its queue is empty."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    try:
        Supervisor(Workspace(Path(sys.argv[1]))).run("--soon" in sys.argv[2:])
    except StudioError as error:
        logging.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
