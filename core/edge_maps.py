"""Write a shot's edge maps as images, to look at before anything is rendered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from .composite import lift
from .crop import apply, crop_pixels, crop_size, face_crops
from .deliver import MADE_FROM
from .media.images import image_text, write_png
from .media.plate import read_selected
from .outline import hold_outline
from .progress import Job, Progress
from .records import AlignedFace, FloatArray, PixelArray, Plate
from .sketch import sketch
from .stage_keys import stage_key

LINE_COLOUR = (90, 255, 220)
"""Of the lines over a plate, sRGB: no skin and few walls have it."""


def edge_map_path(folder: Path, number: int) -> Path:
    """Where a frame's edge map lies."""
    return folder / f"edges.{number:04d}.png"


def write_edge_maps(
    plate: Plate,
    aligned: AlignedFace,
    numbers: Sequence[int],
    size: int | None,
    folder: Path,
) -> Job[None]:
    """Write ``edges.0001.png`` for every frame with a face, in its crop; others have none.

    Args:
        plate: the plate.
        aligned: the new face.
        numbers: frame numbers, ascending.
        size: side of the crop in pixels; None takes the plate's own sampling.
        folder: where the images go.
    """
    size = size or crop_size(aligned.plate_landmarks, aligned.valid)
    crops = face_crops(aligned.plate_landmarks, aligned.valid, size)
    landmarks = hold_outline(aligned.plate_landmarks, aligned.landmarks)
    wanted = [number - plate.first_frame for number in numbers]
    shown = [index for index in wanted if aligned.valid[index]]
    for index in set(wanted) - set(shown):
        edge_map_path(folder, plate.first_frame + index).unlink(missing_ok=True)
    for done, (index, pixels) in enumerate(read_selected(plate, shown), start=1):
        lines = _lines(pixels, landmarks[index], crops[index], size)
        path = edge_map_path(folder, plate.first_frame + index)
        write_png(path, np.rint(lines * 255.0).astype(np.uint8))
        yield Progress("sketch", done, len(shown))


def write_edge_overlays(
    plate: Plate,
    plate_hash: str,
    aligned: AlignedFace,
    size: int | None,
    path_of: Callable[[int], Path],
) -> Job[None]:
    """Write every frame's edge map as lines on nothing, as large as the plate, to lie over it.

    Frames whose edge map is there already are left; a frame without a face is empty.

    Args:
        plate: the plate.
        plate_hash: what tells this plate from others.
        aligned: the new face.
        size: side of the crop in pixels; None takes the plate's own sampling.
        path_of: where the image of a frame number goes.
    """
    size = size or crop_size(aligned.plate_landmarks, aligned.valid)
    crops = face_crops(aligned.plate_landmarks, aligned.valid, size)
    landmarks = hold_outline(aligned.plate_landmarks, aligned.landmarks)
    stale: dict[int, str] = {}
    for index, number in enumerate(plate.frame_numbers):
        place = 0 if plate.order is None else int(plate.order[index])
        face = (landmarks[index], crops[index]) if aligned.valid[index] else ()
        made_from = stage_key("edges", plate_hash, plate.colour, number, place, size, *face)
        if image_text(path_of(number), MADE_FROM) != made_from:
            stale[index] = made_from
    for done, (index, pixels) in enumerate(read_selected(plate, sorted(stale)), start=1):
        picture = np.zeros((plate.height, plate.width, 4), dtype=np.uint8)
        picture[..., :3] = LINE_COLOUR
        if aligned.valid[index]:
            lines = _lines(pixels, landmarks[index], crops[index], size)
            whole = slice(0, plate.height), slice(0, plate.width)
            picture[..., 3] = np.rint(np.clip(lift(lines, crops[index], whole), 0, 1) * 255.0)
        write_png(path_of(plate.first_frame + index), picture, {MADE_FROM: stale[index]})
        yield Progress("edge map", done, len(stale))


def _lines(pixels: PixelArray, landmarks: FloatArray, crop: FloatArray, size: int) -> FloatArray:
    """The edge map (size, size) of one frame in its crop, 0..1."""
    return sketch(crop_pixels(pixels, crop, size), apply(crop, landmarks)).lines
