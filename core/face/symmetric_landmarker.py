"""The landmarker looking twice: at a frame, and at its mirror image."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import cv2
import numpy as np

from ..arkit import MIRRORED_SHAPES
from ..records import PixelArray
from .landmarker import Detection, Landmarker
from .topology import mirror_landmarks

FARTHEST_APART = 0.35
"""Two looks farther apart than so many inter-ocular distances are of two faces."""


class SymmetricLandmarker:
    """Looks at each frame and at its mirror image, and averages; close it when done.

    A landmarker sees a face and its mirror image one to two per cent of the inter-ocular distance
    apart. Their mean errs less, trembles less, and has no preferred side.
    """

    def __init__(self, most_faces: int, video: bool) -> None:
        """Load the model twice.

        Args:
            most_faces: faces looked for in a frame.
            video: whether frames follow each other; otherwise each is looked at by itself.

        Raises:
            MissingDependencyError: mediapipe or a system library it loads is not installed.
        """
        with ExitStack() as opened:
            self._plain, self._mirrored = (
                opened.enter_context(closing(Landmarker(most_faces, video))) for _ in range(2)
            )
            self._second = opened.enter_context(ThreadPoolExecutor(1))
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Free both models."""
        self._opened.close()

    def detect(self, pixels: PixelArray, time: float) -> list[Detection]:
        """Find the faces of a frame: those that both looks find.

        Args:
            pixels: (H, W, 3) uint8 RGB.
            time: seconds; must grow from call to call in a video.
        """
        waiting = self._second.submit(self._mirrored.detect, cv2.flip(pixels, 1), time)
        plain = self._plain.detect(pixels, time)
        width = pixels.shape[1]
        mirrored = [mirror_detection(face, width) for face in waiting.result()]
        return average_looks(plain, mirrored)

    def keep(self, face: Detection | None, pixels: PixelArray) -> None:
        """Take note of the frame's face that is followed: nothing to do, all of it is looked at."""


def mirror_detection(face: Detection, width: int) -> Detection:
    """What was found in a mirrored picture ``width`` pixels wide, as it is in the picture."""
    landmarks = face.landmarks[mirror_landmarks()] * np.array([-1, 1, 1], np.float32)
    landmarks[:, 0] += width
    return Detection(landmarks, face.scores[list(MIRRORED_SHAPES)], -face.yaw)


def average_looks(one: Sequence[Detection], other: Sequence[Detection]) -> list[Detection]:
    """The mean of each face that is in both, in the order of the first."""
    left = list(other)
    found = []
    for face in one:
        apart = [
            float(np.linalg.norm((face.landmarks - twin.landmarks)[:, :2], axis=1).mean())
            for twin in left
        ]
        if not apart or min(apart) > FARTHEST_APART * max(face.eye_distance, 1.0):
            continue
        twin = left.pop(int(np.argmin(apart)))
        found.append(
            Detection(
                (face.landmarks + twin.landmarks) / 2,
                (face.scores + twin.scores) / 2,
                (face.yaw + twin.yaw) / 2,
            )
        )
    return found
