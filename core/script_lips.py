"""What the lips must do for the sounds of a transcript, whatever the network heard.

Where the script is sure of a sound that the lips show, they show it: together in b, m and p, the
lower one at the teeth in f and v, forward in rounded sounds, at rest in silence, and apart in
vowels. Everywhere else the network's mouth stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arkit import SHAPE_INDEX, SHAPE_NAMES
from .records import BoolArray, FloatArray, SpokenSounds
from .speech_sounds import LIPS_TOGETHER, ROUNDED, SOUND_INDEX, TEETH_ON_LIP, VOWELS

TOUCHING, BITTEN, APART = -0.0006, 0.0016, 0.001
"""Lip gaps, metres: at most in a closure, at most with the lower lip at the teeth, at least in the
middle of a vowel."""

MEETING = 0.02
"""Seconds for which a sound is heard before its lips have met, and after they have parted."""

SPEED = 0.15
"""Metres a second at which lips meet and part around a closure."""

RISE = 0.06
"""Seconds in which lips take a shape, and leave it."""

NEAR = 0.15
"""Seconds beside a sound beyond which it asks nothing; a sound that is unsure is so far away."""

AROUND = 0.25
"""Seconds around a sound in which the script must fit: one sound alone is easily misheard."""

UNSURE, SURE = 0.2, 0.45
"""Certainty around a sound up to which it does not count, and from which it counts in full."""

BITE = {"mouthRollLower": 0.6, "mouthUpperUpLeft": 0.35, "mouthUpperUpRight": 0.35}
ROUND = {"mouthPucker": 0.25, "mouthFunnel": 0.12}
"""ARKit weights that a bite and a rounding show at least."""


@dataclass(frozen=True)
class ScriptLips:
    """What the script asks of the lips in every frame.

    Attributes:
        ceiling, floor: (T,) metres between which the lip gap is.
        bite: (T,) 0..1, the lower lip is at the teeth.
        round: (T,) 0..1, the lips are forward.
        spoken: (T,) whether the script speaks; there, closures that were heard do not count.
    """

    ceiling: FloatArray
    floor: FloatArray
    bite: FloatArray
    round: FloatArray
    spoken: BoolArray


def script_lips(script: SpokenSounds, times: FloatArray, rate: float) -> ScriptLips:
    """What a laid script asks of the lips at times (T,) of a plate with so many frames a second."""
    middle, half = 0.5 * (script.start + script.end), 0.5 * (script.end - script.start)
    sure = np.clip((_fit_around(script, middle, half) - UNSURE) / (SURE - UNSURE), 0.0, 1.0)
    # A sound shorter than a frame is as long as one, so that no frame misses it.
    held = np.maximum(half - MEETING, 0.5 / rate)

    def beside(names: tuple[str, ...], reach: FloatArray) -> FloatArray:
        """Seconds (T,) from each frame to the nearest of these sounds."""
        chosen = np.isin(script.sounds, [SOUND_INDEX[name] for name in names])
        return _outside(times, middle[chosen], reach[chosen], sure[chosen])

    together = TOUCHING + SPEED * beside(LIPS_TOGETHER, held)
    bitten = BITTEN + SPEED * beside(TEETH_ON_LIP, held)
    open_sounds = beside(VOWELS, half - MEETING) <= 0.0
    ceiling = np.minimum(together, bitten)
    return ScriptLips(
        ceiling=ceiling,
        floor=np.where(open_sounds & (ceiling > APART), APART, -np.inf),
        bite=np.where(together > BITTEN, _rise(beside(TEETH_ON_LIP, held), RISE), 0.0),
        round=np.where(together > BITTEN, _rise(beside(ROUNDED, half), 2.0 * RISE), 0.0),
        spoken=(times >= script.start[0]) & (times <= script.end[-1]),
    )


def shaped_gaps(gaps: FloatArray, lips: ScriptLips) -> FloatArray:
    """Lip gaps (T, 3), metres, as the script asks."""
    return np.clip(gaps, lips.floor[:, None], lips.ceiling[:, None])


def asked_shapes(lips: ScriptLips) -> FloatArray:
    """ARKit weights (T, 52) that the face shows at least."""
    asked = np.zeros((len(lips.bite), len(SHAPE_NAMES)))
    for strength, shapes in ((lips.bite, BITE), (lips.round, ROUND)):
        for name, weight in shapes.items():
            asked[:, SHAPE_INDEX[name]] = weight * strength
    return asked


def _fit_around(script: SpokenSounds, middle: FloatArray, half: FloatArray) -> FloatArray:
    """Mean certainty (P,) of what is spoken around each sound."""
    fits = np.empty(len(middle))
    for place, at in enumerate(middle):
        first, last = np.searchsorted(middle, (at - 3.0 * AROUND, at + 3.0 * AROUND))
        near = np.exp(-0.5 * ((middle[first:last] - at) / AROUND) ** 2) * half[first:last]
        fits[place] = np.average(script.certainty[first:last], weights=near)
    return fits


def _outside(
    times: FloatArray, middle: FloatArray, half: FloatArray, sure: FloatArray
) -> FloatArray:
    """Seconds (T,) from each time to the nearest stretch; unsure ones are farther away."""
    nearest = np.full(len(times), np.inf)
    for at, reach, certainty in zip(middle, half, sure, strict=True):
        far = NEAR * (1.0 - certainty)
        first, last = np.searchsorted(times, (at - reach - NEAR, at + reach + NEAR))
        outside = np.maximum(np.abs(times[first:last] - at) - reach, 0.0) + far
        nearest[first:last] = np.minimum(nearest[first:last], outside)
    return nearest


def _rise(outside: FloatArray, seconds: float) -> FloatArray:
    """1 at a sound, 0 so many seconds beside it, a cosine's slope between."""
    slope: FloatArray = 0.5 + 0.5 * np.cos(np.pi * np.minimum(outside / seconds, 1.0))
    return slope
