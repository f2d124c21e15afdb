"""The head model's teeth and tongue, for a mouth that the plate never shows open.

They stand where the fitted head has them, move with its jaw, and take their light and colour from
the plate's own skin. The head's teeth are bare bands; the gaps between teeth are drawn on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from .crop import RIGID, SIDE
from .face.head import load_head
from .face.raster import rasterise
from .face.topology import LIPS, LIPS_INNER
from .media.colour import to_encoded, to_linear
from .mouth_bank import lip_window, soften
from .records import FloatArray, IntArray
from .warp import polygon

OVERSAMPLING = 3

DROP = 0.0025
"""Metres by which teeth sit lower than the head has them: the edge of the upper teeth then shows
under a lip at rest, as it does on people."""

UPPER_GAPS = (0.0, 8.5, 15.0, 22.5, 29.5, 36.5)
LOWER_GAPS = (0.0, 5.3, 11.2, 18.0, 25.0, 32.0)
"""Places of the gaps between teeth along either arch from its middle, millimetres (mean widths of
crowns in dental anatomy)."""

GAP_WIDTH, GAP_DEPTH = 0.4, 0.3
"""Of the shade between two teeth: millimetres, and the share of light it takes."""

TOOTH = np.array((1.25, 1.48, 1.50))
TONGUE = np.array((0.62, 0.36, 0.38))
CAVITY = np.array((0.055, 0.024, 0.024))
"""Reflectance relative to skin, linear light: enamel is paler and less red than skin, if less so
under a grade than in nature."""

BRIGHTEST = 0.75
"""Teeth in a mouth are never brighter than so much of white, linear light."""

FRONT, REACH = 0.018, 0.028
"""Depth of the front teeth in the head, and of what lies in full shadow behind them, metres."""


@dataclass(frozen=True)
class HeadMouth:
    """How the head stands and what its mouth does in one frame.

    Attributes:
        rotation: (3, 3) camera from head.
        expression: (52,) ARKit weights.
    """

    rotation: FloatArray
    expression: FloatArray


@dataclass(frozen=True)
class _Parts:
    """Teeth and tongue of the head.

    Attributes:
        rest: (N, 3) metres, head frame.
        moves: (52, N, 3) what the shapes move them by.
        triangles: (M, 3).
        kind: (N,) 0 upper teeth, 1 lower teeth, 2 tongue.
        along: (N,) millimetres along the arch from its middle.
    """

    rest: FloatArray
    moves: FloatArray
    triangles: IntArray
    kind: IntArray
    along: FloatArray


def draw_mouth(texture: FloatArray, landmarks: FloatArray, mouth: HeadMouth) -> FloatArray:
    """Draw the inside of the mouth over a face.

    Args:
        texture: (S, S, 3) the face warped to the new landmarks, display-encoded.
        landmarks: (478, 2) the new face, crop pixels.
        mouth: the head's pose and expression.

    Returns:
        (S, S, 3) ``texture`` with teeth, tongue and darkness between the lips.
    """
    size = len(texture)
    unit = size / SIDE
    window = lip_window(landmarks[list(LIPS_INNER)], size)
    corner = np.array([window[1].start, window[0].start])
    height, width = window[0].stop - corner[1], window[1].stop - corner[0]
    light = _light(texture, landmarks)[:, window[1]]
    opening = landmarks[list(LIPS_INNER)] - corner
    inside = polygon(opening, (height, width))
    drawn = _draw_parts(landmarks, mouth, corner, (height, width), light)
    # The lips' own shadow falls on what lies behind them, most of it from the upper lip.
    shadow = soften(np.roll(inside, round(0.03 * unit), axis=0) * inside, 0.022 * unit)
    drawn = drawn * (0.35 + 0.65 * np.clip(shadow, 0.0, 1.0)[..., None])
    edge = soften(inside, 0.010 * unit)[..., None]
    result = texture.copy()
    skin = to_linear(result[window])
    result[window] = to_encoded(skin + edge * (drawn - skin)).astype(np.float32)
    return result


def _draw_parts(
    landmarks: FloatArray,
    mouth: HeadMouth,
    corner: FloatArray,
    shape: tuple[int, int],
    light: FloatArray,
) -> FloatArray:
    """The parts before darkness, in a window of the crop: (h, w, 3) linear light."""
    parts = _parts()
    head = load_head()
    moved = parts.rest + np.tensordot(mouth.expression, parts.moves, axes=1)
    moved = moved - [0.0, DROP, 0.0]
    faces = head.landmarks(head.neutral) + head.displacement(mouth.expression)
    place = _placement(faces @ mouth.rotation.T, landmarks)
    turned = moved @ mouth.rotation.T
    points = (_apply(place, turned) - corner) * OVERSAMPLING
    height, width = shape[0] * OVERSAMPLING, shape[1] * OVERSAMPLING
    triangle, weights = rasterise(points, turned[:, 2], parts.triangles, width, height)
    seen = triangle >= 0
    corners = parts.triangles[triangle[seen]]
    share = weights[seen]
    kind = parts.kind[corners[:, 0]]
    along = (parts.along[corners] * share).sum(axis=1)
    back = FRONT - (parts.rest[corners, 2] * share).sum(axis=1)
    facing = np.abs((_normals(turned, parts.triangles)[corners] * share[..., None]).sum(axis=1))
    colour = np.where((kind == 2)[:, None], TONGUE, TOOTH)
    open_air = np.clip(1.0 - back / REACH, 0.0, 1.0)
    shade = (0.55 + 0.45 * facing[:, 2]) * open_air**1.5
    teeth = kind < 2
    shade[teeth] *= 1.0 - GAP_DEPTH * _gaps(along[teeth], kind[teeth])
    picture = np.zeros((height, width, 3), dtype=np.float32)
    picture[:] = CAVITY
    picture[seen] += (colour - CAVITY) * shade[:, None]
    # Averaging over blocks is the anti-aliasing.
    small: FloatArray = cv2.resize(  # type: ignore[assignment]
        picture, (shape[1], shape[0]), interpolation=cv2.INTER_AREA
    )
    lit = small * light.T[None]
    return np.minimum(lit, BRIGHTEST)


def _gaps(along: FloatArray, kind: IntArray) -> FloatArray:
    """0..1 how near a place on a tooth is to the gap beside it."""
    places = np.where((kind == 0)[:, None], np.array(UPPER_GAPS), np.array(LOWER_GAPS))
    distance = np.abs(np.abs(along)[:, None] - places).min(axis=1)
    near: FloatArray = np.exp(-0.5 * (distance / GAP_WIDTH) ** 2)
    return near


def _light(texture: FloatArray, landmarks: FloatArray) -> FloatArray:
    """Colour of lit skin across the crop, from one cheek to the other: (3, S) linear light."""
    size = len(texture)
    sides, places = [], []
    for ring in ((50, 101, 36, 205), (280, 330, 266, 425)):
        cheek = polygon(landmarks[list(ring)], size)[..., None]
        total = float(cheek.sum()) + 1e-6
        sides.append((to_linear(texture) * cheek).sum(axis=(0, 1)) / total)
        places.append(landmarks[list(ring), 0].mean())
    order = np.argsort(places)
    x = np.arange(size) + 0.5
    across = [np.interp(x, np.sort(places), np.array(sides)[order, i]) for i in range(3)]
    return np.stack(across)


def _placement(model: FloatArray, landmarks: FloatArray) -> FloatArray:
    """Similarity (2, 3) from the turned head to the crop: size by bone, place by the lips."""
    bone = list(RIGID)
    here = model[bone, 0] + 1j * model[bone, 1]
    there = landmarks[bone, 0] + 1j * landmarks[bone, 1]
    here, there = here - here.mean(), there - there.mean()
    turn = (there @ here.conj()) / np.sum(np.abs(here) ** 2)
    linear = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    lips = list(LIPS)
    offset = landmarks[lips].mean(axis=0) - linear @ model[lips, :2].mean(axis=0)
    return np.concatenate([linear, offset[:, None]], axis=1)


def _apply(place: FloatArray, points: FloatArray) -> FloatArray:
    moved: FloatArray = points[:, :2] @ place[:, :2].T + place[:, 2]
    return moved


def _normals(points: FloatArray, triangles: IntArray) -> FloatArray:
    """(N, 3) unit normals of vertices."""
    a, b, c = (points[triangles[:, i]] for i in range(3))
    face = np.cross(b - a, c - a)
    normals = np.zeros_like(points)
    for i in range(3):
        np.add.at(normals, triangles[:, i], face)
    return normals / (np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12)


@cache
def _parts() -> _Parts:
    head = load_head()
    names = ("teeth_upper", "teeth_lower", "tongue")
    rows = np.concatenate([head.parts[name] for name in names])
    kind = np.concatenate([np.full(len(head.parts[name]), i) for i, name in enumerate(names)])
    number = np.full(len(head.neutral), -1)
    number[rows] = np.arange(len(rows))
    used = np.isin(head.triangles, rows).all(axis=1)
    rest = head.neutral[rows]
    along = np.zeros(len(rows))
    for arch in (0, 1):
        along[kind == arch] = _arc_length(rest[kind == arch])
    return _Parts(rest, head.expression_basis[:, rows], number[head.triangles[used]], kind, along)


def _arc_length(rest: FloatArray) -> FloatArray:
    """Millimetres along a dental arch from its middle, of its vertices (N, 3)."""
    # The arch seen from above is close to a parabola z = top - bend x².
    bend, _, top = np.polyfit(rest[:, 0], rest[:, 2], 2)
    del top
    x = np.abs(rest[:, 0])
    slope = 2.0 * np.abs(bend) * x
    length = 0.5 * x * np.sqrt(1 + slope**2) + np.arcsinh(slope) / (4.0 * np.abs(bend))
    signed: FloatArray = 1000.0 * np.sign(rest[:, 0]) * length
    return signed
