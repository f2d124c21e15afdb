"""What actors' faces show of an emotion, as facial actions beside those of their speech."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from ...core.arkit import SHAPE_NAMES
from ...core.records import EMOTIONS, FloatArray
from .prepare import Prepared

NEUTRAL = EMOTIONS.index("neutral")


def learn_expressions(faces: Sequence[Prepared]) -> FloatArray:
    """ARKit weights (8, 52) of each emotion at full intensity, from the recorded faces.

    An actor's emotional clips are compared with the same actor's neutral ones, and all actors
    count alike: what is left is the emotion, not the face. A weight may be negative where an
    emotion takes back what neutral speech shows. Blinks and gaze are left out. Emotions nobody
    shows are left at nothing; they are acted as described (``core/expressions.py``).
    """
    means: dict[tuple[str, str], dict[int, list[FloatArray]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for item in faces:
        recording = item.recording
        if recording.emotion is not None:
            own = means[recording.corpus, recording.speaker]
            own[recording.emotion].append(np.nanmean(item.expression, axis=0))
    shown: dict[int, list[FloatArray]] = defaultdict(list)
    for own in means.values():
        if NEUTRAL not in own:
            continue
        rest = np.mean(own[NEUTRAL], axis=0)
        for emotion, rows in own.items():
            if emotion != NEUTRAL:
                shown[emotion].append(np.mean(rows, axis=0) - rest)
    learned = np.zeros((len(EMOTIONS), len(SHAPE_NAMES)))
    for emotion, moved in shown.items():
        learned[emotion] = np.mean(moved, axis=0)
    still = [i for i, name in enumerate(SHAPE_NAMES) if name.startswith(("eyeBlink", "eyeLook"))]
    learned[:, still] = 0.0
    return learned
