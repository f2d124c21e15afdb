"""Read an expression off a detected face: what the landmarks and scores usually mean.

The detector's own scores miss some shapes altogether (a sneer, a puffed cheek) and mistake others.
A linear map from the landmarks, turned to the front, and the scores to the 52 shapes was learned on
drawn heads, where the truth is known (``tools/build_reader.py``): from what the detector finds, and
from what one without errors would find. It tells how a face changes; what its rest is, the
detector's scores say.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from ..arkit import SHAPE_NAMES
from ..errors import MissingDependencyError
from ..records import FloatArray, Track
from .head import ASSETS
from .topology import CANONICAL, LIPS, SILHOUETTE, SKIN_COUNT

ASSET = ASSETS / "expression_reader.npz"
REST_PERCENTILE = 20.0
"""The part of the frames below which a shape counts as at rest."""
_BLOCK = 512
_JAW = -3.0
"""Canonical height, centimetres, below which landmarks move with the jaw."""
_KEPT = [
    index
    for index, name in enumerate(SHAPE_NAMES)
    if name.startswith("eyeBlink") or name in ("mouthClose", "tongueOut")
]
"""Shapes whose own scores are used: they see blinks best, and no drawn head did the others."""


def features(landmarks: FloatArray, scores: FloatArray) -> FloatArray:
    """(T, 1485) what is read from: landmarks turned to the front, and the scores' log odds.

    Args:
        landmarks: (T, 478, 3) pixels, as in ``Track``.
        scores: (T, 52) 0..1.
    """
    share = np.clip(scores[:, : len(SHAPE_NAMES) - 1].astype(np.float64), 0, 1)
    odds = np.log((share + 1e-3) / (1.001 - share))
    return np.concatenate([_turned_to_front(landmarks).reshape(len(odds), -1), odds], axis=1)


def read_expression(track: Track) -> FloatArray:
    """(T, 52) the expression of each frame as far as landmarks and scores tell it; NaN where lost.

    Changes come from the learned map, the level at rest from the detector's scores over the shot:
    a single frame is its scores.
    """
    result = np.full(track.scores.shape, np.nan)
    rows = np.flatnonzero(np.isfinite(track.landmarks).all((1, 2)))
    if not len(rows):
        return result
    scores = np.nan_to_num(track.scores[rows].astype(np.float64))
    weights = _weights()
    change = np.concatenate(
        [
            features(track.landmarks[block], np.nan_to_num(track.scores[block])) @ weights
            for block in np.split(rows, range(_BLOCK, len(rows), _BLOCK))
        ]
    )
    rest = np.percentile(scores, REST_PERCENTILE, axis=0)
    change += rest - np.percentile(change, REST_PERCENTILE, axis=0)
    change[:, _KEPT] = scores[:, _KEPT]
    result[rows] = np.clip(change, 0, 1)
    return result


def _turned_to_front(landmarks: FloatArray) -> FloatArray:
    """Landmarks (T, 478, 3) laid over the canonical face, decimetres."""
    points = landmarks.astype(np.float64) * [1, -1, -1]
    trust = _trust()
    target = CANONICAL[:SKIN_COUNT] - trust @ CANONICAL[:SKIN_COUNT]
    points -= np.einsum("l,tli->ti", trust, points[:, :SKIN_COUNT])[:, None]
    skin = points[:, :SKIN_COUNT]
    left, _, right = np.linalg.svd(np.einsum("l,tli,lj->tij", trust, skin, target))
    sign = np.ones((len(points), 3))
    sign[:, 2] = np.sign(np.linalg.det(left) * np.linalg.det(right))
    turn = np.einsum("tji,tj,tkj->tik", right, sign, left)
    turned = np.einsum("tij,tlj->tli", turn, points)
    size = np.sqrt(trust @ (target**2).sum(1) / ((skin**2).sum(2) @ trust))
    result: FloatArray = turned * size[:, None, None] * 0.1
    return result


@cache
def _trust() -> FloatArray:
    """(468,) how far each landmark moves with the skull, sums to one."""
    trust = np.ones(SKIN_COUNT)
    trust[list(LIPS)] = 0.05
    trust[list(SILHOUETTE)] = 0.3
    trust[CANONICAL[:SKIN_COUNT, 1] < _JAW] = 0.1
    return trust / trust.sum()


@cache
def _weights(path: Path = ASSET) -> FloatArray:
    """(1485, 52) the learned map.

    Raises:
        MissingDependencyError: the asset is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return stored["weights"].astype(np.float64) * stored["scale"]
    except (OSError, ValueError, KeyError) as error:
        raise MissingDependencyError(
            f"The expression reader {path} cannot be read ({error}); install the package again."
        ) from error
