"""Move the plate's own pixels through the face mesh to the new landmarks (backward warping)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from .face.topology import FACE_OVAL, TRIANGLES
from .records import FloatArray, IntArray

SHIFT = 4
"""Fractional bits of OpenCV's polygon coordinates."""

RINGS = ((1.12, 0.62), (1.28, 0.24), (1.5, 0.0))
"""Rings around the face: distance from its middle, and the share of the oval's movement there."""

SKIN_POINTS = 468


OVAL = np.array(FACE_OVAL)
"""(36,) landmarks on the edge of the mesh, in order."""


def _extended_triangles() -> IntArray:
    count = len(OVAL)
    loops = [OVAL] + [SKIN_POINTS + ring * count + np.arange(count) for ring in range(len(RINGS))]
    strips = []
    for inner, outer in pairwise(loops):
        inner_next, outer_next = np.roll(inner, -1), np.roll(outer, -1)
        strips.append(np.stack([inner, inner_next, outer], axis=1))
        strips.append(np.stack([inner_next, outer_next, outer], axis=1))
    return np.concatenate([TRIANGLES, *strips]).astype(np.int64)


MESH = _extended_triangles()
"""(1114, 3) the face's triangles, then those of the rings around it."""


@dataclass(frozen=True)
class MeshMap:
    """The new face, rasterised: which triangle is seen at each pixel of the crop.

    Attributes:
        triangle: (S, S) index into ``MESH``, -1 where there is none.
        points: (576, 2) vertices of the extended mesh, crop pixels.
    """

    triangle: IntArray
    points: FloatArray

    @property
    def size(self) -> int:
        """Side of the crop, pixels."""
        return len(self.triangle)


def rasterise(landmarks: FloatArray, depth: FloatArray, size: int) -> MeshMap:
    """Draw the mesh far to near, so that each pixel keeps the nearest triangle.

    Args:
        landmarks: (478, 2) the new face, crop pixels.
        depth: (478,) larger is farther from the camera, any unit.
        size: side of the crop, pixels.
    """
    points = extend_mesh(landmarks, landmarks)
    far = np.concatenate(
        [
            np.asarray(depth[:SKIN_POINTS], dtype=np.float64),
            np.full(len(points) - SKIN_POINTS, float(np.max(depth)) + 1e3),
        ]
    )
    order = np.argsort(-far[MESH].mean(axis=1), kind="stable")
    corners = np.clip(np.rint((points - 0.5) * (1 << SHIFT)), -(1 << 20), 1 << 20)
    corners = corners.astype(np.int32)[MESH]
    canvas = np.full((size, size), -1.0, dtype=np.float32)
    for index in order:
        cv2.fillConvexPoly(canvas, corners[index], (float(index),), lineType=8, shift=SHIFT)
    return MeshMap(canvas.astype(np.int32), points)


Window = tuple[slice, slice]
"""Rows and columns of a part of the crop."""


def displacement(
    mesh: MeshMap, source: FloatArray, landmarks: FloatArray, window: Window | None = None
) -> FloatArray:
    """Where each pixel of the new face comes from, relative to itself.

    Args:
        mesh: the new face, rasterised.
        source: (478, 2) the same landmarks on the picture the texture is taken from, crop pixels.
        landmarks: (478, 2) the new face, crop pixels.
        window: the part that is wanted; all where not given.

    Returns:
        (S, S, 2) float32 pixels, or of the window; exactly 0 where the mesh did not move and
        beyond its rings.
    """
    moved = extend_mesh(source, landmarks) - mesh.points
    target = mesh.points[MESH]
    offset = moved[MESH]
    edge = np.stack([target[:, 1] - target[:, 0], target[:, 2] - target[:, 0]], axis=2)
    change = np.stack([offset[:, 1] - offset[:, 0], offset[:, 2] - offset[:, 0]], axis=2)
    determinant = edge[:, 0, 0] * edge[:, 1, 1] - edge[:, 0, 1] * edge[:, 1, 0]
    safe = np.where(np.abs(determinant) < 1e-3, np.inf, determinant)
    inverse = (
        np.stack(
            [
                np.stack([edge[:, 1, 1], -edge[:, 0, 1]], -1),
                np.stack([-edge[:, 1, 0], edge[:, 0, 0]], -1),
            ],
            axis=1,
        )
        / safe[:, None, None]
    )
    gradient = change @ inverse
    constant = offset[:, 0] - np.einsum("nij,nj->ni", gradient, target[:, 0])
    table = np.concatenate(
        [gradient.reshape(-1, 4), constant, offset.min(axis=1), offset.max(axis=1)], axis=1
    ).astype(np.float32)
    whole = slice(0, mesh.size)
    part = (whole, whole) if window is None else window
    triangle = mesh.triangle[part]
    rows, columns = np.nonzero(triangle >= 0)
    found = table[triangle[rows, columns]]
    x = columns.astype(np.float32) + np.float32(part[1].start + 0.5)
    y = rows.astype(np.float32) + np.float32(part[0].start + 0.5)
    field = np.zeros((*triangle.shape, 2), dtype=np.float32)
    for axis in range(2):
        value = found[:, 2 * axis] * x + found[:, 2 * axis + 1] * y + found[:, 4 + axis]
        # Thin triangles would shoot past their corners by rounding.
        field[rows, columns, axis] = np.clip(value, found[:, 6 + axis], found[:, 8 + axis])
    return field


def sample(
    texture: FloatArray, field: FloatArray, interpolation: int = cv2.INTER_CUBIC
) -> FloatArray:
    """Fetch a texture (H, W, C) at every pixel's own place plus ``field`` (S, S, 2)."""
    height, width = field.shape[:2]
    x = field[..., 0] + np.arange(width, dtype=np.float32)
    y = field[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    sampled: FloatArray = cv2.remap(  # type: ignore[assignment]
        texture, x, y, interpolation, borderMode=cv2.BORDER_REPLICATE
    )
    return sampled


def stretch(mesh: MeshMap, source: FloatArray) -> FloatArray:
    """How much the texture must be stretched: 0 where it is dense enough, 1 where it is invented.

    Skin that was hidden or folded on the plate, and is now seen, has too few pixels to come from.

    Args:
        mesh: the new face, rasterised.
        source: (478, 2) the landmarks on the texture, crop pixels.

    Returns:
        (S, S) float32 0..1.
    """
    new = _areas(mesh.points[:SKIN_POINTS])
    old = _areas(np.asarray(source[:SKIN_POINTS], dtype=np.float64))
    # Both signs agree for a triangle that is seen in both; a flipped one was turned away.
    same = np.sign(new) * old
    ratio = np.abs(new) / np.maximum(same, 0.05 * np.abs(new) + 1e-6)
    amount = np.clip((np.log2(np.maximum(ratio, 1.0)) - 0.6) / 1.4, 0.0, 1.0)
    table = np.zeros(len(MESH) + 1, dtype=np.float32)
    table[: len(TRIANGLES)] = amount
    return table[mesh.triangle]


def polygon(points: FloatArray, size: int | tuple[int, ...]) -> FloatArray:
    """An anti-aliased filled polygon (N, 2) in pixels, as float32 0..1 of a size or (H, W)."""
    shape = (size, size) if isinstance(size, int) else size
    canvas = np.zeros(shape, dtype=np.uint8)
    corners = np.rint((points - 0.5) * (1 << SHIFT)).astype(np.int32)
    cv2.fillPoly(canvas, [corners], (255,), lineType=cv2.LINE_AA, shift=SHIFT)
    return canvas.astype(np.float32) / 255.0


def _areas(points: FloatArray) -> FloatArray:
    a, b, c = (points[TRIANGLES[:, i]] for i in range(3))
    areas: FloatArray = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (
        c[:, 0] - a[:, 0]
    )
    return areas


def extend_mesh(source: FloatArray, landmarks: FloatArray) -> FloatArray:
    """Vertices of ``MESH`` on a picture: the rings stand around the new face and follow ever less.

    Args:
        source: (478, 2) the landmarks on the picture, pixels.
        landmarks: (478, 2) the new face, pixels.

    Returns:
        (576, 2) pixels.
    """
    skin = np.asarray(source[:SKIN_POINTS], dtype=np.float64)
    oval = np.asarray(landmarks, dtype=np.float64)[OVAL]
    middle = oval.mean(axis=0)
    moved = skin[OVAL] - oval
    rings = [middle + (oval - middle) * reach + moved * share for reach, share in RINGS]
    return np.concatenate([skin, *rings])
