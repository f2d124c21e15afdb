"""The eight emotions as facial actions, in ARKit weights at full intensity.

After EMFACS (Friesen & Ekman 1983) and the Facial Action Coding System; the action units (AU) are
named with each emotion. Weights are as large as the head needs to be read at a glance: its brow
shapes move the skin by 3 to 5 mm. Lips that one action parts another brings together again, as
whether they are open is the speech's business.
"""

from __future__ import annotations

import numpy as np

from .arkit import SHAPE_INDEX
from .records import EMOTIONS, FloatArray

BOTH_SIDES = ("Left", "Right")

_ACTIONS: dict[str, dict[str, float]] = {
    # AU 4 + 5 + 7 + 17 + 24, AU 9 and 10 traces; the brows' outer ends stay up: a V
    "angry": {
        "browDown": 1.0,
        "browOuterUp": 0.6,
        "eyeSquint": 0.5,
        "eyeWide": 0.6,
        "noseSneer": 1.0,
        "mouthFrown": 0.6,
        "mouthShrugLower": 0.3,
        "mouthRollLower": 0.2,
        "mouthUpperUp": 0.15,
        "jawForward": 0.15,
    },
    # AU 12 + 14 on one side, the brow above it raised
    "contempt": {
        "mouthSmileLeft": 0.6,
        "mouthDimpleLeft": 0.7,
        "mouthUpperUpLeft": 0.3,
        "noseSneerLeft": 0.4,
        "cheekSquintLeft": 0.5,
        "browDownRight": 0.6,
        "browOuterUpLeft": 0.8,
        "eyeSquint": 0.4,
    },
    # AU 9 + 10 + 15 + 17, AU 4 traces
    "disgusted": {
        "noseSneer": 1.0,
        "browDown": 0.2,
        "eyeSquint": 0.9,
        "cheekSquint": 1.0,
        "mouthUpperUp": 0.85,
        "mouthFrown": 0.4,
        "mouthShrugLower": 1.0,
        "mouthRollLower": 0.2,
    },
    # AU 1 + 4 + 5 + 7 + 20; without AU 2, which would make the brows those of surprise
    "fear": {
        "browInnerUp": 1.0,
        "browDown": 0.25,
        "eyeSquint": 0.1,
        "eyeWide": 1.0,
        "mouthStretch": 1.0,
        "mouthFrown": 0.25,
    },
    # AU 6 + 12
    "happy": {
        "mouthSmile": 0.8,
        "mouthDimple": 0.1,
        "cheekSquint": 0.9,
        "eyeSquint": 0.35,
        "browOuterUp": 0.15,
    },
    "neutral": {},
    # AU 1 + 4 + 15 + 17; lids narrow, as the upper ones cannot droop without blinking
    "sad": {
        "browInnerUp": 1.0,
        "browDown": 0.5,
        "eyeSquint": 0.6,
        "cheekSquint": 0.2,
        "mouthFrown": 1.0,
        "mouthStretch": 0.2,
        "mouthShrugLower": 0.5,
    },
    # AU 1 + 2 + 5 + 26; the jaw drops behind the lips
    "surprised": {
        "browInnerUp": 1.0,
        "browOuterUp": 1.0,
        "eyeWide": 1.0,
        "jawOpen": 0.3,
        "mouthClose": 0.28,
        "mouthPucker": 0.15,
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
