"""The book that is kept of a shot's stages: what is still valid, and what was run in what time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from .errors import EvpError
from .progress import Job, Progress
from .provenance import STATEMENT
from .report import Report, StageReport, peak_memory_mb
from .shot import Shot

Record = TypeVar("Record")


class StageBook:
    """Runs stages where they must be run, and notes each for the report."""

    def __init__(self, shot: Shot) -> None:
        """An empty book for a shot's folder."""
        self.shot = shot
        self.report = Report(STATEMENT)

    def kept(
        self, name: str, key: str, record_type: type[Record], run: Callable[[], Job[Record]]
    ) -> Job[Record]:
        """Read a stage's record back where it was made from ``key``, else run and keep it."""
        started = time.monotonic()
        stored = self._stored(name, key, record_type)
        if stored is not None:
            yield Progress(name, 1, 1, "still valid")
            record = stored
        else:
            record = yield from run()
            self.shot.save(name, record, key)
        self._note_time(name, started, reused=stored is not None)
        return record

    def timed(self, name: str, job: Job[Record]) -> Job[Record]:
        """Step a stage that knows by itself what is still valid; note whether it did anything."""
        started = time.monotonic()
        worked = False
        try:
            while True:
                progress = next(job)
                worked = worked or progress.total > 0
                yield progress
        except StopIteration as stop:
            result: Record = stop.value
        finally:
            job.close()
        self._note_time(name, started, reused=not worked)
        return result

    def flag(self, reason: str, numbers: Sequence[int]) -> None:
        """Name frames that the user should look at."""
        if numbers:
            self.report.flagged_frames[reason] = list(numbers)

    def note(self, sentence: str | None) -> None:
        """Say something to the user, once."""
        if sentence is not None and sentence not in self.report.notes:
            self.report.notes.append(sentence)

    def _stored(self, name: str, key: str, record_type: type[Record]) -> Record | None:
        """The stage's record where it is still valid; a damaged one is made again."""
        if not self.shot.has(name, key):
            return None
        try:
            return self.shot.load(name, record_type)
        except EvpError:
            return None

    def _note_time(self, name: str, started: float, reused: bool) -> None:
        seconds = round(time.monotonic() - started, 3)
        self.report.stages.setdefault(name, StageReport(seconds, peak_memory_mb(), reused))
