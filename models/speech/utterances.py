"""An utterance as the networks hear it, and the windows and statistics cut from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.records import BoolArray, FloatArray, IntArray
from ...core.speech_features import ROW_RATE, window_indices
from .encoders import HEARD_ROWS
from .listener import HOP_SECONDS, WIDTH

HEARD_RATE = round(1 / HOP_SECONDS)
ROWS_PER_HEARD = ROW_RATE // HEARD_RATE
PRIOR_ROWS = 25
"""Half a second of the average voice is mixed into an utterance's own mean: a word is no voice."""


@dataclass(frozen=True)
class Heard:
    """One utterance, analysed.

    Attributes:
        mfcc: (M, 12) rows, one every 10 ms.
        content: (N, 384) the listener's last features, one every 20 ms.
        emotion: (N, 384) the listener's earlier features, in which the voice can still be heard.
        active: (M,) whether somebody speaks.
    """

    mfcc: FloatArray
    content: FloatArray
    emotion: FloatArray
    active: BoolArray

    @property
    def active_heard(self) -> BoolArray:
        """(N,) whether somebody speaks, on the listener's rows."""
        return stretch_rows(self.active, len(self.content))


def stretch_rows(active: BoolArray, length: int) -> BoolArray:
    """Activity (M,) of 10 ms rows on ``length`` rows of 20 ms; all true where nobody speaks."""
    rows = active[np.minimum(np.arange(length) * ROWS_PER_HEARD, len(active) - 1)]
    return rows if rows.any() else np.ones(length, bool)


def centre(rows: FloatArray, active: BoolArray, average: FloatArray) -> FloatArray:
    """Take the utterance's mean off, drawn towards the average voice where little is said.

    Args:
        rows: (M, C) features.
        active: (M,) rows in which somebody speaks.
        average: (C,) mean of the training data.
    """
    heard = rows[active] if active.any() else rows
    prior = PRIOR_ROWS
    mean = (heard.sum(axis=0, dtype=np.float64) + prior * average) / (len(heard) + prior)
    centred: FloatArray = (rows - mean + average).astype(np.float32)
    return centred


def heard_indices(times: FloatArray, rows: int) -> IntArray:
    """Listener rows of each frame's window, clipped to the sound: (T, 14)."""
    indices: IntArray = np.minimum(
        window_indices(times, rows * ROWS_PER_HEARD)[:, ::ROWS_PER_HEARD] // ROWS_PER_HEARD,
        rows - 1,
    )
    return indices[:, :HEARD_ROWS]


def statistics(rows: FloatArray, active: BoolArray) -> FloatArray:
    """Mean and standard deviation of the active rows (N, 384): (768,)."""
    heard = (rows[active] if active.any() else rows).astype(np.float32)
    joined: FloatArray = np.concatenate([heard.mean(axis=0), heard.std(axis=0)])
    return joined


def moving_statistics(
    rows: FloatArray, active: BoolArray, times: FloatArray, seconds: float
) -> FloatArray:
    """Statistics over a stretch around each time, in which silence does not count.

    Args:
        rows: (N, 384) features.
        active: (N,) rows in which somebody speaks.
        times: (T,) seconds.
        seconds: length of active speech to gather around each time.

    Returns:
        (T, 768).
    """
    spoken = rows[active].astype(np.float64)
    half = max(1, round(0.5 * seconds * HEARD_RATE))
    sums = np.concatenate([np.zeros((1, WIDTH)), np.cumsum(spoken, axis=0)])
    squares = np.concatenate([np.zeros((1, WIDTH)), np.cumsum(spoken**2, axis=0)])
    before = np.concatenate([[0], np.cumsum(active)])
    row = np.clip(np.round(np.asarray(times) * HEARD_RATE).astype(int), 0, len(rows))
    length = min(2 * half, len(spoken))
    first = np.clip(before[row] - half, 0, len(spoken) - length)
    last = first + length
    mean = (sums[last] - sums[first]) / length
    variance = (squares[last] - squares[first]) / length - mean**2
    joined = np.concatenate([mean, np.sqrt(np.maximum(variance, 0.0))], axis=1)
    return joined.astype(np.float32)
