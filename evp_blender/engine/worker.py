"""The other side of ``process``: takes tasks as lines of JSON and prints their progress so."""

from __future__ import annotations

import dataclasses
import json
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

from ...core.errors import EvpError, MissingDependencyError
from ...core.records import Camera
from ...core.settings import read_settings
from ...core.store import load_record
from ..requirements import missing_line
from .local import run_here
from .request import Request

INTERRUPTED = 130


def serve() -> int:
    """Run tasks until the input ends.

    Returns:
        0 when it ended, 130 when stopped.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        for line in sys.stdin:
            _run(json.loads(line))
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _run(task: dict[str, Any]) -> None:
    try:
        missing = missing_line()
        if missing:
            raise MissingDependencyError(f"{sys.executable}: {missing}; install them there.")
        for progress in run_here(_request(task)):
            _print(dataclasses.asdict(progress))
        _print({"finished": True})
    except EvpError as error:
        _print({"error": str(error), "kind": type(error).__name__})
    except Exception as error:
        traceback.print_exc()
        _print({"error": f"{type(error).__name__}: {error}", "kind": "EvpError"})


def _request(task: dict[str, Any]) -> Request:
    camera, numbers = task["camera"], task["numbers"]
    return Request(
        folder=Path(task["folder"]),
        settings=read_settings(Path(task["settings"])),
        camera=None if camera is None else load_record(Path(camera), Camera),
        stage=task["stage"],
        numbers=None if numbers is None else tuple(numbers),
    )


def _print(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)


def _interrupt(signal_number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
