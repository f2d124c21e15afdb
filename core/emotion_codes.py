"""From emotion weights to the emotion code the landmark network takes."""

from __future__ import annotations

import numpy as np

from .records import EMOTIONS, FloatArray

NEUTRAL = EMOTIONS.index("neutral")


def blend_codes(weights: FloatArray, prototypes: FloatArray) -> FloatArray:
    """The codes (T, 128) of emotion weights, linear between prototypes (paper, section 4.4).

    Each emotion leads from the neutral code through its prototypes of growing intensity; blended
    emotions add what each of them moves the code away from neutral.

    Args:
        weights: (T, 8) in the order of ``EMOTIONS``, 0..1; what is missing to 1 is neutral.
        prototypes: (8, L, 128) code of each emotion at the intensities 1/L, 2/L ... 1.
    """
    levels = prototypes.shape[1]
    rest = prototypes[NEUTRAL, -1]
    before = np.concatenate([np.broadcast_to(rest, (len(prototypes), 1, len(rest))), prototypes], 1)
    steps = np.diff(before, axis=1)
    steps[NEUTRAL] = 0.0
    reached = np.clip(levels * np.asarray(weights)[:, :, None] - np.arange(levels), 0.0, 1.0)
    codes: FloatArray = (rest + np.einsum("tel,elc->tc", reached, steps)).astype(np.float32)
    return codes
