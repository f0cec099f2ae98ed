"""The inside of a decoder process: it reads chunks from a pipe until the importer is gone."""

from __future__ import annotations

import json
import mmap
import os
import signal
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from studio.data.decoder import Decoder, Refused
from studio.data.image import decode

__all__ = ["CANCELS", "IDLE", "TIMEOUT_S", "read_position", "serve", "write_position"]

TIMEOUT_S = 20.0
IDLE = -1
CANCELS = (signal.SIGTERM, signal.SIGINT)
_MEMORY_BYTES = 4 * 2**30
_POSITION = struct.Struct("<q")


def write_position(shared: mmap.mmap, position: int) -> None:
    """Note the file a worker is at, or IDLE."""
    _POSITION.pack_into(shared, 0, position)


def read_position(shared: mmap.mmap) -> int:
    """The file a worker was at when it ended, or IDLE."""
    found: int = _POSITION.unpack_from(shared, 0)[0]
    return found


def _limit() -> None:
    """Take away what a decoder does not need."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # On top of what the importer's copy has mapped already, which is much where it runs inside a larger program.
        most = _MEMORY_BYTES
        with suppress(OSError), open("/proc/self/statm") as file:
            most += int(file.read().split()[0]) * mmap.PAGESIZE
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        most = most if hard == resource.RLIM_INFINITY else min(hard, most)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("500")
    # The default action ends the process even while a decoder written in C holds it; a Python handler would wait.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group; the importer ends its workers
    signal.pthread_sigmask(signal.SIG_UNBLOCK, CANCELS)
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # decoders complain on stderr, and stdout belongs to the importer's events
        os.dup2(silence, descriptor)


def serve(
    connection: Connection[Any, Any],
    shared: mmap.mmap,
    inherited: Iterable[Connection[Any, Any]],
    parent: int,
    modality: str,
) -> None:
    """Answer chunks until the pipe closes.

    Args:
        connection: The worker's end of its pipe.
        shared: Memory for the position, shared with the importer.
        inherited: The importer's ends of pipes, which a fork copies and which would keep them open.
        parent: Process id of the importer; when it is gone, so is the worker.
        modality: Modality of the files.
    """
    status = 1
    try:
        for other in inherited:
            other.close()
        _limit()
        decoder = _decoder_of(modality)
        decoder.prepare()
        while True:
            head = json.loads(connection.recv_bytes())
            blob = memoryview(connection.recv_bytes())
            results, items = _work(decoder, head, blob, shared, parent)
            write_position(shared, IDLE)
            connection.send_bytes(json.dumps(results).encode())
            connection.send_bytes(items)
    except (EOFError, OSError):
        status = 0
    finally:
        os._exit(status)  # nothing of the importer's own clean-up may run in its copy


def _decoder_of(modality: str) -> Decoder:
    """The decoder of a modality."""
    match modality:
        case "image":
            return decode
    raise ValueError(f"no decoder reads files of the modality '{modality}'")


def _work(
    decoder: Decoder, head: dict[str, Any], blob: memoryview, shared: mmap.mmap, parent: int
) -> tuple[list[Any], bytes]:
    plan = head["plan"]
    refused = set(head["refused"])
    results: list[Any] = []
    items = bytearray()
    start = 0
    for position, (name, payload) in enumerate(zip(head["names"], head["payloads"], strict=True)):
        source: str | bytes
        if isinstance(payload, str):
            source = payload
        else:
            source = bytes(blob[start : start + payload])
            start += payload
        if position in refused:
            results.append("")
            continue
        if os.getppid() != parent:
            raise EOFError
        write_position(shared, position)
        signal.setitimer(signal.ITIMER_REAL, TIMEOUT_S)
        try:
            if plan is None:
                results.append(decoder.probe(source, name))
            else:
                items += decoder.decode_bytes(source, name, plan)
                results.append(None)
        except Refused as error:
            results.append(str(error))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    return results, bytes(items)
