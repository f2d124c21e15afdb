"""How much detail a mouth has, and how much of it a rendered one is given.

The mean of many mouths is softer than any of them. How much detail there should be is known: as
much as the mouths have that it is made of.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .crop import NETWORK_SIZE, SIDE
from .face.topology import LIPS_OUTER
from .records import FloatArray

LEVELS = (0.8, 2.0)
"""The least and the most that detail is multiplied by: what is not there cannot be made."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, whole pixels."""


@dataclass(frozen=True)
class MouthDetail:
    """The detail that a mouth should have.

    Attributes:
        box: around its lips, crop pixels.
        energy: mean squared Laplacian of the brightness in there.
    """

    box: Box
    energy: float


def mouth_box(landmarks: FloatArray, size: int = NETWORK_SIZE, margin: float = 0.1) -> Box:
    """Left, top, right, bottom around the lips of (478, 2) crop landmarks, whole pixels."""
    lips = landmarks[list(LIPS_OUTER)]
    low = np.clip(np.floor(lips.min(axis=0) - margin * size / SIDE), 0, size - 2).astype(int)
    high = np.clip(np.ceil(lips.max(axis=0) + margin * size / SIDE), low + 1, size).astype(int)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def detail_energy(picture: FloatArray, box: Box) -> float:
    """Mean squared Laplacian of the brightness of a picture (S, S, 3) in a box."""
    return float(np.square(_laplacian(picture, box)).mean())


def detail_level(rest: FloatArray, fine: FloatArray, wanted: MouthDetail) -> float:
    """How many times ``fine`` gives ``rest + level * fine`` the wanted detail.

    Args:
        rest: (S, S, 3) the picture without the mouth's detail.
        fine: (S, S, 3) that detail.
        wanted: the detail that there should be.
    """
    one, other = _laplacian(rest, wanted.box), _laplacian(fine, wanted.box)
    square, mixed = float((other**2).mean()), float((one * other).mean())
    if square < 1e-12:
        return 1.0
    missing = wanted.energy - float((one**2).mean())
    level = (np.sqrt(max(mixed**2 + square * missing, 0.0)) - mixed) / square
    return float(np.clip(level, *LEVELS))


def _laplacian(picture: FloatArray, box: Box) -> FloatArray:
    left, top, right, bottom = box
    around = np.s_[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1]
    grey = np.ascontiguousarray(picture[around].mean(axis=-1), dtype=np.float32)
    result: FloatArray = cv2.Laplacian(grey, cv2.CV_32F)  # type: ignore[assignment]
    below, beside = top - max(0, top - 1), left - max(0, left - 1)
    return result[below : below + bottom - top, beside : beside + right - left]
