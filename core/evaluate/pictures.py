"""Measures of pictures: PSNR and SSIM under a mask, sharpness, flicker, landmark distance."""

from __future__ import annotations

import cv2
import numpy as np

from ..records import BoolArray, FloatArray

WINDOW_SIGMA = 1.5
STABILISER = (0.01**2, 0.03**2)
"""Gaussian window and constants of SSIM (Wang et al. 2004), for values 0..1."""


def psnr(picture: FloatArray, true: FloatArray, mask: BoolArray) -> float:
    """Peak signal-to-noise ratio of (H, W, 3) pictures, 0..1, in dB, within (H, W) a mask."""
    error = float(np.mean(np.square(picture[mask] - true[mask])))
    return float(-10.0 * np.log10(max(error, 1e-10)))


def ssim(picture: FloatArray, true: FloatArray, mask: BoolArray) -> float:
    """Mean structural similarity of the brightness within a mask."""
    one, other = grey(picture), grey(true)
    mean_one, mean_other = _window(one), _window(other)
    variance_one = _window(one * one) - mean_one**2
    variance_other = _window(other * other) - mean_other**2
    covariance = _window(one * other) - mean_one * mean_other
    first, second = STABILISER
    likeness = (2 * mean_one * mean_other + first) * (2 * covariance + second)
    scale = (mean_one**2 + mean_other**2 + first) * (variance_one + variance_other + second)
    return float((likeness / scale)[mask].mean())


def laplacian_energy(picture: FloatArray, mask: BoolArray) -> float:
    """Mean squared Laplacian of the brightness within a mask: how much fine detail there is."""
    return float(np.square(cv2.Laplacian(grey(picture), cv2.CV_32F))[mask].mean())


def unrest(before: FloatArray, here: FloatArray, after: FloatArray, mask: BoolArray) -> float:
    """How far a frame (H, W, 3) jumps out of its neighbours' mean: flicker, not movement."""
    return float(np.abs(grey(here) - 0.5 * (grey(before) + grey(after)))[mask].mean())


def grey(picture: FloatArray) -> FloatArray:
    """(H, W) float32 brightness of (H, W, 3)."""
    brightness: FloatArray = cv2.cvtColor(  # type: ignore[assignment]
        picture.astype(np.float32), cv2.COLOR_RGB2GRAY
    )
    return brightness


def landmark_distance(found: FloatArray, wanted: FloatArray, points: list[int]) -> float:
    """Mean distance of landmarks (478, 2), in percent of the wanted inter-ocular distance."""
    eyes = float(np.linalg.norm(wanted[33] - wanted[263])) + 1e-6
    return float(100.0 * np.linalg.norm(found[points] - wanted[points], axis=1).mean() / eyes)


def _window(plane: FloatArray) -> FloatArray:
    blurred: FloatArray = cv2.GaussianBlur(plane, (11, 11), WINDOW_SIGMA)  # type: ignore[assignment]
    return blurred
