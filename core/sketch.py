"""The edge map: Canny edges of the plate outside the face, the face sketch inside (paper, 3.4)."""

from __future__ import annotations

import cv2
import numpy as np

from .face.topology import FACE_OVAL, SKETCH, evp106
from .records import EdgeMap, FloatArray
from .warp import SHIFT, polygon

CANNY_LOW, CANNY_HIGH = 60, 140
LINE_WIDTH = 1 / 170
"""Width of a drawn line, as a share of the crop."""


def sketch(crop: FloatArray, landmarks: FloatArray) -> EdgeMap:
    """Draw the edge map of one frame in its crop.

    Coordinates stay fractional: rounding a landmark to a pixel makes the drawn face tremble.

    Args:
        crop: (S, S, 3) the plate's frame, 0..1.
        landmarks: (478, 2) the new face, crop pixels.
    """
    size = len(crop)
    grey = cv2.cvtColor(np.clip(crop, 0, 1).astype(np.float32), cv2.COLOR_RGB2GRAY)
    grey = cv2.GaussianBlur(grey, (0, 0), size / 200)
    edges = cv2.Canny(np.rint(grey * 255).astype(np.uint8), CANNY_LOW, CANNY_HIGH)
    face = polygon(landmarks[list(FACE_OVAL)], size)
    canvas = np.zeros((size, size), dtype=np.uint8)
    points = evp106(np.asarray(landmarks, dtype=np.float64))
    lines = [np.rint((points[list(line)] - 0.5) * (1 << SHIFT)).astype(np.int32) for line in SKETCH]
    width = max(1, round(size * LINE_WIDTH))
    cv2.polylines(canvas, lines, False, (255,), width, cv2.LINE_AA, SHIFT)
    outside = edges.astype(np.float32) / 255.0 * (1.0 - face)
    return EdgeMap(np.maximum(outside, canvas.astype(np.float32) / 255.0), face)
