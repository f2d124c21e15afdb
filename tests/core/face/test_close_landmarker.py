from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from evp.core.face.close_landmarker import CloseLandmarker, faces_in_tiles, side_that_shows
from evp.core.face.landmarker import Landmarker
from evp.core.face.symmetric_landmarker import SymmetricLandmarker
from evp.core.media.plate import open_plate, read_frames

STEP = 40


@pytest.fixture(scope="module")
def wide(demo_files: Path) -> list[np.ndarray]:
    """A person who walks through a wide frame; the face is a sixth of its height."""
    plate = open_plate(demo_files / "WolfgangLanger_Pexels.mp4", frames=(235, 246))
    frames = []
    for number, pixels in enumerate(read_frames(plate)):
        small = cv2.resize(pixels, (320, 180), interpolation=cv2.INTER_AREA)
        frame = np.full((720, 1280, 3), 90, np.uint8)
        x = 100 + STEP * number
        frame[400:580, x : x + 320] = small
        frames.append(frame)
    return frames


@pytest.fixture(scope="module")
def tiles() -> Iterator[SymmetricLandmarker]:
    landmarker = SymmetricLandmarker(6, video=False)
    yield landmarker
    landmarker.close()


def test_a_face_too_small_for_a_look_at_the_whole_frame_is_followed(wide: list[np.ndarray]):
    whole = Landmarker(6, video=False)
    assert whole.detect(wide[0], 0.0) == []
    whole.close()
    side = side_that_shows(wide[::6], [720, 360], 0, 6)
    assert side is not None
    close = CloseLandmarker(side, 6)
    centres = []
    for number, frame in enumerate(wide):
        found = close.detect(frame, number / 24)
        assert len(found) == 1
        close.keep(found[0], frame)
        centres.append(found[0].centre)
    close.close()
    np.testing.assert_allclose(np.diff(centres, axis=0), [[STEP, 0]] * 11, atol=4)


def test_a_lost_face_is_looked_for_everywhere(wide: list[np.ndarray]):
    empty = np.full_like(wide[0], 90)
    close = CloseLandmarker(720, 6)
    close.keep(close.detect(wide[0], 0.0)[0], wide[0])
    for number in range(1, 5):
        assert close.detect(empty, number / 24) == []
        close.keep(None, empty)
    assert len(close.detect(wide[-1], 1.0)) == 1
    close.close()


def test_every_person_of_a_group_is_found_once(demo_files: Path, tiles: SymmetricLandmarker):
    pixels = next(read_frames(open_plate(demo_files / "multi_face.jpg")))
    faces = faces_in_tiles(tiles, pixels, min(pixels.shape[:2]))
    columns = sorted(float(face.centre[0]) for face in faces)
    assert columns == pytest.approx([264, 365, 479, 576, 733], abs=12)


def test_what_only_one_frame_shows_decides_nothing(wide: list[np.ndarray]):
    empty = np.full_like(wide[0], 90)
    assert side_that_shows([wide[0], empty, empty], [720, 360], 0, 6) is None
    assert side_that_shows([wide[0]], [720, 360], 0, 6) is not None
