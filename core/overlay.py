"""Draw the mesh, the landmarks and the confidence of a frame over its picture."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from .face.topology import TRIANGLES
from .fit import projected_points
from .media.colour import display_8_bit
from .media.plate import read_frames
from .records import FaceFit, FloatArray, PixelArray, Plate, Track

FRACTION_BITS = 4
MESH_OPACITY = 0.45
BAR_HEIGHT = 4
TRACKED = (255, 220, 60)
FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_overlay(pixels: PixelArray, landmarks: FloatArray, confidence: float) -> PixelArray:
    """A copy of the picture with mesh, landmarks and a bar whose length is the confidence.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        landmarks: (478, 2) plate pixels.
        confidence: 0..1; the colour goes from red to green with it.
    """
    colour = (round(255 * (1 - confidence)), round(200 * confidence) + 55, 90)
    points = np.rint((landmarks - 0.5) * (1 << FRACTION_BITS)).astype(np.int32)
    mesh = pixels.copy()
    cv2.polylines(mesh, list(points[TRIANGLES]), True, colour, 1, cv2.LINE_AA, FRACTION_BITS)
    drawn = cv2.addWeighted(mesh, MESH_OPACITY, pixels, 1.0 - MESH_OPACITY, 0.0)
    for x, y in points:
        cv2.circle(drawn, (int(x), int(y)), 12, colour, -1, cv2.LINE_AA, FRACTION_BITS)
    length = round(confidence * pixels.shape[1])
    cv2.rectangle(drawn, (0, 0), (length, BAR_HEIGHT), colour, -1)
    return drawn


def overlay_frames(plate: Plate, track: Track, fit: FaceFit) -> Iterator[PixelArray]:
    """The plate's frames with the fitted mesh and the tracked landmarks, where there are any."""
    meshes = projected_points(fit)
    for index, pixels in enumerate(read_frames(plate)):
        picture = display_8_bit(pixels)
        if fit.valid[index]:
            confidence = float(track.confidence[index])
            picture = draw_overlay(picture, meshes[index], confidence)
            tracked = np.rint((track.landmarks[index, :, :2] - 0.5) * (1 << FRACTION_BITS))
            for x, y in tracked.astype(np.int32):
                cv2.circle(picture, (int(x), int(y)), 9, TRACKED, -1, cv2.LINE_AA, FRACTION_BITS)
        yield picture


def plot_error(fit: FaceFit, first_frame: int) -> PixelArray:
    """A graph (H, W, 3) uint8 of the reprojection error per frame, % of inter-ocular distance."""
    percent = 100.0 * np.asarray(fit.error, float)
    width, height, margin = max(640, min(4 * len(percent), 4000)), 240, 40
    top = max(1.0, float(np.ceil(np.nanmax(percent, initial=0.0))))
    canvas = np.full((height, width, 3), 24, np.uint8)
    x = margin + (width - 2 * margin) * np.arange(len(percent)) / max(len(percent) - 1, 1)
    y = height - margin - (height - 2 * margin) * np.nan_to_num(percent) / top
    for value in np.arange(0.0, top + 0.1, 0.5):
        level = round(height - margin - (height - 2 * margin) * value / top)
        cv2.line(canvas, (margin, level), (width - margin, level), (70, 70, 70), 1)
        cv2.putText(
            canvas, f"{value:g}", (4, level + 4), FONT, 0.4, (200, 200, 200), 1, cv2.LINE_AA
        )
    for index in range(1, len(percent)):
        if np.isfinite(percent[index - 1 : index + 1]).all():
            start, end = (
                (round(x[index - 1]), round(y[index - 1])),
                (round(x[index]), round(y[index])),
            )
            cv2.line(canvas, start, end, (120, 220, 120), 1, cv2.LINE_AA)
    text = f"% of inter-ocular distance, frames {first_frame}-{first_frame + len(percent) - 1}"
    cv2.putText(canvas, text, (margin, height - 12), FONT, 0.45, (200, 200, 200), 1, cv2.LINE_AA)
    return canvas
