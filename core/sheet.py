"""Contact sheets: plate, mesh, edge map and result of a shot, or the mouths of several shots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from .composite import plate_layers
from .deliver import display_pixels
from .media.colour import display_8_bit
from .media.plate import read_selected
from .overlay import overlay_frame
from .progress import Job, Progress
from .records import FaceFit, FloatArray, PixelArray, Plate, Track
from .rendered_faces import face_path, load_frame

MOUTH_SCALE = 2
"""A mouth is shown at twice the plate's size."""

MOUTH_ROOM, FACE_ROOM = (1.0, 0.62), 2.3
"""Width and height of what a mouth's tile shows, and side of a face's, inter-ocular distances."""

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


def mouth_sheet(
    plate: Plate, track: Track, shots: Mapping[str, Sequence[Path]], indices: Sequence[int]
) -> Job[PixelArray]:
    """Draw the faces of the plate and of shots made from it, each with its mouth at 200 %.

    Args:
        plate: the plate.
        track: of the plate, one row per frame of it.
        shots: name of a shot to its delivered frames, one per plate frame.
        indices: the frames shown, ascending, each with a face.

    Returns:
        (H, W, 3) uint8 RGB: a row per shot, the plate first; a column per frame.
    """
    eyes = track.landmarks[indices][:, [33, 263], :2].astype(float)
    unit = float(np.median(np.linalg.norm(eyes[:, 0] - eyes[:, 1], axis=-1)))
    wide, high = (round(room * unit) for room in MOUTH_ROOM)
    face, side = round(FACE_ROOM * unit), MOUTH_SCALE * wide
    columns: list[PixelArray] = []
    for index, pixels in read_selected(plate, indices):
        yield Progress("sheet", len(columns), len(indices))
        points = track.landmarks[index, :, :2]
        middle, mouth = points[[10, 152]].mean(axis=0), points[[61, 291, 13, 14]].mean(axis=0)
        pictures = [display_8_bit(pixels)]
        pictures += [display_pixels(files[index], plate) for files in shots.values()]
        cells = []
        for picture, name in zip(pictures, ("plate", *shots), strict=True):
            close = _cut(picture, mouth, wide, high)
            size = (side, MOUTH_SCALE * high)
            large = cv2.resize(close, size, interpolation=cv2.INTER_CUBIC)
            whole = _cut(picture, middle, face, face)
            small = cv2.resize(whole, (side, side), interpolation=cv2.INTER_AREA)
            cell = np.concatenate([small, large])
            if not columns:
                cv2.putText(cell, name, (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255,) * 3, 1, 16)
            cells.append(np.pad(cell, ((0, GAP), (0, GAP), (0, 0))))
        columns.append(np.concatenate(cells, axis=0))
    return np.concatenate(columns, axis=1)


def _cut(picture: PixelArray, middle: FloatArray, width: int, height: int) -> PixelArray:
    """A window around a place; the picture's border goes on beyond itself."""
    left, top = round(float(middle[0]) - width / 2), round(float(middle[1]) - height / 2)
    rows = np.clip(np.arange(top, top + height), 0, picture.shape[0] - 1)
    columns = np.clip(np.arange(left, left + width), 0, picture.shape[1] - 1)
    return picture[rows[:, None], columns]


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
