"""MediaPipe's face landmarker: 478 landmarks, 52 scores and the head's yaw of each face."""

from __future__ import annotations

import contextlib
import math
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..arkit import SHAPE_INDEX, SHAPE_NAMES
from ..errors import MissingDependencyError
from ..records import FloatArray, PixelArray
from .head import ASSETS

MODEL = ASSETS / "face_landmarker.task"


@dataclass(frozen=True)
class Detection:
    """One face in one frame.

    Attributes:
        landmarks: (478, 3) plate pixels; z in pixels too.
        scores: (52,) in the order of ``SHAPE_NAMES``; ``tongueOut`` is always 0.
        yaw: degrees the head is turned, positive to the subject's left.
    """

    landmarks: FloatArray
    scores: FloatArray
    yaw: float

    @cached_property
    def centre(self) -> FloatArray:
        """(2,) middle of the landmarks, plate pixels."""
        middle: FloatArray = self.landmarks[:, :2].mean(axis=0)
        return middle

    @cached_property
    def eye_distance(self) -> float:
        """Distance of the outer eye corners with the turn of the head, pixels."""
        return float(np.linalg.norm(self.landmarks[33] - self.landmarks[263]))


class Landmarker:
    """The landmarker, loaded; close it when done."""

    def __init__(self, most_faces: int, video: bool) -> None:
        """Load the model.

        Args:
            most_faces: faces looked for in a frame; in a video at least two.
            video: whether frames follow each other; otherwise each is looked at by itself.

        Raises:
            MissingDependencyError: mediapipe or a system library it loads is not installed.
        """
        try:
            import mediapipe
            from mediapipe.tasks.python import BaseOptions, vision
        except (ImportError, OSError) as error:
            raise MissingDependencyError(_missing(error)) from error
        mode = vision.RunningMode.VIDEO if video else vision.RunningMode.IMAGE
        # MediaPipe filters the landmarks of a single face over time, and lags behind it by that.
        most_faces = max(most_faces, 2) if video else most_faces
        options = vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=MODEL.read_bytes()),
            running_mode=mode,
            num_faces=most_faces,
            output_face_blendshapes=True,
            output_facial_transformation_matrixes=True,
        )
        try:
            with _quiet():
                self._landmarker = vision.FaceLandmarker.create_from_options(options)
        except (OSError, RuntimeError) as error:
            raise MissingDependencyError(_missing(error)) from error
        self._mediapipe = mediapipe
        self._video = video
        self._last_stamp = -1

    def close(self) -> None:
        """Free the model."""
        self._landmarker.close()

    def detect(self, pixels: PixelArray, time: float) -> list[Detection]:
        """Find the faces of a frame.

        Args:
            pixels: (H, W, 3) uint8 RGB.
            time: seconds; must grow from call to call in a video.
        """
        image = self._mediapipe.Image(
            image_format=self._mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(pixels)
        )
        if self._video:
            self._last_stamp = max(round(time * 1000), self._last_stamp + 1)
            result = self._landmarker.detect_for_video(image, self._last_stamp)
        else:
            result = self._landmarker.detect(image)
        height, width = pixels.shape[:2]
        scale = np.array([width, height, width], np.float32)
        return [
            Detection(
                landmarks=np.array([[p.x, p.y, p.z] for p in points], np.float32) * scale,
                scores=_scores(shapes),
                yaw=math.degrees(math.atan2(matrix[0, 2], matrix[2, 2])),
            )
            for points, shapes, matrix in zip(
                result.face_landmarks,
                result.face_blendshapes,
                result.facial_transformation_matrixes,
                strict=True,
            )
        ]


_QUIET = threading.Lock()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Let nothing out on the process's standard error: while it loads, MediaPipe writes there.

    It has no setting for that. Errors are raised, and told, as ever.
    """
    with _QUIET, contextlib.ExitStack() as opened:
        try:
            told = os.dup(2)
        except OSError:
            # A program without a terminal may have no standard error.
            yield
            return
        opened.callback(os.close, told)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        opened.callback(os.close, nowhere)
        opened.callback(os.dup2, told, 2)
        os.dup2(nowhere, 2)
        yield


def _scores(shapes: list) -> FloatArray:  # type: ignore[type-arg]
    scores = np.zeros(len(SHAPE_NAMES), np.float32)
    for shape in shapes:
        index = SHAPE_INDEX.get(shape.category_name)
        if index is not None:
            scores[index] = shape.score
    return scores


def _missing(error: Exception) -> str:
    text = str(error)
    for library, package in (("libEGL", "libegl1"), ("libGLESv2", "libgles2")):
        if library in text:
            return f"mediapipe needs the library {library}; install it: apt install {package}."
    return f"mediapipe cannot be loaded ({text}); install it: pip install mediapipe."
