"""How far a picture's face is from a person's, by a face recogniser: an optional extra.

Davis King's ResNet of dlib gives 128 numbers for a face; persons count as one up to a distance of
0.6. Code (Boost licence) and weights (public domain, learned in part from sets of photographs
collected for research) are installed with ``evp[identity]``; nothing else of EVP needs them.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ..records import FloatArray, PixelArray

HOW_TO_GET = (
    "not measured: no face recogniser is installed; run pip install '.[identity]' in EVP's folder."
)

PACKAGE = "face_recognition_models"
WEIGHTS = "models/dlib_face_recognition_resnet_model_v1.dat"

CORNERS = (263, 362, 33, 133, 2)
"""Our landmarks at dlib's five: outer and inner corner of either eye, and below the nose."""


class FaceRecogniser:
    """The recogniser, loaded.

    Args:
        library: the module ``dlib``.
        weights: file of its weights.
    """

    def __init__(self, library: Any, weights: Path) -> None:
        self._library = library
        self._model = library.face_recognition_model_v1(str(weights))

    def embed(self, picture: PixelArray, landmarks: FloatArray) -> FloatArray:
        """128 numbers of a face.

        Args:
            picture: (H, W, 3) uint8 RGB.
            landmarks: (478, 2) pixels.
        """
        points = np.rint(landmarks[list(CORNERS)]).astype(int)
        corners = [self._library.point(int(x), int(y)) for x, y in points]
        low, high = landmarks.min(axis=0).astype(int), landmarks.max(axis=0).astype(int)
        box = self._library.rectangle(int(low[0]), int(low[1]), int(high[0]), int(high[1]))
        shape = self._library.full_object_detection(box, corners)
        numbers = self._model.compute_face_descriptor(np.ascontiguousarray(picture), shape)
        return np.array(numbers, dtype=np.float64)


@cache
def load_recogniser() -> FaceRecogniser | None:
    """The recogniser, where it is installed."""
    package = find_spec(PACKAGE)
    if package is None or package.origin is None or find_spec("dlib") is None:
        return None
    weights = Path(package.origin).parent / WEIGHTS
    if not weights.is_file():
        return None
    import dlib

    return FaceRecogniser(dlib, weights)


def identity_distance(one: FloatArray, other: FloatArray) -> float:
    """Distance of two faces' numbers (128,)."""
    return float(np.linalg.norm(one - other))
