from __future__ import annotations

from pathlib import Path

import numpy as np
from synthetic_faces import talking, write_plate

from evp.core.media.images import read_image, write_picture, write_png
from evp.core.media.plate import read_frames
from evp.core.progress import finish
from evp.core.records import Track
from evp.core.sheet import mouth_sheet


def track_of(points: np.ndarray) -> Track:
    count = len(points)
    return Track(
        landmarks=points.astype(np.float32),
        scores=np.zeros((count, 52)),
        confidence=np.ones(count),
        state=np.ones(count, dtype=int),
        segment=np.zeros(count, dtype=int),
    )


def test_shots_are_compared_under_the_plate_with_mouths_at_twice_their_size(tmp_path: Path):
    points = talking(3)
    plate = write_plate(tmp_path / "plate.mp4", points)
    files = [tmp_path / f"frame.{number:04d}.png" for number in plate.frame_numbers]
    for file, pixels in zip(files, read_frames(plate), strict=True):
        write_png(file, 255 - pixels)
    sheet = finish(mouth_sheet(plate, track_of(points), {"happy": files}, [0, 2]))
    height, width = sheet.shape[0] // 2, sheet.shape[1] // 2
    above, below = sheet[:height, width:-4], sheet[height:, width:-4]
    # The picture of the shot is the plate's, inverted; the gap between tiles is black in both.
    both = above[: height - 4].astype(int) + below[: height - 4]
    assert (np.abs(both - 255) <= 1).mean() > 0.95
    lips = points[2, [61, 291], 0]
    reddish = (above[-50:-8, :, 0].astype(int) - above[-50:-8, :, 1] > 85).any(axis=0)
    ends = np.flatnonzero(reddish)[[0, -1]]
    assert abs((ends[1] - ends[0]) - 2 * (lips[1] - lips[0])) < 8


def test_a_jpeg_is_small_and_a_png_exact(tmp_path: Path):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    write_picture(tmp_path / "a.png", noise)
    write_picture(tmp_path / "a.jpg", noise)
    assert np.array_equal(read_image(tmp_path / "a.png"), noise)
    exact, small = ((tmp_path / name).stat().st_size for name in ("a.png", "a.jpg"))
    assert small < 0.7 * exact
