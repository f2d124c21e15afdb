"""Take the detector's jitter out of a track without lagging behind the face."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..records import FloatArray, IntArray, Track
from .topology import inter_ocular_distance

_STILL = (0.14, 0.003)
_MOVING = (0.05, 0.009)
"""Standard deviation of the time window, seconds, and what is motion and not jitter: what deviates
from a smooth path by more than this share of IOD. A long window for what hardly moves, a short one
for all."""


def smooth_track(track: Track, times: FloatArray, strength: float = 1.0) -> Track:
    """The track with its jitter taken out, of what moves too: for pictures that must not tremble.

    Around each frame a parabola is laid through the landmarks of the frames near in time, so
    motion keeps its peaks; a landmark that still strays far from it keeps its own place.
    Coordinates stay continuous.

    Args:
        track: of T frames.
        times: (T,) seconds.
        strength: 0 returns the track as it is; the time window grows with it.
    """
    return _filter(track, times, strength, (_MOVING, _STILL))


def calm_track(track: Track, times: FloatArray, strength: float = 1.0) -> Track:
    """The track with the jitter of what hardly moves taken out, and all motion as it was.

    As ``smooth_track``, for a fit that weighs change over time itself.
    """
    return _filter(track, times, strength, (_STILL,))


def _filter(
    track: Track, times: FloatArray, strength: float, passes: tuple[tuple[float, float], ...]
) -> Track:
    found = np.flatnonzero(track.found)
    if strength <= 0 or len(found) < 3:
        return track
    landmarks = track.landmarks.copy()
    for rows in _runs(track, found):
        for span, jitter in passes:
            landmarks[rows] = _smooth(landmarks[rows], times[rows], span * strength, jitter)
    return replace(track, landmarks=landmarks)


def _runs(track: Track, found: IntArray) -> list[IntArray]:
    """Found frames, cut where some are missing or the plate cuts."""
    breaks = (np.diff(found) > 1) | (np.diff(track.segment[found]) != 0)
    return np.split(found, np.flatnonzero(breaks) + 1)


def _smooth(landmarks: FloatArray, times: FloatArray, span: float, jitter: float) -> FloatArray:
    result = landmarks.copy()
    size = inter_ocular_distance(landmarks)
    for index, time in enumerate(times):
        near = np.flatnonzero(np.abs(times - time) <= 3 * span)
        if len(near) < 3:
            continue
        away = times[near] - time
        weight = np.exp(-0.5 * (away / span) ** 2)
        # At the ends of a run the window is one-sided, where a parabola would overshoot.
        whole = away[0] < -span and away[-1] > span
        design = np.stack([np.ones_like(away), away / span, (away / span) ** 2], axis=1)
        design = design if whole else design[:, :2]
        normal = design.T @ (design * weight[:, None])
        filter_row = np.linalg.solve(normal, (design * weight[:, None]).T)[0]
        smooth = np.tensordot(filter_row, landmarks[near].astype(np.float64), axes=1)
        stray = np.linalg.norm((landmarks[index] - smooth)[:, :2], axis=1)
        ratio = (stray / (jitter * size[index] + 1e-9)) ** 2
        own = (ratio / (1 + ratio))[:, None]
        result[index] = own * landmarks[index] + (1 - own) * smooth
    return result
