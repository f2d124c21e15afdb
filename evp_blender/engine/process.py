"""Run stages in another Python, which stays there for the next one: importing takes seconds."""

from __future__ import annotations

import collections
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
KEPT_COMPLAINTS = 40


class Worker:
    """A Python process that runs one task after the other."""

    def __init__(self, interpreter: Path, package_folders: Sequence[Path]) -> None:
        """Start it.

        Raises:
            MissingDependencyError: that Python cannot be started.
        """
        self.made_of = (interpreter, tuple(package_folders))
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.complaints: collections.deque[str] = collections.deque(maxlen=KEPT_COMPLAINTS)
        environment = clean_environment()
        if package_folders:
            environment["PYTHONPATH"] = os.pathsep.join(str(folder) for folder in package_folders)
        try:
            self.process = subprocess.Popen(
                boot_command(interpreter, "serve"),
                stdin=subprocess.PIPE,
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
        for target in (self._read_lines, self._read_complaints):
            threading.Thread(target=target, daemon=True).start()

    @property
    def is_alive(self) -> bool:
        """Whether it takes another task."""
        return self.process.poll() is None

    def run(self, task: dict[str, Any]) -> Job[None]:
        """Send a task and follow it to its end.

        Raises:
            EvpError: what the task raised there, or that the process ended.
        """
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(task) + "\n")
            self.process.stdin.flush()
        except OSError:
            raise EvpError(self._last_words()) from None
        progress = Progress("start", 0, 0, "starting Python")
        while True:
            try:
                line = self.lines.get(timeout=POLL_SECONDS)
            except queue.Empty:
                yield progress
                continue
            if line is None:
                raise EvpError(self._last_words())
            message = _message(line)
            if "error" in message:
                kind = getattr(errors, str(message.get("kind")), EvpError)
                raise kind(message["error"])
            if "finished" in message:
                return
            if "stage" in message:
                progress = Progress(**message)
                yield progress

    def stop(self) -> None:
        """End it; finished frames are whole."""
        if self.is_alive:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()

    def _read_lines(self) -> None:
        with self.process.stdout or open(os.devnull) as stream:
            for line in stream:
                self.lines.put(line)
        self.lines.put(None)

    def _read_complaints(self) -> None:
        with self.process.stderr or open(os.devnull) as stream:
            self.complaints.extend(stream)

    def _last_words(self) -> str:
        self.process.wait(STOP_SECONDS)
        last = self.complaints[-1].strip() if self.complaints else ""
        return (
            f"The work in {self.made_of[0]} ended early: "
            f"{last or f'exit code {self.process.returncode}'}"
        )


def boot_command(interpreter: Path, *arguments: str) -> list[str]:
    """The command that starts this very package in another Python; see ``boot``."""
    boot = Path(__file__).with_name("boot.py")
    return [str(interpreter), "-P", str(boot), str(ROOT_FOLDER), *arguments]


def clean_environment() -> dict[str, str]:
    """This process's environment without what Blender set for its own Python."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


_worker: Worker | None = None


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
    global _worker
    task = _task(request)
    if (
        _worker is None
        or not _worker.is_alive
        or _worker.made_of != (interpreter, tuple(package_folders))
    ):
        stop_worker()
        _worker = Worker(interpreter, package_folders)
    try:
        yield from _worker.run(task)
    except GeneratorExit:
        stop_worker()
        raise


def stop_worker() -> None:
    """End the process, if there is one."""
    global _worker
    worker, _worker = _worker, None
    if worker is not None:
        worker.stop()


def register() -> None:
    """Nothing to do: the process starts when it is needed."""


def unregister() -> None:
    """End the process with the add-on."""
    stop_worker()


def _task(request: Request) -> dict[str, Any]:
    """Put the request where the other process finds it."""
    from ...core.settings import write_settings
    from ...core.shot import Shot
    from ...core.store import save_record

    shot = Shot.create(request.folder)
    settings_file = shot.stages / "request.json"
    write_settings(settings_file, request.settings)
    camera_file = shot.stages / "request_camera.npz"
    if request.camera is not None:
        save_record(camera_file, request.camera, "")
    return {
        "folder": str(request.folder),
        "settings": str(settings_file),
        "camera": str(camera_file) if request.camera is not None else None,
        "stage": request.stage,
        "numbers": request.numbers,
    }


def _message(line: str) -> dict[str, Any]:
    """Libraries print to the same output; what is not ours is passed over."""
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}
