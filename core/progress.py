"""What a long job yields while it works; CLI, Blender and a farm task step one generator."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True)
class Progress:
    """One step of a long job.

    Attributes:
        stage: name of the running stage, e.g. ``"track"``.
        done: finished units.
        total: all units of this stage; 0 where it cannot be known.
        message: what is being done, for a status bar; may be empty.
        note: a sentence the user should keep, told once; may be empty.
    """

    stage: str
    done: int
    total: int
    message: str = ""
    note: str = ""

    @property
    def fraction(self) -> float:
        """Share of the stage that is finished, 0..1."""
        return min(1.0, self.done / self.total) if self.total else 0.0


Result = TypeVar("Result")
Job = Generator[Progress, None, Result]
"""A generator that yields ``Progress`` and returns its result."""


def finish(job: Job[Result]) -> Result:
    """Run a job to its end and return what it returns."""
    while True:
        try:
            next(job)
        except StopIteration as stop:
            result: Result = stop.value
            return result
