"""Compare a mouth that was made with a recorded one: at their best lag, about their mean faces."""

from __future__ import annotations

import numpy as np

from .records import FloatArray, PixelArray
from .solve_shapes import LIPS

LONGEST_LAG = 8
"""Frames searched to each side for the lag between sound and picture."""


def at_lag(truth: PixelArray, made: PixelArray, lag: int) -> tuple[PixelArray, PixelArray]:
    """Put what was made ``lag`` frames earlier beside the truth; both lose the frames without."""
    if lag >= 0:
        return truth[: len(truth) - lag], made[lag:]
    return truth[-lag:], made[:lag]


def correlation(truth: FloatArray, made: FloatArray) -> float:
    """Pearson's r over the frames where both are known; 0 where one does not move."""
    known = np.isfinite(truth) & np.isfinite(made)
    if known.sum() < 3 or truth[known].std() < 1e-9 or made[known].std() < 1e-9:
        return 0.0
    return float(np.corrcoef(truth[known], made[known])[0, 1])


def best_lag(made: FloatArray, truth: FloatArray) -> tuple[int, float]:
    """The lag at which two curves correlate best, and the correlation there."""
    longest = min(LONGEST_LAG, max(0, len(truth) - 10))
    lags = range(-longest, longest + 1)
    found = [correlation(*at_lag(truth, made, lag)) for lag in lags]
    best = int(np.argmax(found))
    return lags[best], found[best]


def between_frames(made: FloatArray, truth: FloatArray, lag: int) -> float:
    """The best lag as a fraction of frames: the top of the parabola through its neighbours."""
    before, best, after = (correlation(*at_lag(truth, made, lag + step)) for step in (-1, 0, 1))
    bend = before - 2.0 * best + after
    return lag if bend > -1e-9 else lag + float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))


def distances(truth: FloatArray, made: FloatArray) -> tuple[float, float, float, float]:
    """M-LD, F-LD, M-LVD, F-LVD in metres of two clips (T, 478, 2) about their mean faces."""
    known = np.isfinite(truth[:, 0, 0])
    both = known[1:] & known[:-1]
    error = (truth - truth[known].mean(axis=0)) - (made - made[known].mean(axis=0))
    place = np.linalg.norm(error[known], axis=-1)
    speed = np.linalg.norm(np.diff(error, axis=0)[both], axis=-1)
    lips = list(LIPS)
    return (
        float(place[:, lips].mean()),
        float(place.mean()),
        float(speed[:, lips].mean()),
        float(speed.mean()),
    )
