"""Step a job and show its progress, with the time left, on the terminal."""

from __future__ import annotations

import sys
from typing import TypeVar

from tqdm import tqdm

from ..core.progress import Job

Result = TypeVar("Result")


def run_with_bar(job: Job[Result]) -> Result:
    """Run a job to its end; one bar per stage on stderr. A stop closes the job first."""
    bar: tqdm[None] | None = None
    stage = None
    try:
        while True:
            progress = next(job)
            if progress.stage != stage:
                if bar is not None:
                    bar.close()
                stage = progress.stage
                bar = tqdm(total=progress.total or None, desc=f"{stage:>9}", file=sys.stderr)
            assert bar is not None
            bar.total = progress.total or None
            bar.set_postfix_str(progress.message, refresh=False)
            bar.update(progress.done - bar.n)
    except StopIteration as stop:
        result: Result = stop.value
        return result
    finally:
        job.close()
        if bar is not None:
            bar.close()
