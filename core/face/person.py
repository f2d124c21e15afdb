"""Choose a person among the faces of a frame, and keep to that person in the frames that follow."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..records import FloatArray, PixelArray
from .landmarker import Detection

FARTHEST_STEP = 0.9
"""How far a face may move between two frames, inter-ocular distances; grows while it is lost."""

STEP_GROWTH = 0.15
APPEARANCE_WEIGHT = 0.8
LEAST_LIKENESS = 0.35


def choose_person(
    faces: Sequence[Detection], number: int | None, click: tuple[float, float] | None
) -> Detection | None:
    """The face asked for: by number from the left, by a position on it, or the largest."""
    if click is not None:
        distances = [
            np.linalg.norm(face.centre - click) / max(face.eye_distance, 1.0) for face in faces
        ]
        nearest = int(np.argmin(distances))
        return faces[nearest] if distances[nearest] < 1.5 else None
    if number is not None:
        ordered = sorted(faces, key=lambda face: float(face.centre[0]))
        return ordered[number] if 0 <= number < len(ordered) else None
    return max(faces, key=lambda face: face.eye_distance)


class PersonFollower:
    """Follows a face by where it should be next and by what it looks like."""

    def __init__(self, face: Detection, pixels: PixelArray) -> None:
        """Begin with the chosen face of a frame (H, W, 3), uint8 RGB."""
        self._centre = face.centre
        self._velocity = np.zeros(2)
        self._size = face.eye_distance
        self._look = _appearance(face, pixels)
        self._missed = 0

    def follow(self, faces: Sequence[Detection], pixels: PixelArray) -> Detection | None:
        """The person's face among those of the next frame; None where it is not there."""
        expected = self._centre + self._velocity * min(self._missed + 1, 5)
        reach = FARTHEST_STEP + STEP_GROWTH * self._missed
        best: Detection | None = None
        best_look = self._look
        best_cost = np.inf
        for face in faces:
            distance = float(np.linalg.norm(face.centre - expected)) / max(self._size, 1.0)
            growth = abs(np.log(max(face.eye_distance, 1.0) / max(self._size, 1.0)))
            look = _appearance(face, pixels)
            likeness = float(np.minimum(look, self._look).sum())
            if distance > reach or growth > 0.7 or likeness < LEAST_LIKENESS:
                continue
            cost = distance + growth + APPEARANCE_WEIGHT * (1.0 - likeness)
            if cost < best_cost:
                best, best_look, best_cost = face, look, cost
        if best is None:
            self._missed += 1
            return None
        step = (best.centre - self._centre) / (self._missed + 1)
        self._velocity = 0.5 * self._velocity + 0.5 * step
        self._centre, self._size = best.centre, best.eye_distance
        self._look = 0.9 * self._look + 0.1 * best_look
        self._missed = 0
        return best


def _appearance(face: Detection, pixels: PixelArray) -> FloatArray:
    """Histogram of hue and saturation over the face, (128,), sums to one."""
    low = np.floor(face.landmarks[:, :2].min(axis=0)).astype(int)
    high = np.ceil(face.landmarks[:, :2].max(axis=0)).astype(int)
    left, top = np.maximum(low, 0)
    right, bottom = np.minimum(high, (pixels.shape[1], pixels.shape[0]))
    if right - left < 2 or bottom - top < 2:
        return np.full(128, 1 / 128)
    step = max(1, (bottom - top) // 48)
    patch = np.ascontiguousarray(pixels[top:bottom:step, left:right:step])
    colours = cv2.cvtColor(patch, cv2.COLOR_RGB2HSV)
    histogram = cv2.calcHist([colours], [0, 1], None, [16, 8], [0, 180, 0, 256]).ravel()
    normalised: FloatArray = histogram / max(float(histogram.sum()), 1.0)
    return normalised
