"""Draw the head as a picture with known truth, for building and judging the fit.

The picture is meant to look like a person to a face detector: hair, brows and lips painted on,
eyes with a lit cornea and lash lines, creases darkened, a neck and shoulders, a soft background.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import scipy.sparse as sparse

from ..records import Camera, FloatArray, IntArray, PixelArray
from .head import HeadModel
from .raster import rasterise
from .topology import BROW_LEFT, BROW_RIGHT, EYE_LEFT, EYE_RIGHT, LIPS_INNER, LIPS_OUTER

_PAINT_SIZE = 1024
_PAINT_SPAN = 0.16
"""Metres across the front view in which brows, lips and lashes are painted."""
_IRIS_RADIUS, _PUPIL_RADIUS, _RIM = 0.0059, 0.0022, 0.0012
_MOUTH_CENTRE, _MOUTH_SIZE = np.array([0, -0.062, 0.0]), np.array([0.02, 0.022, 0.06])
"""Where the inside of the mouth lies, metres: middle and half the extent."""
_PART_COLOURS = {
    "eye_left": (226, 220, 216),
    "eye_right": (226, 220, 216),
    "teeth_upper": (214, 206, 192),
    "teeth_lower": (200, 192, 178),
    "tongue": (176, 88, 88),
}
_CREASE = 4.0
"""How strongly creases are darkened, per unit of bend over edge length."""
_CREASE_ROUNDS = 3
_MOUTH_DARK = np.array([74.0, 28.0, 28.0])
_LASH = np.array([34.0, 24.0, 22.0])


@dataclass(frozen=True)
class Look:
    """Colours and light of a portrait.

    Attributes:
        skin, lips, brows, iris, hair, clothes, background: RGB 0..255.
        light: (3,) direction towards the light, camera frame.
        ambient: 0..1 share of light that comes from everywhere.
        gloss: 0..1 shine of the skin.
        hairline: metres above the eyes at which the hair begins on the forehead.
        grain: seed of what is irregular: hair, skin, background.
    """

    skin: tuple[float, float, float] = (205, 165, 142)
    lips: tuple[float, float, float] = (178, 112, 104)
    brows: tuple[float, float, float] = (78, 58, 46)
    iris: tuple[float, float, float] = (84, 84, 70)
    hair: tuple[float, float, float] = (62, 46, 38)
    clothes: tuple[float, float, float] = (60, 66, 84)
    background: tuple[float, float, float] = (96, 104, 112)
    light: tuple[float, float, float] = (0.3, -0.5, -0.8)
    ambient: float = 0.45
    gloss: float = 0.25
    hairline: float = 0.062
    grain: int = 0


def random_look(random: np.random.Generator) -> Look:
    """Another skin, hair, light and background."""
    tone, warmth = random.uniform(0.45, 1.12), random.uniform(0.9, 1.05)
    base = Look()
    skin, lips = (
        (tone * red, tone * green, tone * warmth * blue)
        for red, green, blue in (base.skin, base.lips)
    )
    dark = random.uniform(0.3, 1.6) * min(tone, 1.0)
    hair, brows = (
        (dark * red, dark * green, dark * blue) for red, green, blue in (base.hair, base.brows)
    )
    iris = [(70, 46, 32), (92, 72, 48), (88, 100, 84), (98, 116, 128)][random.integers(4)]
    clothes, background = random.uniform(20, 210, (2, 3)).tolist()
    return Look(
        skin=skin,
        lips=lips,
        brows=brows,
        iris=iris,
        hair=hair,
        clothes=(clothes[0], clothes[1], clothes[2]),
        background=(background[0], background[1], background[2]),
        light=(random.uniform(-0.7, 0.7), random.uniform(-0.7, 0.0), -0.8),
        ambient=random.uniform(0.35, 0.6),
        gloss=random.uniform(0.0, 0.5),
        hairline=random.uniform(0.05, 0.085),
        grain=int(random.integers(1000)),
    )


@dataclass(frozen=True)
class Portrait:
    """A drawn head.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        triangle: (H, W) index into the drawn triangles, -1 for what is not the head.
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
        self._eyes = [head.parts[name] for name in ("eye_left", "eye_right")]
        self._paint = self._paint_front(head)
        # Only the face is painted: not the mouth's inside behind the lips.
        self._lip_depth = head.landmarks(head.neutral)[list(LIPS_INNER), 2].min() - 0.008
        self._averaging = _averaging(self.triangles, len(head.neutral))
        self._grain = _grain(0)

    def _paint_front(self, head: HeadModel) -> FloatArray:
        """Masks (S, S, 3) of brows, lips and lash lines in a front view of the neutral head."""
        landmarks = head.landmarks(head.neutral)
        masks = np.zeros((_PAINT_SIZE, _PAINT_SIZE, 3), dtype=np.float32)
        for layer, rings in enumerate(((BROW_LEFT, BROW_RIGHT), (LIPS_OUTER,))):
            mask = np.zeros((_PAINT_SIZE, _PAINT_SIZE), dtype=np.uint8)
            for ring in rings:
                pixels = self._front_pixels(landmarks[list(ring)])
                cv2.fillPoly(mask, [np.round(pixels).astype(np.int32)], (255,))
            masks[..., layer] = cv2.GaussianBlur(mask, (0, 0), 5) / 255.0
        mask = np.zeros((_PAINT_SIZE, _PAINT_SIZE), dtype=np.uint8)
        for ring in (EYE_LEFT, EYE_RIGHT):
            pixels = np.round(self._front_pixels(landmarks[list(ring)])).astype(np.int32)
            cv2.polylines(mask, [pixels], True, (110,), 6)
            upper = pixels[pixels[:, 1] <= pixels[[0, 8], 1].mean() + 1]
            cv2.polylines(mask, [upper[upper[:, 0].argsort()]], False, (255,), 9)
        masks[..., 2] = cv2.GaussianBlur(mask, (0, 0), 2) / 255.0
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
        projected = camera.project(points)
        across, down = (projected[triangles[:, i]] - projected[triangles[:, 0]] for i in (1, 2))
        outside = np.flatnonzero(across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0] < 0)
        index, weights = rasterise(
            projected, points[:, 2], triangles[outside], camera.width, camera.height
        )
        index = np.where(index >= 0, outside[index], -1)
        seen = index >= 0
        corners = triangles[index[seen]]
        share = weights[seen][:, :, None]
        rest = (self._neutral[corners] * share).sum(1)
        normals = _vertex_normals(points, triangles)
        normal = (normals[corners] * share).sum(1)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-12
        dark = (self._creases(points, normals)[corners] * share[..., 0]).sum(1)
        part = self._part[corners[:, 0]]
        place = (points[corners] * share).sum(1)
        colour = self._colour(rest, part, look)
        light = np.array(look.light) / np.linalg.norm(look.light)
        shade = look.ambient + (1 - look.ambient) * np.clip(normal @ light, 0, None)
        shade *= np.where(part == 0, dark, 1.0) * self._lid_shadow(points, place, part)
        colour = colour * shade[:, None] + _shine(normal, light, part, look)[:, None]
        pixels = self._backdrop(points, camera, look)
        pixels[seen] = colour
        smooth = cv2.GaussianBlur(np.clip(pixels, 0, 255).astype(np.uint8), (0, 0), 0.7)
        return Portrait(smooth, index, weights)

    def _creases(self, points: FloatArray, normals: FloatArray) -> FloatArray:
        """(V,) 0..1 how much light reaches each vertex past its surroundings."""
        bend = ((self._averaging @ points - points) * normals).sum(1) / 0.003
        for _ in range(_CREASE_ROUNDS):
            bend = 0.5 * bend + 0.5 * (self._averaging @ bend)
        reached: FloatArray = np.clip(1 - _CREASE * 0.25 * bend, 0.35, 1.1)
        return reached

    def _lid_shadow(self, points: FloatArray, place: FloatArray, part: IntArray) -> FloatArray:
        """Eyeballs are darker under the upper lid and towards the corners; 1 elsewhere."""
        shade = np.ones(len(place))
        for number, rows in enumerate(self._eyes, start=1):
            here = part == number
            away = (place[here] - points[rows].mean(0)) / 0.0125
            shade[here] = np.clip(0.95 + 0.5 * away[:, 1], 0.5, 1) * np.clip(
                1.25 - 0.6 * away[:, 0] ** 2, 0.55, 1
            )
        return shade

    def _colour(self, rest: FloatArray, part: IntArray, look: Look) -> FloatArray:
        colour = np.array(self._part_colours)[part]
        skin = part == 0
        pixel = self._front_pixels(rest[skin]).astype(int)
        grain = self._grain[tuple(((pixel + 97 * look.grain) % _PAINT_SIZE).T[::-1])][:, None]
        pixel = np.clip(pixel, 0, _PAINT_SIZE - 1)
        brow, lip, lash = self._paint[pixel[:, 1], pixel[:, 0]].T[..., None]
        depth = rest[skin][:, 2:]
        lip = lip * (depth > self._lip_depth)
        front = depth > 0
        paint = np.array(look.skin) * (1 + 0.05 * grain)
        paint = paint * (1 - lip) + np.array(look.lips) * lip
        place = np.abs(rest[skin] - _MOUTH_CENTRE) < _MOUTH_SIZE
        inside = place.all(axis=1, keepdims=True) & (depth < self._lip_depth)
        paint = np.where(inside, _MOUTH_DARK, paint)
        for cover, ink in (
            (np.clip(brow * (0.85 + 0.25 * grain), 0, 1) * front, np.array(look.brows)),
            (lash * front, _LASH),
            (_hair_cover(rest[skin], grain[:, 0], look)[:, None],
             np.array(look.hair) * (1 + 0.35 * grain)),
        ):  # fmt: skip
            paint = paint * (1 - cover) + ink * cover
        colour[skin] = paint
        for number, rows in enumerate(self._eyes, start=1):
            here = part == number
            away = rest[here] - self._neutral[rows].mean(0)
            across = np.linalg.norm(away[:, :2], axis=1)[:, None]
            iris = np.clip((_IRIS_RADIUS - across) / 0.0005 + 0.5, 0, 1) * (away[:, 2:] > 0)
            rim = np.clip((across - _IRIS_RADIUS + _RIM) / _RIM, 0, 1)
            pupil = np.clip((_PUPIL_RADIUS - across) / 0.0004 + 0.5, 0, 1)
            ink = np.array(look.iris) * (1 - 0.6 * rim) * (1 - pupil) + 10.0 * pupil
            colour[here] = colour[here] * (1 - iris) + ink * iris
        teeth = (part == 3) | (part == 4) | (part == 5)
        behind = np.clip((rest[teeth][:, 2:] + 0.012) / 0.026, 0.15, 1)
        colour[teeth] = _MOUTH_DARK * (1 - behind) + colour[teeth] * behind
        return colour

    def _backdrop(self, points: FloatArray, camera: Camera, look: Look) -> FloatArray:
        """(H, W, 3) a soft background with neck and shoulders under the head."""
        height, width = camera.height, camera.width
        soft = cv2.resize(self._grain[look.grain % 64 :: 96, ::96], (width, height),
                          interpolation=cv2.INTER_CUBIC)  # fmt: skip
        picture: FloatArray = np.array(look.background) * (1 + 0.25 * soft[..., None])
        chin = points[self._neutral[:, 1] < -0.1].mean(0)
        scale = camera.focal / chin[2]
        x, y = camera.project(chin)
        shoulders = (round(x), round(y + 0.2 * scale))
        size = (round(0.23 * scale), round(0.12 * scale))
        layer = picture.copy()
        cv2.ellipse(layer, shoulders, size, 0, 0, 360, look.clothes, -1, cv2.LINE_AA)
        neck = [[-0.055, -0.05], [0.055, -0.05], [0.062, 0.09], [0, 0.12], [-0.062, 0.09]]
        outline = np.round(np.array(neck) * scale + [x, y]).astype(np.int32)
        cv2.fillPoly(layer, [outline], tuple(0.55 * value for value in look.skin), cv2.LINE_AA)
        return layer


def _hair_cover(rest: FloatArray, grain: FloatArray, look: Look) -> FloatArray:
    """(N,) 0..1 where hair covers the skin of the head at rest."""
    x, y, z = rest.T
    back = np.clip((0.0 - z) / 0.07, 0, 1.5)
    # The hairline falls from the forehead past the temples to the nape.
    line = look.hairline - 0.065 * back - 0.07 * np.clip((-z - 0.085) / 0.05, 0, 1)
    line = line - 0.02 * np.clip(np.abs(x) / 0.06 - 0.75, 0, 1)
    ear = (np.abs(x) > 0.066) & (y < 0.022) & (z > -0.1)
    cover = np.clip((y - line + 0.002 * grain) / 0.005, 0, 1)
    return np.where(ear, 0.0, cover)


def _shine(normal: FloatArray, light: FloatArray, part: IntArray, look: Look) -> FloatArray:
    """(N,) what is mirrored towards the camera: eyes sharply, skin softly."""
    half = light + np.array([0.0, 0.0, -1.0])
    facing = np.clip(normal @ (half / np.linalg.norm(half)), 0, 1)
    eye = (part == 1) | (part == 2)
    shine: FloatArray = np.where(
        eye, 200 * np.clip((facing - 0.985) / 0.006, 0, 1), 90 * look.gloss * facing**18
    )
    return shine * (part < 3)


def _grain(seed: int) -> FloatArray:
    """(S, S) noise of several sizes, about -1..1, that repeats beyond its edges."""
    random = np.random.default_rng(seed)
    total = np.zeros((_PAINT_SIZE, _PAINT_SIZE), dtype=np.float32)
    for cells in (16, 64, 256):
        noise = random.normal(size=(cells, cells)).astype(np.float32)
        total += cv2.resize(noise, (_PAINT_SIZE, _PAINT_SIZE), interpolation=cv2.INTER_CUBIC)
    result: FloatArray = np.clip(total / 2.5, -1, 1)
    return result


def _averaging(triangles: IntArray, count: int) -> sparse.csr_matrix:
    """(V, V) the mean over each vertex's neighbours."""
    edges = np.concatenate([triangles[:, [i, (i + 1) % 3]] for i in range(3)])
    edges = np.concatenate([edges, edges[:, ::-1]])
    links = sparse.coo_matrix((np.ones(len(edges)), edges.T), shape=(count, count)).tocsr()
    degree = np.maximum(np.asarray(links.sum(1)).ravel(), 1)
    return (sparse.diags(1 / degree) @ links).tocsr()


def _vertex_normals(points: FloatArray, triangles: IntArray) -> FloatArray:
    """(V, 3) normals that point outwards, camera frame."""
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
