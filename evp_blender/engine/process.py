"""Run a stage in another Python: the one named in the preferences."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...core import errors
from ...core.errors import EvpError, MissingDependencyError
from ...core.progress import Job, Progress
from ..package import ROOT_FOLDER
from .request import Request

POLL_SECONDS = 0.01
STOP_SECONDS = 5.0


def run_elsewhere(
    request: Request, interpreter: Path, package_folders: Sequence[Path] = ()
) -> Job[None]:
    """Run the stage in a process of its own; closing the job stops it.

    Args:
        request: the stage.
        interpreter: the Python to run it with.
        package_folders: where that Python finds packages besides its own.

    Raises:
        EvpError: what the stage raised there.
        MissingDependencyError: that Python cannot be started or lacks packages.
    """
    from ...core.settings import write_settings
    from ...core.shot import Shot
    from ...core.store import save_record

    shot = Shot.create(request.folder)
    settings_file = shot.stages / "request.json"
    write_settings(settings_file, request.settings)
    camera_file = shot.stages / "request_camera.npz"
    if request.camera is not None:
        save_record(camera_file, request.camera, "")
    task = {
        "folder": str(request.folder),
        "settings": str(settings_file),
        "camera": str(camera_file) if request.camera is not None else None,
        "stage": request.stage,
        "numbers": request.numbers,
    }
    boot = Path(__file__).with_name("boot.py")
    command = [str(interpreter), "-P", str(boot), str(ROOT_FOLDER), json.dumps(task)]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
    }
    if package_folders:
        environment["PYTHONPATH"] = os.pathsep.join(str(folder) for folder in package_folders)
    try:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=environment,
        )
    except OSError as error:
        raise MissingDependencyError(
            f"{interpreter}: this Python cannot be started ({error.strerror}); "
            "choose another in the add-on's preferences."
        ) from error
    try:
        yield from _follow(process)
    finally:
        _stop(process)


def _follow(process: subprocess.Popen[str]) -> Job[None]:
    lines: queue.Queue[str | None] = queue.Queue()
    complaints: list[str] = []

    def read_lines() -> None:
        for line in process.stdout or ():
            lines.put(line)
        lines.put(None)

    def read_complaints() -> None:
        complaints.extend(process.stderr or ())

    threads = [
        threading.Thread(target=target, daemon=True) for target in (read_lines, read_complaints)
    ]
    for thread in threads:
        thread.start()
    progress = Progress("start", 0, 0)
    while True:
        try:
            line = lines.get(timeout=POLL_SECONDS)
        except queue.Empty:
            yield progress
            continue
        if line is None:
            break
        message = _message(line)
        if "error" in message:
            kind = getattr(errors, str(message.get("kind")), EvpError)
            raise kind(message["error"])
        if "stage" in message:
            progress = Progress(**message)
            yield progress
    process.wait()
    for thread in threads:
        thread.join(timeout=STOP_SECONDS)
    if process.returncode != 0:
        last = complaints[-1].strip() if complaints else f"exit code {process.returncode}"
        raise EvpError(f"The work in the other Python ended early: {last}")


def _message(line: str) -> dict[str, Any]:
    """Libraries print to the same output; what is not ours is passed over."""
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
