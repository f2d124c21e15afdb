"""The mean of the stored mouths most like the new one: what this mouth shape looks like here.

A single stored mouth is as far from the truth as its own noise, its light and its tongue make it;
the weighted mean of many, each warped to the new lips, has half that error. It is softer than any
of them, so it only serves for what is coarser than ``SPLIT``: detail comes from single pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.sparse import csr_matrix
from scipy.spatial.distance import cdist

from .crop import NETWORK_SIZE, SIDE, resize
from .face.topology import LIPS_OUTER
from .mouth_bank import StoredMouth, grow, lip_window, soften, store_mouth
from .mouth_detail import detail_energy, mouth_box
from .records import BoolArray, FloatArray
from .warp import MESH, MeshMap, Window, extend_mesh, polygon, sample

BANK_SIZE = 400
"""Mouths kept for the means of a shot: small ones, so many of them."""

COUNT = 32
"""Stored mouths that a mean is made of."""

REACH, NOISE = 0.03, 0.1
"""Inter-ocular distances over which mouths look alike, and how much of a mouth's look is its own:
the constants of the regression, chosen on frames left out of five plates."""

SPLIT = 1.0
"""Standard deviation that parts coarse from fine, pixels of the generator's size."""

SETTLE = 1.0
"""Standard deviation of the filter over time of the shares, frames."""


@dataclass(frozen=True)
class MouthMean:
    """Stored mouths at the generator's size, and how much each counts.

    Attributes:
        mouths: of the crop at the generator's size.
        shares: (K,) sum 1.
    """

    mouths: tuple[StoredMouth, ...]
    shares: FloatArray

    @property
    def detail(self) -> float:
        """What single mouths of this shape have; see ``StoredMouth``."""
        return max(0.0, float(self.shares @ [stored.detail for stored in self.mouths]))


def store_small(crop: FloatArray, landmarks: FloatArray) -> StoredMouth:
    """Keep the mouth of a frame's crop (S, S, 3), landmarks (478, 2), at the generator's size."""
    small = resize(crop, NETWORK_SIZE, cv2.INTER_AREA)
    detail = detail_energy(crop, mouth_box(landmarks, len(crop)))
    return store_mouth(small, landmarks * (NETWORK_SIZE / len(crop)), detail)


def mean_shares(
    wanted: FloatArray, stored: FloatArray, usable: BoolArray | None = None
) -> FloatArray:
    """How much each stored mouth counts: what a regression on lip shape and pose makes of it.

    Ordinary kriging over the nearest mouths: of several alike each counts less, and a mouth on the
    one side of the new shape is balanced by those on the other. The farther a mouth, the less it is
    trusted, so that none drops in or out.

    Args:
        wanted: (T, F) features of each frame's new face.
        stored: (N, F) features of the stored mouths.
        usable: (N,) mouths that may be used; all where not given.

    Returns:
        (T, N) rows that sum to 1, some a little below 0; zeros where no mouth may be used.
    """
    shares = np.zeros((len(wanted), len(stored)), dtype=np.float32)
    here = np.arange(len(stored)) if usable is None else np.flatnonzero(usable)
    if len(here) == 0:
        return shares
    for frame, distance in enumerate(cdist(wanted, stored[here])):
        order = np.argsort(distance, kind="stable")[: COUNT + 1]
        edge = distance[order[-1]] * (1.0 if len(order) > COUNT else 1.05) + 1e-9
        # The farthest of few mouths lies on the edge itself; it must still count where it is alone.
        nearness = 1.0 - (distance[order] / edge) ** 2 + 1e-6
        system = np.ones((len(order) + 1, len(order) + 1))
        near = stored[here[order]]
        system[:-1, :-1] = np.exp(-0.5 * (cdist(near, near) / REACH) ** 2)
        system[:-1, :-1] += np.diag(NOISE / nearness)
        system[-1, -1] = 0.0
        likeness = np.exp(-0.5 * (distance[order] / REACH) ** 2)
        shares[frame, here[order]] = np.linalg.solve(system, np.append(likeness, 1.0))[:-1]
    return shares


def settle_shares(shares: FloatArray) -> FloatArray:
    """The shares (T, N) of a shot, smoothed over time."""
    settled: FloatArray = gaussian_filter1d(shares, SETTLE, axis=0, mode="nearest")
    return settled


def pick_mean(mouths: Sequence[StoredMouth], shares: FloatArray) -> MouthMean | None:
    """The mouths that count most, at most half as many again as ``COUNT``; None where none does.

    Args:
        mouths: N stored mouths.
        shares: (N,) of one frame.
    """
    size = np.abs(shares)
    order = np.argsort(-size, kind="stable")[: 3 * COUNT // 2]
    order = order[size[order] > 1e-3]
    if len(order) == 0:
        return None
    kept = shares[order]
    return MouthMean(tuple(mouths[int(i)] for i in order), kept / kept.sum())


def average_mouths(
    mean: MouthMean, mesh: MeshMap, landmarks: FloatArray, texture: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Warp the stored mouths to the new face, in the light of the plate's frame, and average them.

    Args:
        mean: the mouths.
        mesh: the new face, rasterised at the generator's size.
        landmarks: (478, 2) the new face, pixels of that size.
        texture: (S, S, 3) the plate's frame warped to the new face: what it must fit into.

    Returns:
        (S, S, 3) the mean mouth around the lips, ``texture`` elsewhere; and (S, S) how far the
        mouths disagree: their standard deviation in brightness.
    """
    unit = mesh.size / SIDE
    lips = landmarks[list(LIPS_OUTER)]
    window = lip_window(lips, mesh.size)
    corner = np.array([window[1].start, window[0].start])
    patch = texture[window]
    shape = patch.shape[:2]
    near = soften(polygon(grow(lips - corner, 0.10 * unit), shape), 0.04 * unit)
    inside = soften(polygon(lips - corner, shape), 0.02 * unit)
    ring = np.clip(near - inside, 0.0, 1.0).ravel()
    ring /= float(ring.sum()) + 1e-6
    here = ring @ patch.reshape(-1, 3)
    # A vertex's way from here to there, then every pixel its share of its three.
    ways = [extend_mesh(stored.landmarks, landmarks) - mesh.points for stored in mean.mouths]
    fields = _pixel_shares(mesh, window) @ np.concatenate(ways, axis=1).astype(np.float32)
    total = np.zeros_like(patch)
    square = np.zeros(shape, dtype=np.float32)
    for number, (stored, share) in enumerate(zip(mean.mouths, mean.shares, strict=True)):
        field = fields[:, 2 * number : 2 * number + 2].reshape(*shape, 2)
        field = field + (corner - stored.origin).astype(np.float32)
        warped = sample(stored.pixels.astype(np.float32), field, cv2.INTER_LINEAR)
        flat = warped.reshape(-1, 3)
        gain = np.clip((here + 0.02) / (ring @ flat + 0.02), 0.6, 1.6).astype(np.float32)
        total += (np.float32(share) * gain) * warped
        square += np.float32(share) * (flat @ (gain / 3)).reshape(shape) ** 2
    doubt = np.zeros(texture.shape[:2], dtype=np.float32)
    doubt[window] = near * np.sqrt(np.maximum(square - total.mean(axis=-1) ** 2, 0.0))
    result = texture.copy()
    result[window] = patch + near[..., None] * (total - patch)
    return result, doubt


def replace_coarse(picture: FloatArray, mean: FloatArray) -> FloatArray:
    """Keep the detail of a picture (S, S, 3) and take what is coarser from ``mean``.

    The mean may have another size.
    """
    return picture + coarse(resize(mean, len(picture), cv2.INTER_CUBIC) - picture)


def coarse(picture: FloatArray) -> FloatArray:
    """What of a picture (S, S, C) is coarser than ``SPLIT``, whatever its size."""
    sigma = SPLIT * len(picture) / NETWORK_SIZE
    blurred: FloatArray = cv2.GaussianBlur(  # type: ignore[assignment]
        picture, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE
    )
    return blurred


def _pixel_shares(mesh: MeshMap, window: Window) -> csr_matrix:
    """(pixels of the window, vertices) barycentric coordinates; empty rows where no mesh is."""
    triangle = mesh.triangle[window].ravel()
    rows = np.flatnonzero(triangle >= 0)
    corners = MESH[triangle[rows]]
    a, b, c = (mesh.points[corners[:, k]] for k in range(3))
    y, x = (axis.ravel()[rows] for axis in np.mgrid[window])
    one, two, here = b - a, c - a, np.stack([x, y], axis=-1) + 0.5 - a
    area = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    safe = np.where(np.abs(area) < 1e-3, np.inf, area)
    second = (here[:, 0] * two[:, 1] - here[:, 1] * two[:, 0]) / safe
    third = (one[:, 0] * here[:, 1] - one[:, 1] * here[:, 0]) / safe
    shares = np.clip(np.stack([1.0 - second - third, second, third], axis=-1), 0.0, 1.0)
    shares /= shares.sum(axis=-1, keepdims=True)
    places = np.repeat(rows, 3), corners.ravel()
    return csr_matrix(
        (shares.astype(np.float32).ravel(), places), shape=(len(triangle), len(mesh.points))
    )
