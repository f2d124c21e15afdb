"""Draw the head as a plain picture with known truth, for building and judging the fit."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..records import Camera, FloatArray, IntArray, PixelArray
from .head import HeadModel
from .raster import rasterise
from .topology import BROW_LEFT, BROW_RIGHT, LIPS_INNER, LIPS_OUTER

_PAINT_SIZE = 1024
_PAINT_SPAN = 0.16
"""Metres across the front view in which brows and lips are painted."""
_IRIS_RADIUS, _PUPIL_RADIUS = 0.0059, 0.0024
_MOUTH_CENTRE, _MOUTH_SIZE = np.array([0, -0.062, 0.0]), np.array([0.02, 0.022, 0.06])
"""Where the inside of the mouth lies, metres: middle and half the extent."""
_PART_COLOURS = {
    "eye_left": (236, 233, 230),
    "eye_right": (236, 233, 230),
    "teeth_upper": (232, 226, 214),
    "teeth_lower": (232, 226, 214),
    "tongue": (190, 96, 96),
}


@dataclass(frozen=True)
class Look:
    """Colours and light of a portrait.

    Attributes:
        skin, lips, brows, iris, background: RGB 0..255.
        light: (3,) direction towards the light, camera frame.
        ambient: 0..1 share of light that comes from everywhere.
    """

    skin: tuple[float, float, float] = (205, 165, 142)
    lips: tuple[float, float, float] = (172, 100, 96)
    brows: tuple[float, float, float] = (78, 58, 46)
    iris: tuple[float, float, float] = (84, 104, 96)
    background: tuple[float, float, float] = (96, 104, 112)
    light: tuple[float, float, float] = (0.3, -0.5, -0.8)
    ambient: float = 0.45


@dataclass(frozen=True)
class Portrait:
    """A drawn head.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        triangle: (H, W) index into the drawn triangles, -1 for the background.
        weights: (H, W, 3) barycentric coordinates in it.
    """

    pixels: PixelArray
    triangle: IntArray
    weights: FloatArray


class Painter:
    """Draws a head model; keeps what does not change between pictures."""

    def __init__(self, head: HeadModel) -> None:
        hidden = np.concatenate([head.parts["lashes_left"], head.parts["lashes_right"]])
        self.triangles = head.triangles[~np.isin(head.triangles, hidden).any(1)]
        self._neutral = head.neutral
        self._part = np.zeros(len(head.neutral), dtype=int)
        self._part_colours = [np.zeros(3)]
        for name, colour in _PART_COLOURS.items():
            self._part[head.parts[name]] = len(self._part_colours)
            self._part_colours.append(np.array(colour, dtype=float))
        self._eyes = [head.neutral[head.parts[name]].mean(0) for name in ("eye_left", "eye_right")]
        self._paint = self._paint_front(head)
        self._is_front = head.neutral[:, 2] > -0.01
        # Only the face is painted: not the mouth's inside behind the lips.
        self._lip_depth = head.landmarks(head.neutral)[list(LIPS_INNER), 2].min() - 0.008

    def _paint_front(self, head: HeadModel) -> FloatArray:
        """Brow and lip masks (S, S, 2) in a front view of the neutral head."""
        landmarks = head.landmarks(head.neutral)
        masks = np.zeros((_PAINT_SIZE, _PAINT_SIZE, 2), dtype=np.float32)
        for layer, rings in enumerate(((BROW_LEFT, BROW_RIGHT), (LIPS_OUTER,))):
            mask = np.zeros((_PAINT_SIZE, _PAINT_SIZE), dtype=np.uint8)
            for ring in rings:
                pixels = self._front_pixels(landmarks[list(ring)])
                cv2.fillPoly(mask, [np.round(pixels).astype(np.int32)], (255,))
            masks[..., layer] = cv2.GaussianBlur(mask, (0, 0), 5) / 255.0
        return masks

    @staticmethod
    def _front_pixels(points: FloatArray) -> FloatArray:
        scale = _PAINT_SIZE / _PAINT_SPAN
        pixels: FloatArray = np.stack(
            [points[..., 0] * scale + _PAINT_SIZE / 2, -points[..., 1] * scale + _PAINT_SIZE / 4],
            axis=-1,
        )
        return pixels

    def draw(self, points: FloatArray, camera: Camera, look: Look | None = None) -> Portrait:
        """Draw vertices given in the camera's frame.

        Args:
            points: (V, 3) metres.
            camera: pinhole and picture size.
            look: colours and light.
        """
        look = look or Look()
        triangles = self.triangles
        index, weights = rasterise(
            camera.project(points), points[:, 2], triangles, camera.width, camera.height
        )
        seen = index >= 0
        corners = triangles[index[seen]]
        share = weights[seen][:, :, None]
        rest = (self._neutral[corners] * share).sum(1)
        normal = (_vertex_normals(points, triangles)[corners] * share).sum(1)
        light = np.array(look.light) / np.linalg.norm(look.light)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-12
        facing = np.where((normal[:, 2] > 0)[:, None], -normal, normal)
        shade = look.ambient + (1 - look.ambient) * np.clip(facing @ light, 0, None)
        colour = self._colour(rest, self._part[corners[:, 0]], look) * shade[:, None]
        pixels = np.empty((camera.height, camera.width, 3))
        pixels[:] = look.background
        pixels[seen] = colour
        smooth = cv2.GaussianBlur(np.clip(pixels, 0, 255).astype(np.uint8), (0, 0), 0.7)
        return Portrait(smooth, index, weights)

    def _colour(self, rest: FloatArray, part: IntArray, look: Look) -> FloatArray:
        colour = np.array(self._part_colours)[part]
        skin = part == 0
        pixel = np.clip(self._front_pixels(rest[skin]).astype(int), 0, _PAINT_SIZE - 1)
        brow, lip = self._paint[pixel[:, 1], pixel[:, 0]].T[..., None]
        depth = rest[skin][:, 2:]
        lip = lip * (depth > self._lip_depth)
        brow = brow * (depth > 0)
        paint = np.array(look.skin) * (1 - lip) + np.array(look.lips) * lip
        place = np.abs(rest[skin] - _MOUTH_CENTRE) < _MOUTH_SIZE
        inside = place.all(axis=1, keepdims=True) & (depth < self._lip_depth)
        paint = np.where(inside, np.array([96.0, 40.0, 40.0]), paint)
        colour[skin] = paint * (1 - brow) + np.array(look.brows) * brow
        for number, centre in enumerate(self._eyes, start=1):
            rows = part == number
            across = np.linalg.norm((rest[rows] - centre)[:, :2], axis=1)
            front = rest[rows][:, 2] > centre[2]
            colour[rows] = np.where(
                (front & (across < _IRIS_RADIUS))[:, None], np.array(look.iris), colour[rows]
            )
            colour[rows] = np.where((front & (across < _PUPIL_RADIUS))[:, None], 16.0, colour[rows])
        return colour


def _vertex_normals(points: FloatArray, triangles: IntArray) -> FloatArray:
    face = np.cross(
        points[triangles[:, 1]] - points[triangles[:, 0]],
        points[triangles[:, 2]] - points[triangles[:, 0]],
    )
    normals = np.zeros_like(points)
    for axis in range(3):
        summed = np.bincount(triangles.ravel(), np.repeat(face[:, axis], 3), minlength=len(points))
        normals[:, axis] = summed
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
    return normals
