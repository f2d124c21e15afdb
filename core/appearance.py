"""What a face can look like in a shot: its mean and its changes, fitted to what is not covered."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .records import BoolArray, FloatArray

COMPONENTS = 10
"""Ways of changing that are learnt: expression, turn of the head, shadows."""

FEW_COMPONENTS = 4
"""Ways of changing with which covered frames are told from the others before learning."""

NOISE_FLOOR = 0.02
"""Smallest spread of a pixel, display-encoded: below it nothing is worth calling different."""

STEPS = 8
CUT_OFF = (6.0, 3.0)
"""Spreads at which a pixel counts a quarter in the fit: in its first steps, and in the rest."""

LARGEST = 12.0
"""Spreads at which strangeness is cut, so that one pixel cannot speak for its neighbours."""


@dataclass(frozen=True)
class Appearance:
    """A linear model of the normalised face's colours.

    Attributes:
        region: (N, N) where the face is modelled, P pixels.
        mean: (3 P,) median colours.
        basis: (3 P, K) orthonormal changes: learnt ones, and brightness with its gradients.
        spread: (3 P,) what the model leaves unexplained where nothing covers the face.
    """

    region: BoolArray
    mean: FloatArray
    basis: FloatArray
    spread: FloatArray

    def strangeness(self, face: FloatArray) -> FloatArray:
        """How unlike this person each pixel looks.

        The model is fitted to the pixels that agree with it, so what covers the face does not pull
        it: a hand stays strange, while light, shadows and expressions that the shot has shown
        elsewhere are explained.

        Args:
            face: (N, N, 3) a normalised face.

        Returns:
            (N, N) in spreads, smooth; 0 outside the region.
        """
        residue = face[self.region].reshape(-1) - self.mean
        left = residue
        for step in range(STEPS):
            cut = CUT_OFF[0] if step < STEPS // 2 else CUT_OFF[1]
            weight = 1.0 / (1.0 + (left / (cut * self.spread)) ** 2) ** 2
            weighted = self.basis * weight[:, None]
            normal = weighted.T @ self.basis + 1e-4 * np.eye(self.basis.shape[1])
            left = residue - self.basis @ np.linalg.solve(normal, weighted.T @ residue)
        share = np.sqrt(np.square(left / self.spread).reshape(-1, 3).mean(axis=1))
        return _smooth(np.minimum(share, LARGEST), self.region, 1.5)


def learn_appearance(faces: FloatArray, region: BoolArray, components: int) -> Appearance:
    """Learn the model.

    Args:
        faces: (T, N, N, 3) normalised faces.
        region: (N, N) where to model them.
        components: how many ways of changing, at most a third of T.
    """
    flat = faces[:, region].reshape(len(faces), -1).astype(np.float64)
    mean = np.median(flat, axis=0)
    offsets = flat - mean
    _, _, changes = np.linalg.svd(offsets, full_matrices=False)
    count = min(components, len(faces) // 3)
    rows, columns = np.nonzero(region)
    across = np.repeat((columns - columns.mean()) / len(region), 3)
    down = np.repeat((rows - rows.mean()) / len(region), 3)
    light = np.stack([mean, mean * across, mean * down])
    basis, _ = np.linalg.qr(np.concatenate([changes[:count], light]).T)
    left = offsets - (offsets @ basis) @ basis.T
    # What was learnt from is explained better than what comes: the freedom used up widens it.
    spread = np.sqrt(np.square(left).sum(axis=0) / max(len(faces) - count, 1))
    planes = [_smooth(plane, region, 2.0)[region] for plane in spread.reshape(-1, 3).T]
    wide = np.maximum(np.stack(planes, axis=-1).reshape(-1), NOISE_FLOOR)
    return Appearance(region, mean, basis, wide)


def _smooth(values: FloatArray, region: BoolArray, sigma: float) -> FloatArray:
    """Values (P,) of a region as a plane (N, N), blurred within the region."""
    plane = np.zeros(region.shape, dtype=np.float32)
    plane[region] = values
    inside = region.astype(np.float32)
    blurred: FloatArray = cv2.GaussianBlur(plane, (0, 0), sigma) * inside
    return blurred / (cv2.GaussianBlur(inside, (0, 0), sigma) + 1e-3)
