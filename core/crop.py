"""The stabilised face crop: one smooth similarity per frame, the same there and back."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from .media.colour import to_encoded
from .records import BoolArray, FloatArray, IntArray, PixelArray

RIGID = (33, 133, 362, 263, 168, 6, 197, 195, 10, 109, 338, 98, 327)
"""Landmarks on bone: eye corners, bridge of the nose, forehead, wings of the nose."""

TEMPLATE = np.array(
    [
        (-0.5, 0.0), (-0.194, 0.024), (0.194, 0.024), (0.5, 0.0), (0.0, -0.032), (0.0, 0.069),
        (0.0, 0.16), (0.0, 0.241), (0.0, -0.662), (-0.212, -0.656), (0.212, -0.656),
        (-0.188, 0.581), (0.188, 0.581),
    ]
)  # fmt: skip
"""(13, 2) where they lie on an upright face, in inter-ocular distances from between the eyes."""

CENTRE = np.array((0.0, 0.42))
"""Middle of the crop, in the template's units."""

SIDE = 3.4
"""Side of the crop in inter-ocular distances: about 1.6 times the height of the face."""

NETWORK_SIZE = 256
"""Side of what the generator sees, pixels: larger crops carry more texture through the warp."""

SIZES = (256, 512, 1024)
POSITION_SMOOTHING = 2.0
ANGLE_SMOOTHING = 3.0
SCALE_SMOOTHING = 6.0
"""Standard deviations of the temporal filters, frames."""

CUT_JUMP = 0.6
"""A jump of the face, in inter-ocular distances, that is a cut and not a move."""


def face_crops(landmarks: FloatArray, valid: BoolArray, size: int) -> FloatArray:
    """The crop of every frame.

    Only points on bone are used, so that a mouth that opens does not move the crop, and the path
    of the crop is filtered over time, so that the tracker's noise does not move it either. What
    a frame gets depends on the whole shot and not on which part of it is rendered.

    Args:
        landmarks: (T, 478, 2) the plate's face, plate pixels.
        valid: (T,) frames with a face; the others get the crop of the nearest one.
        size: side of the crop, pixels.

    Returns:
        (T, 2, 3) affine maps from plate pixels to crop pixels (centres at .5).
    """
    frames = np.flatnonzero(valid)
    if len(frames) == 0:
        return np.tile(np.array([[1.0, 0, 0], [0, 1.0, 0]]), (len(landmarks), 1, 1))
    scale, angle, centre = _fit(landmarks[:, list(RIGID)][frames])
    for run in _runs(frames, scale, centre):
        scale[run] = np.exp(_smooth(np.log(scale[run]), SCALE_SMOOTHING))
        angle[run] = _smooth(np.unwrap(angle[run]), ANGLE_SMOOTHING)
        centre[run] = _smooth(centre[run], POSITION_SMOOTHING)
    zoom = size / (SIDE * scale)
    cosine, sine = np.cos(-angle) * zoom, np.sin(-angle) * zoom
    linear = np.stack([np.stack([cosine, -sine], -1), np.stack([sine, cosine], -1)], -2)
    offset = size / 2 - np.einsum("tij,tj->ti", linear, centre)
    crops = np.concatenate([linear, offset[..., None]], axis=-1)
    return crops[_nearest(frames, len(landmarks))]


def crop_size(landmarks: FloatArray, valid: BoolArray) -> int:
    """The smallest of ``SIZES`` that keeps about the plate's own sampling of the face."""
    if not valid.any():
        return SIZES[0]
    scale, _, _ = _fit(landmarks[:, list(RIGID)][valid])
    native = float(np.median(scale)) * SIDE
    return next((size for size in SIZES if size >= 0.8 * native), SIZES[-1])


def invert(affine: FloatArray) -> FloatArray:
    """The inverse of a (2, 3) affine map."""
    linear = np.linalg.inv(affine[:, :2])
    inverse: FloatArray = np.concatenate([linear, -(linear @ affine[:, 2:])], axis=1)
    return inverse


def apply(affine: FloatArray, points: FloatArray) -> FloatArray:
    """Map points (..., 2) by a (2, 3) affine map."""
    mapped: FloatArray = points @ affine[:, :2].T + affine[:, 2]
    return mapped


def resize(picture: FloatArray, size: int, interpolation: int | None = None) -> FloatArray:
    """A square picture (S, S) or (S, S, C) at another size.

    Args:
        picture: the picture.
        size: the new side, pixels.
        interpolation: OpenCV's; None averages where the picture gets smaller, else is linear.
    """
    if len(picture) == size:
        return picture
    if interpolation is None:
        interpolation = cv2.INTER_AREA if size < len(picture) else cv2.INTER_LINEAR
    resized: FloatArray = cv2.resize(  # type: ignore[assignment]
        picture, (size, size), interpolation=interpolation
    )
    return resized


def encoded_unit(pixels: PixelArray) -> FloatArray:
    """Pixels as float32 display-encoded values: integers scaled to 0..1, linear light encoded."""
    if np.issubdtype(pixels.dtype, np.integer):
        return pixels.astype(np.float32) * np.float32(1.0 / np.iinfo(pixels.dtype).max)
    return to_encoded(pixels).astype(np.float32)


def crop_pixels(pixels: PixelArray, affine: FloatArray, size: int) -> FloatArray:
    """Cut the crop out of a frame.

    Args:
        pixels: (H, W, 3) the plate's frame, integers or scene-linear floats; its border goes on
            beyond itself.
        affine: (2, 3) map from plate pixels to crop pixels.
        size: side of the crop, pixels.

    Returns:
        (size, size, 3) float32, display-encoded 0..1.
    """
    corners = apply(invert(affine), np.array([(0, 0), (size, 0), (0, size), (size, size)], float))
    height, width = pixels.shape[:2]
    low = np.floor(corners.min(axis=0)).astype(int) - 4
    high = np.ceil(corners.max(axis=0)).astype(int) + 4
    left, top = np.clip(low, 0, (width - 1, height - 1))
    right, bottom = np.clip(high, (left + 1, top + 1), (width, height))
    region: FloatArray = encoded_unit(pixels[top:bottom, left:right])
    scale = float(np.sqrt(abs(np.linalg.det(affine[:, :2]))))
    if scale < 0.8:
        # Below the plate's own sampling a plain interpolation would alias.
        sigma = 0.45 * float(np.sqrt(1.0 / scale**2 - 1.0))
        region = cv2.GaussianBlur(  # type: ignore[assignment]
            region, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE
        )
    moved = _pixel_grid_affine(affine)
    moved[:, 2] += moved[:, :2] @ (left, top)
    crop: FloatArray = cv2.warpAffine(  # type: ignore[assignment]
        region, moved, (size, size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return crop


def _pixel_grid_affine(affine: FloatArray) -> FloatArray:
    """The map for OpenCV, whose pixel centres are whole numbers."""
    moved = np.array(affine, dtype=np.float64)
    moved[:, 2] += 0.5 * moved[:, :2].sum(axis=1) - 0.5
    return moved


def _fit(rigid: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Least-squares similarity of the template to the rigid points (T, 13, 2) of each face.

    Returns:
        Scale, angle and crop centre.
    """
    points = np.asarray(rigid, dtype=np.float64)
    mean = points.mean(axis=1, keepdims=True)
    template = TEMPLATE - TEMPLATE.mean(axis=0)
    target = points - mean
    here = template[:, 0] + 1j * template[:, 1]
    there = target[..., 0] + 1j * target[..., 1]
    turn = (there @ here.conj()) / np.sum(np.abs(here) ** 2)
    offset = CENTRE - TEMPLATE.mean(axis=0)
    shift = turn * (offset[0] + 1j * offset[1])
    centre = mean[:, 0] + np.stack([shift.real, shift.imag], axis=-1)
    return np.maximum(np.abs(turn), 1e-3), np.angle(turn), centre


def _nearest(frames: IntArray, count: int) -> IntArray:
    """(count,) for each frame the place in ``frames`` (ascending) of the nearest of these."""
    every = np.arange(count)
    after = np.clip(np.searchsorted(frames, every), 0, len(frames) - 1)
    before = np.maximum(after - 1, 0)
    return np.where(np.abs(every - frames[before]) <= np.abs(frames[after] - every), before, after)


def _runs(frames: IntArray, scale: FloatArray, centre: FloatArray) -> list[slice]:
    """Stretches without a gap or a cut."""
    jump = np.linalg.norm(np.diff(centre, axis=0), axis=1) / scale[1:]
    breaks = np.flatnonzero((np.diff(frames) > 1) | (jump > CUT_JUMP)) + 1
    edges = [0, *breaks.tolist(), len(frames)]
    return [slice(a, b) for a, b in pairwise(edges)]


def _smooth(values: FloatArray, sigma: float) -> FloatArray:
    """Gaussian filter over time that does not shrink the ends towards anything."""
    if len(values) < 2:
        return values
    smoothed: FloatArray = gaussian_filter1d(values, sigma, axis=0, mode="nearest", truncate=3.0)
    return smoothed
