"""Real mouths of this very plate, chosen by lip shape and head pose, coherent over time."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.distance import cdist

from .crop import SIDE
from .ease import ease
from .face.topology import LIPS_INNER, LIPS_OUTER
from .records import BoolArray, FloatArray, IntArray
from .warp import MeshMap, Window, displacement, polygon, sample

BANK_SIZE = 96
"""Mouths kept for a shot: enough for its lip shapes, small enough for memory."""

LIP_NOISE = 0.012
"""How well lip shapes repeat, in inter-ocular distances: the unit of the choice's cost."""

SWITCH_COST = 3.0
STEP_COST = 0.15
"""Cost of going to another mouth, and to one of the next frames of the plate."""

STEP_FRAMES = 2
SAME_SHAPE = (0.004, 0.022)
"""Lip difference, in inter-ocular distances, below which the plate's own mouth stays and above
which the bank's takes its place."""

NO_BETTER = (0.7, 1.1)
"""Lip difference of the stored mouth as a share of the plate's own from which it is worth less, and
nothing."""

WINDOW_MARGIN = 0.3
"""How far a stored mouth reaches beyond the lips, in inter-ocular distances."""

OPEN_GAP = 0.035
"""Inner lip gap, in inter-ocular distances, from which a mouth shows its inside."""


@dataclass(frozen=True)
class MouthChoice:
    """Which stored mouths each frame shows.

    Attributes:
        first, second: (T,) frames of the plate (indices within the shot).
        share: (T,) 0..0.5, share of ``second``: a cross-fade where the choice changes.
        weight: (T,) 0..1, how far the bank's mouth replaces the plate's own.
        cavity: (T,) 0..1, how far no stored mouth is open enough and the inside must be drawn.
    """

    first: IntArray
    second: IntArray
    share: FloatArray
    weight: FloatArray
    cavity: FloatArray


@dataclass(frozen=True)
class StoredMouth:
    """One mouth of the bank.

    Attributes:
        pixels: (h, w, 3) float16, a window of its frame's crop.
        origin: (2,) left and top of the window in the crop, whole pixels.
        landmarks: (478, 2) of its frame, in its own crop, pixels.
        detail: mean squared Laplacian around its lips, in the crop it was taken from; 0 where
            nobody asks for it.
    """

    pixels: FloatArray
    origin: IntArray
    landmarks: FloatArray
    detail: float = 0.0


def lip_features(landmarks: FloatArray, size: int) -> FloatArray:
    """What makes two mouths alike: lip shape, place on the face, and how the head is turned.

    Args:
        landmarks: (T, 478, 2) crop pixels.
        size: side of the crop, pixels.

    Returns:
        (T, F), scaled so that Euclidean distances are root-mean-square inter-ocular distances.
    """
    unit = np.asarray(landmarks, dtype=np.float64) * (SIDE / size)
    inner, outer = unit[:, list(LIPS_INNER)], unit[:, list(LIPS_OUTER)]
    middle = inner.mean(axis=1, keepdims=True)
    eyes = unit[:, [33, 133, 362, 263]].mean(axis=1)
    nose = unit[:, 1] - eyes
    count = np.sqrt(len(LIPS_INNER))
    parts = [
        ((inner - middle) / count).reshape(len(unit), -1),
        (0.6 * (outer - middle) / count).reshape(len(unit), -1),
        0.3 * (middle[:, 0] - eyes),
        0.3 * nose,
    ]
    return np.concatenate(parts, axis=1)


def lip_gap(landmarks: FloatArray, size: int) -> FloatArray:
    """Inner lip gap of (T, 478, 2) crop landmarks, in inter-ocular distances: (T,)."""
    gap: FloatArray = np.linalg.norm(landmarks[:, 13] - landmarks[:, 14], axis=-1) * (SIDE / size)
    return gap


def bank_frames(features: FloatArray, usable: BoolArray, count: int = BANK_SIZE) -> IntArray:
    """The frames whose mouths are worth keeping: as unlike each other as possible, in order.

    Args:
        features: (T, F) of the plate's own face.
        usable: (T,) frames that may be taken.
        count: how many at most.
    """
    frames = np.flatnonzero(usable)
    if len(frames) <= count:
        return frames
    points = features[frames]
    chosen = [int(np.argmin(np.linalg.norm(points - points.mean(axis=0), axis=1)))]
    nearest = np.linalg.norm(points - points[chosen[0]], axis=1)
    while len(chosen) < count:
        farthest = int(np.argmax(nearest))
        chosen.append(farthest)
        nearest = np.minimum(nearest, np.linalg.norm(points - points[farthest], axis=1))
    return np.sort(frames[chosen])


def choose_mouths(
    new: FloatArray,
    plate: FloatArray,
    bank: IntArray,
    gaps: tuple[FloatArray, FloatArray],
    mean: FloatArray | None = None,
) -> MouthChoice:
    """Choose the mouths of the whole shot at once: likeness against the unrest of changing.

    Dynamic programming over the shot, on landmarks only, so that it is cheap and the same for every
    part of the shot that is rendered by itself.

    Args:
        new: (T, F) features of the new face.
        plate: (T, F) features of the plate's own face.
        bank: (K,) frames that are stored.
        gaps: inner lip gaps of the new face (T,) and of the plate's own (T,).
        mean: (T, F) features of the mean mouth of each frame; of the chosen one where not given.
    """
    cost = (cdist(new, plate[bank]) / LIP_NOISE) ** 2
    path = bank[_cheapest_path(cost, bank)]
    second, share = path.copy(), np.zeros(len(path))
    for frame in np.flatnonzero(np.abs(np.diff(path)) > STEP_FRAMES) + 1:
        second[frame - 1], second[frame] = path[frame], path[frame - 1]
        share[frame - 1 : frame + 1] = 1 / 3
    shown = plate[path] if mean is None else mean
    weight = gaussian_filter1d(bank_weight(new, plate, shown), 1.0, mode="nearest")
    available = gaps[1][path]
    cavity = np.clip((gaps[0] - np.maximum(3.0 * available, OPEN_GAP)) / OPEN_GAP, 0.0, 1.0)
    return MouthChoice(path, second, share, weight, cavity)


def bank_weight(new: FloatArray, plate: FloatArray, stored: FloatArray) -> FloatArray:
    """How far a stored mouth replaces the plate's own.

    Not at all where the plate's own mouth has the new shape already, nor where the stored one is
    no better.

    Args:
        new, plate, stored: (..., F) features of the new face, of the plate's own, of the mouth.

    Returns:
        (...) 0..1.
    """
    own = np.linalg.norm(new - plate, axis=-1)
    other = np.linalg.norm(new - stored, axis=-1)
    changed = ease(own, SAME_SHAPE)
    return changed * (1.0 - ease(other / np.maximum(own, 1e-6), NO_BETTER))


def store_mouth(crop: FloatArray, landmarks: FloatArray, detail: float = 0.0) -> StoredMouth:
    """Keep the mouth of a frame's crop (S, S, 3) with its crop landmarks (478, 2)."""
    size = len(crop)
    lips = landmarks[list(LIPS_OUTER)]
    margin = WINDOW_MARGIN * size / SIDE
    low = np.clip(np.floor(lips.min(axis=0) - margin), 0, size - 8).astype(int)
    high = np.clip(np.ceil(lips.max(axis=0) + margin), low + 8, size).astype(int)
    pixels = crop[low[1] : high[1], low[0] : high[0]].astype(np.float16)
    return StoredMouth(pixels, low, np.asarray(landmarks, dtype=np.float64), detail)


def warp_mouth(
    stored: StoredMouth, mesh: MeshMap, landmarks: FloatArray, texture: FloatArray
) -> FloatArray:
    """Put a stored mouth onto the new face, in the light of the plate's frame.

    Args:
        stored: the mouth.
        mesh: the new face, rasterised.
        landmarks: (478, 2) the new face, crop pixels.
        texture: (S, S, 3) the plate's frame warped to the new face: what it must fit into.

    Returns:
        (S, S, 3) float32: the stored mouth around the lips, ``texture`` elsewhere.
    """
    size = mesh.size
    unit = size / SIDE
    lips = landmarks[list(LIPS_OUTER)]
    window = lip_window(lips, size)
    corner = np.array([window[1].start, window[0].start])
    field = displacement(mesh, stored.landmarks, landmarks, window)
    field += (corner - stored.origin).astype(np.float32)
    warped = sample(stored.pixels.astype(np.float32), field)
    result, texture = texture.copy(), texture[window]
    shape = texture.shape[:2]
    inside = polygon(lips - corner, shape)
    near = soften(polygon(grow(lips - corner, 0.10 * unit), shape), 0.04 * unit)
    ring = np.clip(near - soften(inside, 0.02 * unit), 0.0, 1.0)[..., None]
    total = float(ring.sum()) + 1e-6
    here, there = (texture * ring).sum((0, 1)) / total, (warped * ring).sum((0, 1)) / total
    gain = np.clip((here + 0.02) / (there + 0.02), 0.6, 1.6).astype(np.float32)
    result[window] = texture + near[..., None] * (warped * gain - texture)
    return result


def lip_window(lips: FloatArray, size: int) -> Window:
    """Rows and columns around the lips (N, 2), wide enough for a blended mouth."""
    margin = 0.27 * size / SIDE
    low = np.clip(np.floor(lips.min(axis=0) - margin), 0, size - 8).astype(int)
    high = np.clip(np.ceil(lips.max(axis=0) + margin), low + 8, size).astype(int)
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def grow(points: FloatArray, amount: float) -> FloatArray:
    """Push the points of a loop (N, 2) away from its middle by so many pixels."""
    offset = points - points.mean(axis=0)
    length = np.linalg.norm(offset, axis=1, keepdims=True) + 1e-6
    grown: FloatArray = points + offset / length * amount
    return grown


def soften(mask: FloatArray, sigma: float) -> FloatArray:
    """Gaussian blur of a mask."""
    softened: FloatArray = cv2.GaussianBlur(  # type: ignore[assignment]
        mask, (0, 0), max(sigma, 0.3), borderType=cv2.BORDER_REPLICATE
    )
    return softened


def _cheapest_path(cost: FloatArray, bank: IntArray) -> IntArray:
    """Viterbi over (T, K) costs; moving on by a frame or two of the plate is nearly free."""
    frames, count = cost.shape
    best = cost[0].copy()
    origin = np.zeros((frames, count), dtype=np.int64)
    here = np.arange(count)
    for frame in range(1, frames):
        source, reached = here.copy(), best.copy()
        jump = int(np.argmin(best))
        _take(source, reached, np.full(count, jump), np.full(count, best[jump] + SWITCH_COST))
        for step in (1, 2, -1, -2):
            origin_of = here - step
            inside = (origin_of >= 0) & (origin_of < count)
            index = np.where(inside, origin_of, 0)
            near = inside & (np.abs(bank - bank[index]) <= STEP_FRAMES)
            _take(source, reached, index, np.where(near, best[index] + STEP_COST, np.inf))
        origin[frame] = source
        best = reached + cost[frame]
    path = np.zeros(frames, dtype=np.int64)
    path[-1] = int(np.argmin(best))
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = origin[frame, path[frame]]
    return path


def _take(source: IntArray, reached: FloatArray, index: IntArray, value: FloatArray) -> None:
    better = value < reached
    source[better] = index[better]
    reached[better] = value[better]
