"""Facts about MediaPipe's face landmarks: triangles, UVs, index lists and maps to other layouts.

"Left" and "right" are the subject's.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from ..records import LANDMARK_COUNT, BoolArray, FloatArray, IntArray

SKIN_COUNT = 468
"""Landmarks on the skin; the other ten are the irises."""

with np.load(Path(__file__).resolve().parent.parent / "assets" / "face_mesh.npz") as _mesh:
    CANONICAL: FloatArray = _mesh["vertices"].astype(np.float64)
    """(468, 3) MediaPipe's canonical face, centimetres, axes as in the head frame."""
    UVS: FloatArray = _mesh["uvs"].astype(np.float64)
    """(468, 2) texture coordinates, v down."""
    TRIANGLES: IntArray = _mesh["triangles"].astype(np.int64)
    """(898, 3) counter-clockwise seen from outside; eyes and mouth are filled."""

LIPS_OUTER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91,
              146)  # fmt: skip
"""Ring around the lips, from the right corner over the upper lip."""
LIPS_INNER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88,
              95)  # fmt: skip
"""Ring of the mouth opening, from the right corner over the upper lip."""
LIPS = tuple(sorted({*LIPS_OUTER, *LIPS_INNER, 76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306,
                     307, 320, 404, 315, 16, 85, 180, 90, 77, 62, 183, 42, 41, 38, 12, 268, 271,
                     272, 407, 292, 325, 319, 403, 316, 15, 86, 179, 89, 96}))  # fmt: skip
"""All landmarks on the lips."""
EYE_RIGHT = (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7)
"""Ring of the right lids, from the outer corner over the upper lid."""
EYE_LEFT = (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249)
"""Ring of the left lids, from the outer corner over the upper lid."""
BROW_RIGHT = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46)
"""Ring of the right brow."""
BROW_LEFT = (300, 293, 334, 296, 336, 285, 295, 282, 283, 276)
"""Ring of the left brow."""
IRIS_RIGHT = (468, 469, 470, 471, 472)
"""Centre and ring of the right iris."""
IRIS_LEFT = (473, 474, 475, 476, 477)
"""Centre and ring of the left iris."""
FACE_OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400,
             377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67,
             109)  # fmt: skip
"""Ring around the face."""
EYE_CORNERS = (33, 263)
"""The outer eye corners, right and left: their distance is the inter-ocular distance (IOD)."""
SILHOUETTE = (234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397,
              288, 361, 323, 454, 127, 356, 162, 389, 21, 251)  # fmt: skip
"""Landmarks that slide over the skin when the head turns."""
MIDDLE_LIDS = {"Right": (159, 145), "Left": (386, 374)}
"""The middle of the upper and the lower lid."""
LID_PAIRS = (
    *(MIDDLE_LIDS["Right"], (160, 144), (158, 153)),
    *(MIDDLE_LIDS["Left"], (385, 380), (387, 373)),
)
"""Upper and lower lid points that meet in a blink."""
LIP_PAIRS = ((13, 14), (82, 87), (312, 317), (81, 178), (311, 402))
"""Upper and lower points of the middle of the lips that meet in a closed mouth."""
SIDE_LIP_PAIRS = ((80, 88), (310, 318), (191, 95), (415, 324))
"""The same towards the corners."""
MOUTH_CORNERS = (61, 291)

IBUG68 = (162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389,
          71, 63, 105, 66, 107, 336, 296, 334, 293, 301, 168, 197, 5, 4, 75, 97, 2, 326, 305,
          33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
          61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,
          78, 82, 13, 312, 308, 317, 14, 87)  # fmt: skip
"""The 68 points of iBUG / 300-W."""

EVP_JAW = (127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397,
           288, 361, 323, 454, 356)  # fmt: skip
"""The jaw line; points 0 to 32 of the 106 lie on it at equal arc lengths."""
_EVP_MEANS = {33: (70, 46), 42: (300, 276)}
_EVP_SINGLE = dict(
    zip(
        (*range(34, 42), *range(43, 106)),
        (
            63,
            105,
            66,
            107,
            336,
            296,
            334,
            293,
            6,
            197,
            195,
            4,
            98,
            99,
            2,
            328,
            327,
            33,
            160,
            158,
            133,
            153,
            144,
            362,
            385,
            387,
            263,
            373,
            380,
            53,
            52,
            65,
            55,
            285,
            295,
            282,
            283,
            159,
            145,
            468,
            386,
            374,
            473,
            193,
            417,
            198,
            420,
            129,
            358,
            61,
            40,
            37,
            0,
            267,
            270,
            291,
            321,
            314,
            17,
            84,
            91,
            78,
            81,
            13,
            311,
            308,
            402,
            14,
            178,
            468,
            473,
        ),
        strict=True,
    )
)
SKETCH: tuple[tuple[int, ...], ...] = (
    tuple(range(33)),
    (37, 36, 35, 34, 33, 64, 65, 66, 67, 37),
    (38, 39, 40, 41, 42, 71, 70, 69, 68, 38),
    (44, 47, 48, 49, 50, 51, 44),
    (*range(52, 58), 52),
    (*range(58, 64), 58),
    (*range(84, 96), 84),
    (*range(96, 104), 96),
)
"""Polylines of the face sketch (paper, section 3.4), as indices into the 106 points."""


def evp106(points: FloatArray) -> FloatArray:
    """The 106-point layout of the paper from MediaPipe landmarks.

    Args:
        points: (..., 478, d).

    Returns:
        ``(..., 106, d)``.
    """
    result = np.empty((*points.shape[:-2], 106, points.shape[-1]), dtype=points.dtype)
    result[..., :33, :] = _resample(points[..., list(EVP_JAW), :], 33)
    for target, (a, b) in _EVP_MEANS.items():
        result[..., target, :] = (points[..., a, :] + points[..., b, :]) / 2
    result[..., list(_EVP_SINGLE), :] = points[..., list(_EVP_SINGLE.values()), :]
    return result


def _resample(line: FloatArray, count: int) -> FloatArray:
    """Points (..., count, d) at equal arc lengths along a polyline (..., n, d)."""
    flat = line.reshape(-1, *line.shape[-2:])
    result = np.empty((len(flat), count, line.shape[-1]), dtype=line.dtype)
    for index, points in enumerate(flat):
        length = np.concatenate([[0.0], np.linalg.norm(np.diff(points, axis=0), axis=1).cumsum()])
        wanted = np.linspace(0.0, length[-1], count)
        for axis in range(points.shape[1]):
            result[index, :, axis] = np.interp(wanted, length, points[:, axis])
    shaped: FloatArray = result.reshape(*line.shape[:-2], count, line.shape[-1])
    return shaped


def inter_ocular_distance(landmarks: FloatArray) -> FloatArray:
    """Distance between the outer eye corners (...) of landmarks (..., 478, 2 or more), in 2D."""
    right, left = EYE_CORNERS
    distance: FloatArray = np.linalg.norm(
        landmarks[..., right, :2] - landmarks[..., left, :2], axis=-1
    )
    return distance


def _triangles_within(ring: tuple[int, ...]) -> BoolArray:
    inside: BoolArray = np.isin(TRIANGLES, ring).all(axis=1)
    return inside


@cache
def mouth_triangles() -> BoolArray:
    """(898,) which triangles fill the mouth opening."""
    return _triangles_within(LIPS_INNER)


@cache
def eye_triangles() -> BoolArray:
    """(898,) which triangles fill the eye openings."""
    filled: BoolArray = _triangles_within(EYE_LEFT) | _triangles_within(EYE_RIGHT)
    return filled


@cache
def mirror_landmarks() -> IntArray:
    """(478,) the landmark on the other side of the face; its own index on the midline."""
    place = np.concatenate([CANONICAL, UVS * 10], axis=1)
    other = np.concatenate([CANONICAL * [-1, 1, 1], (UVS * [-1, 1] + [1, 0]) * 10], axis=1)
    distance = ((other[:, None] - place[None]) ** 2).sum(-1)
    mirror = np.empty(LANDMARK_COUNT, dtype=np.int64)
    mirror[:SKIN_COUNT] = distance.argmin(1)
    # The rings run outwards, up, inwards, down on both irises' own sides.
    mirror[[468, 469, 470, 471, 472]] = [473, 476, 475, 474, 477]
    mirror[[473, 474, 475, 476, 477]] = [468, 471, 470, 469, 472]
    return mirror
