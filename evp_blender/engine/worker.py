"""The other side of ``process``: runs a task and prints its progress as lines of JSON."""

from __future__ import annotations

import dataclasses
import json
import signal
import sys
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


def run_task(text: str) -> int:
    """Run a task given as JSON.

    Returns:
        0 when done; 2 when an error was printed; 130 when stopped.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        missing = missing_line()
        if missing:
            raise MissingDependencyError(f"{sys.executable}: {missing}; install them there.")
        for progress in run_here(_request(json.loads(text))):
            _print(dataclasses.asdict(progress))
    except EvpError as error:
        _print({"error": str(error), "kind": type(error).__name__})
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


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
