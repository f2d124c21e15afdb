"""Write a shot's edge maps as images, to look at before anything is rendered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .crop import apply, crop_pixels, crop_size, face_crops
from .media.images import write_png
from .progress import Job, Progress
from .records import AlignedFace, Plate
from .render_plan import read_selected
from .sketch import sketch


def write_edge_maps(
    plate: Plate,
    aligned: AlignedFace,
    numbers: Sequence[int],
    size: int | None,
    folder: Path,
) -> Job[None]:
    """Write ``edges.0001.png`` for every frame with a face, in its crop.

    Args:
        plate: the plate.
        aligned: the new face.
        numbers: frame numbers, ascending.
        size: side of the crop in pixels; None takes the plate's own sampling.
        folder: where the images go.
    """
    size = size or crop_size(aligned.plate_landmarks, aligned.valid)
    crops = face_crops(aligned.plate_landmarks, aligned.valid, size)
    wanted = [number - plate.first_frame for number in numbers]
    shown = [index for index in wanted if aligned.valid[index]]
    for done, (index, pixels) in enumerate(read_selected(plate, shown), start=1):
        landmarks = apply(crops[index], aligned.landmarks[index])
        lines = sketch(crop_pixels(pixels, crops[index], size), landmarks).lines
        path = folder / f"edges.{plate.first_frame + index:04d}.png"
        write_png(path, np.rint(lines * 255.0).astype(np.uint8))
        yield Progress("sketch", done, len(shown))
