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

TOUCHING = -0.0003
"""Lip gap, metres, of lips that touch."""

BITTEN = 0.0012
"""Lip gap of a lower lip at the upper teeth."""

APART = 0.0015
"""Lip gap that the middle of a vowel has at least."""

BURST = 0.4
"""Share of a p or b at its end in which the lips part already."""

RISE = 0.06
"""Seconds in which the lips come together, and part."""

UNSURE, SURE = 0.1, 0.4
"""Certainty up to which a sound does not count, and from which it counts in full."""

BITE = {"mouthRollLower": 0.5, "mouthUpperUpLeft": 0.2, "mouthUpperUpRight": 0.2}
ROUND = {"mouthPucker": 0.35, "mouthFunnel": 0.2}
"""ARKit weights that a bite and a rounding show at least."""


@dataclass(frozen=True)
class ScriptLips:
    """What the script asks of the lips in every frame, 0..1 each.

    Attributes:
        together: (T,) they touch.
        bite: (T,) the lower one is at the teeth.
        round: (T,) they are forward.
        apart: (T,) they do not touch.
        spoken: (T,) whether the script speaks; where it does the listener's own cue is not asked.
    """

    together: FloatArray
    bite: FloatArray
    round: FloatArray
    apart: FloatArray
    spoken: BoolArray


def script_lips(script: SpokenSounds, times: FloatArray, rate: float) -> ScriptLips:
    """What a laid script asks of the lips at times (T,) of a plate with so many frames a second."""
    sure = np.clip((script.certainty - UNSURE) / (SURE - UNSURE), 0.0, 1.0)

    def asked(names: tuple[str, ...], rise: float, burst: float = 0.0) -> FloatArray:
        chosen = np.isin(script.sounds, [SOUND_INDEX[name] for name in names])
        start, end = script.start[chosen], script.end[chosen]
        return _envelope(times, start, end - burst * (end - start), sure[chosen], rise, 1.0 / rate)

    stops = asked(LIPS_TOGETHER[:1], RISE, BURST)
    together = np.maximum(stops, asked(LIPS_TOGETHER[1:], RISE))
    bite = asked(TEETH_ON_LIP, RISE)
    open_sounds = asked(VOWELS, 0.0)
    first, last = script.start[0], script.end[-1]
    return ScriptLips(
        together=together,
        bite=np.minimum(bite, 1.0 - together),
        round=asked(ROUNDED, 2.0 * RISE) * (1.0 - together),
        apart=open_sounds * (1.0 - np.maximum(together, bite)),
        spoken=(times >= first) & (times <= last),
    )


def shaped_gaps(gaps: FloatArray, lips: ScriptLips) -> FloatArray:
    """Lip gaps (T, 3), metres, as the script asks."""
    gaps = gaps + lips.bite[:, None] * (BITTEN - gaps)
    gaps = np.maximum(gaps, APART * lips.apart[:, None])
    shaped: FloatArray = gaps + lips.together[:, None] * (np.minimum(gaps, TOUCHING) - gaps)
    return shaped


def asked_shapes(lips: ScriptLips) -> FloatArray:
    """ARKit weights (T, 52) that the face shows at least."""
    asked = np.zeros((len(lips.bite), len(SHAPE_NAMES)))
    for strength, shapes in ((lips.bite, BITE), (lips.round, ROUND)):
        for name, weight in shapes.items():
            asked[:, SHAPE_INDEX[name]] = weight * strength
    return asked


def _envelope(
    times: FloatArray,
    start: FloatArray,
    end: FloatArray,
    height: FloatArray,
    rise: float,
    frame: float,
) -> FloatArray:
    """The highest of some stretches at each time: level in them, a cosine's slope beside them.

    A stretch shorter than a frame is as long as one, so that no frame misses it.
    """
    highest = np.zeros(len(times))
    middle, half = 0.5 * (start + end), np.maximum(0.5 * (end - start), 0.5 * frame)
    for at, reach, level in zip(middle, half, height, strict=True):
        first, last = np.searchsorted(times, (at - reach - rise, at + reach + rise))
        outside = np.maximum(np.abs(times[first:last] - at) - reach, 0.0)
        slope = 0.5 + 0.5 * np.cos(np.pi * outside / rise) if rise > 0 else 1.0 * (outside == 0.0)
        highest[first:last] = np.maximum(highest[first:last], level * slope)
    return highest
