"""The eight emotions as facial actions, in ARKit weights at full intensity.

After EMFACS (Friesen & Ekman 1983) and the Facial Action Coding System; the action units (AU) are
named with each emotion. Lips are moved sideways and at the corners only: whether they are open is
the speech's business.
"""

from __future__ import annotations

import numpy as np

from .arkit import SHAPE_INDEX
from .records import EMOTIONS, FloatArray

BOTH_SIDES = ("Left", "Right")

_ACTIONS: dict[str, dict[str, float]] = {
    # AU 4 + 5 + 7 + 23/24, AU 9 traces
    "angry": {
        "browDown": 0.85,
        "eyeSquint": 0.45,
        "eyeWide": 0.2,
        "noseSneer": 0.4,
        "mouthFrown": 0.25,
        "mouthPress": 0.3,
        "mouthStretch": 0.1,
        "jawForward": 0.15,
    },
    # AU 12 + 14 on one side
    "contempt": {
        "mouthSmileLeft": 0.5,
        "mouthDimpleLeft": 0.6,
        "cheekSquintLeft": 0.25,
        "browDownRight": 0.2,
        "browOuterUpLeft": 0.3,
        "eyeSquint": 0.25,
    },
    # AU 9 + 10 + 15 + 17, AU 4 traces
    "disgusted": {
        "noseSneer": 0.85,
        "browDown": 0.5,
        "eyeSquint": 0.4,
        "cheekSquint": 0.35,
        "mouthUpperUp": 0.25,
        "mouthFrown": 0.4,
    },
    # AU 1 + 2 + 4 + 5 + 20
    "fear": {
        "browInnerUp": 0.85,
        "browOuterUp": 0.35,
        "browDown": 0.15,
        "eyeWide": 0.75,
        "mouthStretch": 0.5,
        "mouthFrown": 0.15,
    },
    # AU 6 + 12
    "happy": {
        "mouthSmile": 0.7,
        "cheekSquint": 0.6,
        "eyeSquint": 0.25,
        "mouthDimple": 0.15,
        "browOuterUp": 0.1,
    },
    "neutral": {},
    # AU 1 + 4 + 15 + 17
    "sad": {
        "browInnerUp": 0.85,
        "browDown": 0.2,
        "mouthFrown": 0.65,
        "mouthShrugLower": 0.25,
        "eyeSquint": 0.15,
    },
    # AU 1 + 2 + 5 + 26
    "surprised": {
        "browInnerUp": 0.85,
        "browOuterUp": 0.85,
        "eyeWide": 0.7,
        "jawOpen": 0.08,
    },
}


def _table() -> FloatArray:
    table = np.zeros((len(EMOTIONS), len(SHAPE_INDEX)))
    for row, emotion in enumerate(EMOTIONS):
        for action, weight in _ACTIONS[emotion].items():
            names = [action] if action in SHAPE_INDEX else [action + side for side in BOTH_SIDES]
            for name in names:
                table[row, SHAPE_INDEX[name]] = weight
    return table


EXPRESSIONS: FloatArray = _table()
"""(8, 52) ARKit weights of each emotion in the order of ``EMOTIONS``."""
EXPRESSIONS.setflags(write=False)
