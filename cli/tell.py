"""What a run's report says to its user, on stdout."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.report import Report


def tell(report: Report) -> None:
    """Print the flagged frames and the notes."""
    for reason, numbers in report.flagged_frames.items():
        print(f"{len(numbers)} frames {reason}: {spans(numbers)}")
    for note in report.notes:
        print(note)


def spans(numbers: Sequence[int]) -> str:
    """Ascending frame numbers in short: ``1-3, 7``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
