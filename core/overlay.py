"""Draw the fit over the plate: mesh, landmarks and confidence, and the error as a graph."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np

from .face.head import HeadModel, load_head
from .face.topology import (
    BROW_LEFT,
    BROW_RIGHT,
    EYE_LEFT,
    EYE_RIGHT,
    FACE_OVAL,
    IRIS_LEFT,
    IRIS_RIGHT,
    LIPS_INNER,
    LIPS_OUTER,
)
from .media.colour import display_8_bit
from .media.plate import read_frames
from .records import FaceFit, FaceState, FloatArray, IntArray, PixelArray, Plate, Track

_MESH = (96, 190, 255)
_EDGE = (255, 255, 255)
_SHIFT = 4
_STATES = {
    FaceState.LOST: ("no face", (235, 80, 70)),
    FaceState.SEEN: ("seen", (110, 220, 120)),
    FaceState.BRIDGED: ("bridged", (250, 190, 70)),
    FaceState.PROFILE: ("profile", (235, 80, 70)),
}
_RINGS = (FACE_OVAL, LIPS_OUTER, LIPS_INNER, EYE_LEFT, EYE_RIGHT, BROW_LEFT, BROW_RIGHT,
          IRIS_LEFT[1:], IRIS_RIGHT[1:])  # fmt: skip


def overlay_frames(plate: Plate, track: Track, fit: FaceFit) -> Iterator[PixelArray]:
    """The plate's frames with the fitted mesh, the tracked landmarks and the confidence.

    The mesh is the fitted head as the camera sees it; points are the tracked landmarks, green
    where the fit meets them, red from an error of 2 % of the inter-ocular distance.

    Yields:
        (H, W, 3) uint8 RGB.
    """
    for index, pixels in enumerate(read_frames(plate)):
        yield overlay_frame(pixels, plate.frame_numbers[index], track, fit, index)


def overlay_frame(
    pixels: PixelArray, number: int, track: Track, fit: FaceFit, index: int
) -> PixelArray:
    """One frame of ``overlay_frames``.

    Args:
        pixels: (H, W, 3) the plate's frame, of any depth.
        number: the frame's number as its user counts.
        track, fit: of the shot.
        index: the frame's row in them.
    """
    picture = np.ascontiguousarray(display_8_bit(pixels)).copy()
    if fit.valid[index]:
        head = load_head()
        shape = head.shape(fit.identity, fit.offset)
        vertices = head.vertices(shape, fit.expression[index], fit.own_shapes)
        points = vertices @ fit.rotation[index].T + fit.translation[index]
        _draw_mesh(picture, head, fit, points, _front_edges())
        _draw_landmarks(picture, head, fit, points, track.landmarks[index, :, :2])
    _draw_label(picture, number, track, fit, index)
    return picture


def plot_error(fit: FaceFit, first_frame: int, width: int = 960, height: int = 320) -> PixelArray:
    """The mean reprojection error of each frame in per cent of IOD, as a graph.

    Args:
        fit: of the shot.
        first_frame: number of the shot's first frame.
        width, height: of the picture.

    Returns:
        (height, width, 3) uint8 RGB; frames without a face are shaded.
    """
    left, right, top, bottom = 56, 16, 28, 40
    picture = np.full((height, width, 3), 28, np.uint8)
    error = fit.error * 100.0
    known = error[np.isfinite(error)]
    highest = max(2.5, float(known.max()) * 1.15) if len(known) else 2.5
    frames = len(error)

    def across(index: float) -> float:
        return left + (width - left - right) * index / max(frames - 1, 1)

    def up(value: float) -> float:
        return height - bottom - (height - top - bottom) * value / highest

    for index in np.flatnonzero(~fit.valid):
        x = round(across(float(index)))
        cv2.line(picture, (x, top), (x, height - bottom), (90, 44, 40), 2)
    for value in range(int(highest) + 1):
        y = round(up(value))
        cv2.line(picture, (left, y), (width - right, y), (58, 58, 58), 1)
        _write(picture, f"{value} %", (10, y + 4), (190, 190, 190))
    points = np.array([[across(i), up(v)] for i, v in enumerate(np.nan_to_num(error))])
    for index in range(frames - 1):
        if fit.valid[index] and fit.valid[index + 1]:
            _line(picture, points[index], points[index + 1], (110, 220, 120))
    if frames == 1 and fit.valid[0]:
        _dot(picture, points[0], 3.0, (110, 220, 120))
    for index in np.unique(np.linspace(0, frames - 1, 9).astype(int)):
        place = (round(across(float(index))) - 12, height - 14)
        _write(picture, str(first_frame + index), place, (190, 190, 190))
    mean = f"mean {known.mean():.2f} %, worst {known.max():.2f} % of IOD" if len(known) else "none"
    _write(picture, f"reprojection error: {mean}", (left, 18), (230, 230, 230))
    return picture


@cache
def _front_edges() -> IntArray:
    """(E, 3) skin edges of the quads: two vertices, and the next corner of a quad beside them."""
    head = load_head()
    quads = head.quads[np.isin(head.quads, head.parts["skin"]).all(1)]
    sides = [
        np.stack([quads[:, i], quads[:, (i + 1) % 4], quads[:, (i + 2) % 4]], 1) for i in range(4)
    ]
    edges = np.concatenate(sides)
    key = np.sort(edges[:, :2], axis=1)
    _, first = np.unique(key, axis=0, return_index=True)
    face = head.neutral[edges[first]]
    return edges[first][face[:, :, 2].mean(1) > -0.03]


def _draw_mesh(
    picture: PixelArray, head: HeadModel, fit: FaceFit, points: FloatArray, edges: IntArray
) -> None:
    corners = points[edges]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    seen = np.einsum("ij,ij->i", normal, corners[:, 0]) < 0
    pixels = fit.camera.project(points)
    layer = picture.copy()
    lines = np.round(pixels[edges[seen][:, :2]] * 2**_SHIFT - 0.5 * 2**_SHIFT).astype(np.int32)
    cv2.polylines(layer, list(lines), False, _MESH, 1, cv2.LINE_AA, _SHIFT)
    cv2.addWeighted(layer, 0.35, picture, 0.65, 0, picture)
    landmarks = fit.camera.project(head.landmarks(points))
    for ring in _RINGS:
        outline = np.round((landmarks[list(ring)] - 0.5) * 2**_SHIFT).astype(np.int32)
        cv2.polylines(picture, [outline], True, _EDGE, 1, cv2.LINE_AA, _SHIFT)


def _draw_landmarks(
    picture: PixelArray, head: HeadModel, fit: FaceFit, points: FloatArray, tracked: FloatArray
) -> None:
    fitted = head.landmarks(points)
    right, left = fitted[33], fitted[263]
    size = fit.camera.focal * float(np.linalg.norm(right - left)) / float(points[:, 2].mean())
    share = np.linalg.norm(fit.camera.project(fitted) - tracked, axis=1) / size / 0.02
    radius = max(0.8, size / 130.0)
    for place, error in zip(tracked, np.clip(share, 0, 1), strict=True):
        _dot(picture, place, radius, (round(255 * error), round(230 * (1 - error)), 60))


def _draw_label(picture: PixelArray, number: int, track: Track, fit: FaceFit, index: int) -> None:
    word, colour = _STATES[FaceState(int(track.state[index]))]
    confidence = float(track.confidence[index])
    text = f"{number}  {word}  {confidence:.2f}"
    if fit.valid[index]:
        text += f"  error {100 * float(fit.error[index]):.2f} %"
    _write(picture, text, (8, 18), colour)
    cv2.rectangle(picture, (8, 24), (108, 29), (60, 60, 60), -1)
    cv2.rectangle(picture, (8, 24), (8 + round(100 * confidence), 29), colour, -1)


def _write(
    picture: PixelArray, text: str, place: tuple[int, int], colour: tuple[int, int, int]
) -> None:
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)


def _line(
    picture: PixelArray, start: FloatArray, end: FloatArray, colour: tuple[int, int, int]
) -> None:
    a, b = (tuple(np.round(point * 2**_SHIFT).astype(int).tolist()) for point in (start, end))
    cv2.line(picture, a, b, colour, 1, cv2.LINE_AA, _SHIFT)


def _dot(
    picture: PixelArray, place: FloatArray, radius: float, colour: tuple[int, int, int]
) -> None:
    centre = tuple(np.round((place - 0.5) * 2**_SHIFT).astype(int).tolist())
    cv2.circle(picture, centre, round(radius * 2**_SHIFT), colour, -1, cv2.LINE_AA, _SHIFT)
