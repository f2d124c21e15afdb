"""Keep the outline of the face where the plate has it, so that hair and background are not dragged.

The oval of the face mesh lies on the hairline, the ears' front and the jaw. What a new expression
moves there is small, and hair that moves with it is seen at once. Only the jaw has to move.
"""

from __future__ import annotations

import cv2
import numpy as np

from .ease import ease
from .face.topology import CANONICAL, FACE_OVAL
from .records import LANDMARK_COUNT, FloatArray

DEPTH = 2.2
"""Centimetres inside the outline of the canonical face from which skin moves freely."""

JAW_TOP, JAW_BOTTOM = -5.2, -8.4
"""Heights on the canonical face, centimetres: below the corners of the mouth, where it begins to
follow, and the chin, where it follows in full."""


def _freedom() -> FloatArray:
    """(478,) how far each landmark may move from its place on the plate."""
    front = CANONICAL[:, :2].astype(np.float32)
    oval = front[list(FACE_OVAL)].reshape(-1, 1, 2)
    inside = [cv2.pointPolygonTest(oval, (float(x), float(y)), True) for x, y in front]
    skin = np.maximum(
        ease(np.array(inside) / DEPTH), ease((JAW_TOP - front[:, 1]) / (JAW_TOP - JAW_BOTTOM))
    )
    return np.concatenate([skin, np.ones(LANDMARK_COUNT - len(skin))])


FREEDOM = _freedom()


def hold_outline(plate: FloatArray, new: FloatArray) -> FloatArray:
    """New landmarks (T, 478, 2), their outline above the jaw where the plate has its own."""
    held: FloatArray = plate + FREEDOM[:, None] * (new - plate)
    return held
