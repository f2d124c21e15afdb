"""Pseudo training pairs: one sentence said twice, brought to one length (paper, section 3.1)."""

from __future__ import annotations

import librosa
import numpy as np

from .records import FloatArray, IntArray


def align_pair(first: FloatArray, second: FloatArray) -> tuple[IntArray, IntArray]:
    """Align two utterances of one sentence by dynamic time warping on their MFCCs.

    Steps (1, 0), (0, 1) and (1, 1); the path has the least summed distance. Each utterance's mean
    is taken off first, so that a voice's timbre does not steer the path.

    Args:
        first: (M, 12) MFCC rows.
        second: (N, 12) MFCC rows.

    Returns:
        Two index arrays of one length, ascending, that begin at the first rows and end at the last.
    """
    _, path = librosa.sequence.dtw((first - first.mean(axis=0)).T, (second - second.mean(axis=0)).T)
    path = np.asarray(path)[::-1]
    return path[:, 0], path[:, 1]
