"""The records that stages hand to each other: frozen, made of numpy arrays.

Frames of reference
    plate pixels: continuous image coordinates, x right, y down, (0, 0) is the outer corner of the
        top-left pixel, so pixel centres lie at .5 (subtract .5 for OpenCV's drawing and remapping).
    camera: OpenCV's, x right, y down, z forward, metres.
    head: origin between the eyes inside the head, x towards the subject's left, y up, z out of the
        face, metres. ``camera = rotation @ head + translation``; a frontal face has the rotation
        diag(1, -1, -1).
Time is seconds from the first frame of the shot. ``T`` is the number of frames of the shot.
"""

from .arrays import BoolArray, FloatArray, IntArray, PixelArray
from .face import LANDMARK_COUNT, AlignedFace, Camera, FaceFit, FaceState, Performance, Track
from .picture import EdgeMap, Frame
from .plate import ColourSpace, Plate
from .speech import (
    EMOTIONS,
    SAMPLE_RATE,
    EmotionCurve,
    Speech,
    SpeechCode,
    SpeechManner,
    SpokenSounds,
)

__all__ = [
    "EMOTIONS",
    "LANDMARK_COUNT",
    "SAMPLE_RATE",
    "AlignedFace",
    "BoolArray",
    "Camera",
    "ColourSpace",
    "EdgeMap",
    "EmotionCurve",
    "FaceFit",
    "FaceState",
    "FloatArray",
    "Frame",
    "IntArray",
    "Performance",
    "PixelArray",
    "Plate",
    "Speech",
    "SpeechCode",
    "SpeechManner",
    "SpokenSounds",
    "Track",
]
