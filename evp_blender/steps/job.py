"""The one long job that may run, and its state for panels and the status bar."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import bpy

from ...core.progress import Job, Progress


@dataclass
class RunningJob:
    """A generator being stepped.

    Attributes:
        label: what the user started.
        generator: yields ``Progress``.
        progress: the last one.
        started: clock at the start of the running stage.
        cancel: set when the user wants it stopped.
        has_window: whether a user looks at a window that must not be held up.
    """

    label: str
    generator: Job[Any]
    progress: Progress = field(default_factory=lambda: Progress("start", 0, 0))
    started: float = field(default_factory=time.monotonic)
    cancel: bool = False
    has_window: bool = False

    def step(self, seconds: float) -> bool:
        """Work for about so long; whether the job is finished.

        Raises:
            EvpError: the job failed.
        """
        end = time.monotonic() + seconds
        while True:
            try:
                progress = next(self.generator)
            except StopIteration:
                return True
            if progress.stage != self.progress.stage:
                self.started = time.monotonic()
            self.progress = progress
            if self.cancel or time.monotonic() >= end:
                return False

    @property
    def seconds_left(self) -> float | None:
        """Time left of the running stage by its pace so far; None where it cannot be told."""
        share = self.progress.fraction
        if share <= 0.0:
            return None
        return (time.monotonic() - self.started) * (1.0 - share) / share

    @property
    def title(self) -> str:
        """What is being done, e.g. ``Build Scene: track, frame 4``."""
        words = dict.fromkeys(word for word in (self.progress.stage, self.progress.message) if word)
        return f"{self.label}: {', '.join(words)}" if words else self.label

    @property
    def pace(self) -> str:
        """How far it is and how long it takes, e.g. ``4/60, 12 s left``."""
        words = []
        if self.progress.total:
            words.append(f"{self.progress.done}/{self.progress.total}")
        left = self.seconds_left
        if left is not None:
            words.append(f"{left:.0f} s left")
        return ", ".join(words)

    @property
    def text(self) -> str:
        """One line for the status bar."""
        return "  ".join(part for part in (self.title, self.pace) if part)


_running: RunningJob | None = None
_last_error = ""


def running_job() -> RunningJob | None:
    """The job that runs now."""
    return _running


def last_error() -> str:
    """What the last job failed with; empty where it did not."""
    return _last_error


def start_job(label: str, generator: Job[Any], has_window: bool = False) -> RunningJob:
    """Make a job the running one."""
    global _running, _last_error
    end_job()
    _last_error = ""
    _running = RunningJob(label, generator, has_window=has_window)
    return _running


def end_job(error: str = "") -> None:
    """Close the running job: a generator that is closed leaves finished frames whole."""
    global _running, _last_error
    job, _running = _running, None
    if error:
        _last_error = error
    if job is not None:
        job.generator.close()


@bpy.app.handlers.persistent
def _end_before_loading(*_: object) -> None:
    end_job()


def register() -> None:
    """End a job before another file replaces the scene it works on."""
    bpy.app.handlers.load_pre.append(_end_before_loading)


def unregister() -> None:
    """End the job and take the handler away."""
    end_job()
    if _end_before_loading in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_end_before_loading)
