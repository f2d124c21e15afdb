"""The inside of a warped mouth that closes: teeth give way to the dark line between lips.

The warp squeezes the teeth of an open mouth into what opening is left; real lips cover them, and
less light gets in.
"""

from __future__ import annotations

import numpy as np

from .crop import SIDE
from .ease import ease
from .face.topology import LIP_PAIRS, LIPS_INNER
from .mouth_bank import grow, soften
from .records import FloatArray
from .warp import polygon

NEARLY_CLOSED = 0.045
"""Gap between the lips, in inter-ocular distances, from which their line takes over."""

LINE = 0.45
"""Brightness of the line between closed lips, as a share of the lips' own."""


def close_lips(texture: FloatArray, source: FloatArray, new: FloatArray) -> FloatArray:
    """Darken the inside of a mouth that is nearly closed and was not on the plate.

    Args:
        texture: (S, S, 3) the plate's frame warped to the new face.
        source: (478, 2) the plate's own face, crop pixels.
        new: (478, 2) the new face, crop pixels.

    Returns:
        (S, S, 3), ``texture`` itself where nothing closes.
    """
    size = len(texture)
    unit = size / SIDE
    gap, was = _gap(new) / unit, _gap(source) / unit
    amount = float((1.0 - ease(gap / NEARLY_CLOSED)) * ease((was - gap) / NEARLY_CLOSED))
    if amount <= 0.0:
        return texture
    inner = new[list(LIPS_INNER)]
    inside, near, far = (
        soften(polygon(grow(inner, reach * unit), size), blur * unit)[..., None]
        for reach, blur in ((0.008, 0.006), (0.02, 0.01), (0.05, 0.01))
    )
    ring = np.clip(far - near, 0.0, 1.0)
    lips = (texture * ring).sum(axis=(0, 1)) / (float(ring.sum()) + 1e-6)
    closed: FloatArray = texture + np.float32(amount) * inside * (LINE * lips - texture)
    return closed


def _gap(landmarks: FloatArray) -> float:
    """Mean distance between the upper and the lower lip's inner edge, pixels."""
    upper, lower = np.array(LIP_PAIRS).T
    return float(np.linalg.norm(landmarks[upper] - landmarks[lower], axis=1).mean())
