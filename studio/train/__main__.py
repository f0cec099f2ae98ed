"""The trainer process: ``python -m studio.train WORKSPACE RUN``."""

from __future__ import annotations

import argparse
import faulthandler
import logging
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from studio.core.errors import DataError, StudioError
from studio.core.memory import available_memory, limit_memory
from studio.store.entry import find_folder
from studio.store.lock import ProcessLock
from studio.store.run import read_raw_status, write_status
from studio.store.workspace import Workspace


def main() -> int:
    """Train one run; 0 when it finished, stopped or paused, 1 when it failed, 2 when another process trains it."""
    begun = time.monotonic()
    parser = argparse.ArgumentParser(prog="python -m studio.train")
    parser.add_argument("workspace", type=Path)
    parser.add_argument("run")
    options = parser.parse_args()
    faulthandler.enable()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    try:
        workspace = Workspace(options.workspace)
        folder = find_folder(workspace, "runs", options.run)
        if folder is None:
            raise DataError(
                f"There is no run '{options.run}' in {workspace.path}; 'studio runs list' shows what there is."
            )
        lock = ProcessLock(folder / "lock")
        if not lock.acquire():
            logging.error("another process trains this run")
            return 2
        status = read_raw_status(folder)
        if status is not None:
            # So that it can be ended by force while the libraries are still being imported.
            status.pid = os.getpid()
            with suppress(OSError):
                # What a full disk means for the run is said by the trainer.
                write_status(folder, status, durable=False)
        from studio.core.threads import CoreWatch

        watch = CoreWatch()
        import torch

        from studio.train.trainer import Trainer

        trainer = Trainer(workspace, folder, begun=begun, watch=watch)
        # CUDA reserves more addresses than there is memory; elsewhere than on Linux nothing can be limited.
        if sys.platform == "linux" and (trainer.run.device == "cpu" or not torch.cuda.is_available()):
            limit_memory(available_memory())
        signal.signal(signal.SIGTERM, trainer.ask_to_stop)
        status = trainer.execute()
    except StudioError as error:
        logging.error("%s", error)
        return 1
    return int(status.state == "failed")


if __name__ == "__main__":
    sys.exit(main())
