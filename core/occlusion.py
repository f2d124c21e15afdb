"""Tell a hand or a microphone before the mouth: the lower face no longer looks like this face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .face.topology import LIPS_OUTER
from .records import BoolArray, FloatArray
from .warp import OVAL, MeshMap, displacement, polygon, rasterise, sample

SIZE = 96
"""Side of the normalised face that is compared, pixels."""

FEWEST = 8
"""With fewer frames there is no telling what the face looks like."""

HIDDEN, SEEN = 0.60, 0.70
"""Correlation with the shot's median face at which the mouth counts as hidden, and as seen.

Measured: a hand before the mouth gives .12 to .59, faces that talk and turn .73 and more.
"""


@dataclass(frozen=True)
class FaceReference:
    """What the lower face of a shot usually looks like.

    Attributes:
        landmarks: (478, 2) of the normalised face, pixels of ``SIZE``.
        mesh: it, rasterised.
        grey: (SIZE, SIZE) median brightness.
        skin: (SIZE, SIZE) where it is compared: below the nose, without the lips.
    """

    landmarks: FloatArray
    mesh: MeshMap
    grey: FloatArray
    skin: BoolArray

    def visibility(self, crop: FloatArray, landmarks: FloatArray) -> float:
        """How far the lower face can be seen.

        Args:
            crop: (S, S, 3) a frame's crop.
            landmarks: (478, 2) its face, crop pixels.

        Returns:
            0 hidden .. 1 seen.
        """
        here = _normalise(crop, landmarks, self.mesh, self.landmarks)[self.skin]
        there = self.grey[self.skin]
        here, there = here - here.mean(), there - there.mean()
        norm = float(np.sqrt((here**2).sum() * (there**2).sum())) + 1e-9
        share = np.clip((float((here * there).sum()) / norm - HIDDEN) / (SEEN - HIDDEN), 0.0, 1.0)
        return float(share * share * (3 - 2 * share))


def face_reference(
    crops: Sequence[FloatArray], landmarks: FloatArray, depth: FloatArray
) -> FaceReference | None:
    """Learn a shot's lower face; None from too few frames.

    Args:
        crops: N crops (S, S, 3).
        landmarks: (N, 478, 2) their faces, crop pixels.
        depth: (N, 478) larger is farther.
    """
    if len(crops) < FEWEST:
        return None
    scale = SIZE / len(crops[0])
    middle = np.median(landmarks, axis=0) * scale
    mesh = rasterise(middle, np.median(depth, axis=0), SIZE)
    pairs = zip(crops, landmarks, strict=True)
    faces = [_normalise(crop, points, mesh, middle) for crop, points in pairs]
    oval = cv2.erode(polygon(middle[OVAL], SIZE), np.ones((5, 5), np.uint8)) > 0.5
    lips = cv2.dilate(polygon(middle[list(LIPS_OUTER)], SIZE), np.ones((5, 5), np.uint8)) > 0.0
    below = np.arange(SIZE)[:, None] > middle[5, 1]
    return FaceReference(middle, mesh, np.median(faces, axis=0), oval & ~lips & below)


def _normalise(
    crop: FloatArray, landmarks: FloatArray, mesh: MeshMap, middle: FloatArray
) -> FloatArray:
    """The brightness of a face moved into the normalised face's shape."""
    small = cv2.resize(crop, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    grey: FloatArray = cv2.cvtColor(  # type: ignore[assignment]
        np.clip(small, 0, 1).astype(np.float32), cv2.COLOR_RGB2GRAY
    )
    moved = sample(grey, displacement(mesh, landmarks * (SIZE / len(crop)), middle))
    blurred: FloatArray = cv2.GaussianBlur(moved, (0, 0), 1.2)  # type: ignore[assignment]
    return blurred
