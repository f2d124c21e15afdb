"""Copies of a recording as others might have said and recorded it."""

from __future__ import annotations

import numpy as np
from scipy.signal import fftconvolve, lfilter, resample_poly

from ...core.records import SAMPLE_RATE, FloatArray

SPEEDS = (0.84, 0.88, 0.92, 0.96, 1.04, 1.08, 1.13, 1.19)
"""Factors on pitch, formants and pace together, as of smaller and larger speakers."""

COLOUR = (0.5, 0.3)
"""Greatest zero and pole of the microphone's first-order filter."""

ROOM_SECONDS = (0.1, 0.3)
ROOM_LEVEL = (0.01, 0.05)
NOISE_BELOW = (12.0, 40.0)
"""Decibels by which the noise lies below the speech."""


def vary_sound(samples: FloatArray, random: np.random.Generator) -> tuple[FloatArray, float]:
    """A resampled, coloured and noisy copy, in half of the cases with a room's echo.

    Args:
        samples: (N,) mono sound at 16 kHz.
        random: what is drawn from.

    Returns:
        The copy (N / speed,) and how much faster than the original it is.
    """
    speed = float(random.choice(SPEEDS))
    made = resample_poly(samples.astype(np.float64), 100, round(100 * speed))
    zero, pole = (random.uniform(-most, most) for most in COLOUR)
    made = lfilter([1.0, zero], [1.0, pole], made)
    if random.random() < 0.5:
        length = int(SAMPLE_RATE * random.uniform(*ROOM_SECONDS))
        fading = np.exp(-6.9 * np.arange(length) / length)
        room = random.standard_normal(length) * fading * random.uniform(*ROOM_LEVEL)
        room[0] = 1.0
        made = fftconvolve(made, room)[: len(made)]
    level = float(made.std()) * 10 ** (-random.uniform(*NOISE_BELOW) / 20)
    noisy: FloatArray = (made + level * random.standard_normal(len(made))).astype(np.float32)
    return noisy, speed
