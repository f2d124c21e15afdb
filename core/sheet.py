"""A contact sheet: plate, mesh overlay, edge map and result of every n-th frame, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from .composite import plate_layers
from .deliver import display_pixels
from .media.colour import display_8_bit
from .overlay import overlay_frame
from .progress import Job, Progress
from .records import FaceFit, PixelArray, Plate, Track
from .render import face_path, load_frame
from .render_plan import read_selected

TILE_WIDTH = 320
ROOM = 0.15
GAP = 4


def contact_sheet(
    plate: Plate,
    track: Track,
    fit: FaceFit,
    faces: Path,
    frame_files: Sequence[Path],
    every: int,
) -> Job[PixelArray]:
    """Draw one row for every ``every``-th frame.

    Args:
        plate: the plate.
        track, fit: of the plate, one row per frame of it.
        faces: folder of the rendered crops.
        frame_files: the delivered frames, one per plate frame.
        every: distance between the frames shown.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    rows: list[PixelArray] = []
    shown = range(0, len(plate), every)
    view = _view(plate, track)
    for index, pixels in read_selected(plate, shown):
        yield Progress("sheet", len(rows), len(shown))
        number = plate.first_frame + index
        crop_file = face_path(faces, number)
        frame = load_frame(crop_file) if crop_file.is_file() else None
        edges = plate_layers(pixels, frame)["edges"]
        picture = display_8_bit(pixels)
        overlay = overlay_frame(pixels, number, track, fit, index)
        drawing = np.repeat(np.rint(np.clip(edges, 0, 1) * 255).astype(np.uint8)[..., None], 3, 2)
        tiles = [picture, overlay, drawing, display_pixels(frame_files[index], plate)]
        row = np.concatenate([_tile(tile[view]) for tile in tiles], axis=1)
        text = f"{number}  {plate.times[index]:.2f} s"
        cv2.putText(row, text, (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1, 16)
        rows.append(row)
    return np.concatenate(rows, axis=0)


def _view(plate: Plate, track: Track) -> tuple[slice, slice]:
    """The part of the plate in which the face moves, with some room around it."""
    points = track.landmarks[track.found, :, :2].reshape(-1, 2)
    if len(points) == 0:
        return slice(0, plate.height), slice(0, plate.width)
    low, high = points.min(axis=0), points.max(axis=0)
    room = ROOM * (high - low).max()
    left, top = np.maximum(np.floor(low - room), 0).astype(int)
    right, bottom = np.ceil(high + room).astype(int)
    return slice(int(top), int(bottom)), slice(int(left), int(right))


def _tile(pixels: PixelArray) -> PixelArray:
    height = round(pixels.shape[0] * TILE_WIDTH / pixels.shape[1])
    small = cv2.resize(pixels, (TILE_WIDTH, height), interpolation=cv2.INTER_AREA)
    return np.pad(small, ((0, GAP), (0, GAP), (0, 0)))
