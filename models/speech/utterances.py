"""An utterance as the networks hear it, and the windows and statistics cut from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.records import BoolArray, FloatArray, IntArray
from ...core.speech_features import ROW_RATE, window_indices
from .encoders import HEARD_ROWS
from .listener import HOP_SECONDS

HEARD_RATE = round(1 / HOP_SECONDS)
ROWS_PER_HEARD = ROW_RATE // HEARD_RATE
PRIOR_ROWS = 25
"""Half a second of the average voice is mixed into an utterance's own mean: a word is no voice."""

BLOCK = 512
"""Rows worked on at a time: what is held for a long speech is its features, not their copies."""


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


def voice_shift(rows: FloatArray, active: BoolArray, average: FloatArray) -> FloatArray:
    """How far an utterance's mean lies from the average voice; less where little is said: (C,).

    Args:
        rows: (M, C) features.
        active: (M,) rows in which somebody speaks.
        average: (C,) mean of the training data.
    """
    heard = np.flatnonzero(active if active.any() else ~active)
    total = PRIOR_ROWS * average.astype(np.float64)
    for first in range(0, len(heard), BLOCK):
        total += rows[heard[first : first + BLOCK]].sum(axis=0, dtype=np.float64)
    shift: FloatArray = (total / (len(heard) + PRIOR_ROWS) - average).astype(np.float32)
    return shift


def centre(rows: FloatArray, active: BoolArray, average: FloatArray) -> FloatArray:
    """Take the utterance's own mean off (see ``voice_shift``): (M, C) float32."""
    return rows.astype(np.float32) - voice_shift(rows, active, average)


def rows_at(rows: FloatArray, times: FloatArray) -> FloatArray:
    """Rows (N, C) at 50 a second, between them at times (...): (..., C); the ends repeat."""
    place = np.clip(np.asarray(times) * HEARD_RATE, 0, len(rows) - 1)
    low = np.minimum(place.astype(int), max(0, len(rows) - 2))
    part = (place - low)[..., None].astype(np.float32)
    between: FloatArray = (1 - part) * rows[low] + part * rows[np.minimum(low + 1, len(rows) - 1)]
    return between


def heard_indices(times: FloatArray, rows: int) -> IntArray:
    """Listener rows of each frame's window, clipped to the sound: (T, 14)."""
    indices: IntArray = np.minimum(
        window_indices(times, rows * ROWS_PER_HEARD)[:, ::ROWS_PER_HEARD] // ROWS_PER_HEARD,
        rows - 1,
    )
    return indices[:, :HEARD_ROWS]


def statistics(heard: Heard, rows: slice = slice(None)) -> FloatArray:
    """Mean and standard deviation of the active rows of both layers: (1536,).

    Args:
        heard: the utterance.
        rows: a piece of it, on the listener's rows.
    """
    active = heard.active_heard[rows]
    joined: list[FloatArray] = []
    for layer in (heard.emotion[rows], heard.content[rows]):
        spoken = (layer[active] if active.any() else layer).astype(np.float32)
        joined += [spoken.mean(axis=0), spoken.std(axis=0)]
    return np.concatenate(joined)


def moving_statistics(
    rows: FloatArray, active: BoolArray, times: FloatArray, seconds: float
) -> FloatArray:
    """Statistics over a stretch around each time, in which silence does not count.

    Args:
        rows: (N, C) features.
        active: (N,) rows in which somebody speaks.
        times: (T,) seconds.
        seconds: length of active speech to gather around each time.

    Returns:
        (T, 2 C).
    """
    spoken = np.flatnonzero(active)
    half = max(1, round(0.5 * seconds * HEARD_RATE))
    length = min(2 * half, len(spoken))
    before = np.concatenate([[0], np.cumsum(active)])
    row = np.clip(np.round(np.asarray(times) * HEARD_RATE).astype(int), 0, len(rows))
    first = np.clip(before[row] - half, 0, len(spoken) - length)
    joined = np.empty((len(first), 2 * rows.shape[1]), np.float32)
    for begin in range(0, len(first), BLOCK):
        at = first[begin : begin + BLOCK]
        stretch = rows[spoken[at.min() : at.max() + length]].astype(np.float64)
        at = at - at.min()
        sums = _sums(stretch)
        mean = (sums[at + length] - sums[at]) / length
        squares = _sums(stretch**2)
        variance = (squares[at + length] - squares[at]) / length - mean**2
        deviation = np.sqrt(np.maximum(variance, 0.0))
        joined[begin : begin + BLOCK] = np.concatenate([mean, deviation], axis=1)
    return joined


def _sums(rows: FloatArray) -> FloatArray:
    """Sums of the first 0, 1, ... rows."""
    return np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
