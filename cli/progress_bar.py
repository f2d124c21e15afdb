"""Step a job and show its progress, with the time left: on a terminal, or to a farm's scheduler."""

from __future__ import annotations

import sys
from typing import TypeVar

from tqdm import tqdm

from ..core.pipeline import STAGES
from ..core.progress import Job, Progress

Result = TypeVar("Result")

SECONDS_BETWEEN_LINES = 10.0
"""Where there is no terminal a bar is a line in a log."""


def run_with_bar(job: Job[Result], farm: bool = False) -> Result:
    """Run a job to its end; a stop closes the job first.

    Args:
        job: what to run.
        farm: print Open Job Description's ``openjd_progress`` lines instead of bars.
    """
    show = _FarmLines() if farm else _Bars()
    try:
        while True:
            show.update(next(job))
    except StopIteration as stop:
        result: Result = stop.value
        return result
    finally:
        job.close()
        show.close()


class _Bars:
    """One bar per stage on stderr."""

    def __init__(self) -> None:
        self._stage: str | None = None
        self._bar: tqdm[None] | None = None

    def update(self, progress: Progress) -> None:
        if self._bar is None or progress.stage != self._stage:
            self.close()
            self._stage = progress.stage
            self._bar = tqdm(
                desc=f"{progress.stage:>9}",
                file=sys.stderr,
                mininterval=0.1 if sys.stderr.isatty() else SECONDS_BETWEEN_LINES,
            )
        self._bar.total = progress.total or None
        self._bar.set_postfix_str(progress.message, refresh=False)
        self._bar.update(progress.done - self._bar.n)
        if progress.note:
            tqdm.write(f"evp: {progress.note}", file=sys.stderr)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class _FarmLines:
    """The share of all stages, whole per cents, on stdout."""

    def __init__(self) -> None:
        self._last = -1

    def update(self, progress: Progress) -> None:
        done = STAGES.index(progress.stage) if progress.stage in STAGES else 0
        percent = int(100 * (done + progress.fraction) / len(STAGES))
        if percent > self._last:
            self._last = percent
            print(f"openjd_progress: {percent}", flush=True)

    def close(self) -> None:
        """Nothing is open."""
