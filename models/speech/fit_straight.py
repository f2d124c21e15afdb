"""Training of the straight path: one ridge regression over all faces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from ...core.records import FloatArray
from .fit_landmarks import LandmarkSettings, TalkingClip, components_of
from .landmarks import COMPONENTS, LandmarkNetwork
from .straight import AROUND_SIZE, StraightPath, features_around


def solve_straight(
    clips: Sequence[TalkingClip], network: LandmarkNetwork, settings: LandmarkSettings
) -> StraightPath:
    """Solve the path, scaled to the share that the LSTM leaves to it.

    Each clip's own mean is taken off both sides: how a face was fitted at rest says nothing of
    what is spoken. A speaker counts as the root of their frames.

    Args:
        clips: the training data.
        network: whose components are to be predicted.
        settings: see there.
    """
    sums: dict[str, _Sums] = {}
    for clip in clips:
        target = components_of(network, clip.displacement)
        own = sums.setdefault(clip.speaker, _Sums())
        copies = len(clip.hearings) - 1
        plain = 1.0 - settings.varied if copies else 1.0
        for number, hearing in enumerate(clip.hearings):
            weight = settings.varied / copies if number else plain
            around = features_around(hearing.features, clip.times / hearing.speed)
            own.add(around, target, weight)
    whole = _Sums()
    for own in sums.values():
        whole.join(own, own.frames**-0.5)
    ridge = settings.straight_ridge * np.trace(whole.both) / AROUND_SIZE
    matrix = np.linalg.solve(whole.both + ridge * np.eye(AROUND_SIZE), whole.right)
    offset = (whole.level - whole.middle @ matrix) / whole.frames
    path, share = StraightPath(), 1.0 - settings.trust
    with torch.no_grad():
        path.layer.weight.copy_(torch.from_numpy(share * matrix.T))
        path.layer.bias.copy_(torch.from_numpy(share * offset))
    return path


class _Sums:
    """What the regression needs of a speaker, or of all."""

    def __init__(self) -> None:
        self.both = np.zeros((AROUND_SIZE, AROUND_SIZE))
        self.right = np.zeros((AROUND_SIZE, COMPONENTS))
        self.middle, self.level = np.zeros(AROUND_SIZE), np.zeros(COMPONENTS)
        self.frames = 0.0

    def add(self, around: FloatArray, target: FloatArray, weight: float) -> None:
        seen = np.isfinite(target[:, 0])
        rows, wanted = around[seen].astype(np.float32), target[seen].astype(np.float32)
        if not len(rows):
            return
        self.middle += weight * rows.sum(axis=0, dtype=np.float64)
        self.level += weight * wanted.sum(axis=0, dtype=np.float64)
        self.frames += weight * len(rows)
        rows = rows - rows.mean(axis=0)
        self.both += weight * (rows.T @ rows)
        self.right += weight * (rows.T @ (wanted - wanted.mean(axis=0)))

    def join(self, other: _Sums, weight: float) -> None:
        self.both += weight * other.both
        self.right += weight * other.right
        self.middle += weight * other.middle
        self.level += weight * other.level
        self.frames += weight * other.frames
