"""The landmarker for faces that are small in the frame: it looks at tiles, then at a window."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from ..records import PixelArray
from .landmarker import Detection
from .symmetric_landmarker import SymmetricLandmarker

SIDES = (1.0, 0.5, 0.25)
"""Sides of the tiles, as shares of the frame's shorter side: a face must fill a tenth of one."""

LEAST_SIDE = 200
"""Pixels; a face that is lost in a smaller tile has too few pixels to be fitted."""

WINDOW = 4.0
"""Side of the window, in heights of the face: wide enough to find it anew, and its neighbours."""

FARTHEST_OFF = 0.2
"""How far the face may be off the window's middle, as a share of the side."""

MOST_RESIZED = 1.4
LONGEST_WAIT = 3
"""Frames without the face before it is looked for everywhere again."""


class CloseLandmarker:
    """Finds faces in overlapping tiles and follows one through a window; close it when done.

    MediaPipe shrinks a frame to 128 pixels to look for faces and misses those that are narrower
    than about a tenth of its longer side, however many pixels they have.
    """

    def __init__(self, side: int, most_faces: int) -> None:
        """Load the models.

        Args:
            side: of the tiles, pixels.
            most_faces: faces looked for in a tile or in the window.

        Raises:
            MissingDependencyError: mediapipe or a system library it loads is not installed.
        """
        self._side = side
        self._most_faces = most_faces
        self._everywhere = SymmetricLandmarker(most_faces, video=False)
        self._near: SymmetricLandmarker | None = None
        self._corner = np.zeros(2, int)
        self._window = 0
        self._height = 0.0
        self._missed = 0

    def close(self) -> None:
        """Free the models."""
        self._everywhere.close()
        self._leave()

    def detect(self, pixels: PixelArray, time: float) -> list[Detection]:
        """Find the faces of a frame: in the window where one is followed, else everywhere.

        Args:
            pixels: (H, W, 3) uint8 RGB.
            time: seconds; must grow from call to call.
        """
        if self._near is None:
            large = self._everywhere.detect(pixels, 0.0)
            return _each_once([*large, *faces_in_tiles(self._everywhere, pixels, self._side)])
        x, y = self._corner
        view = pixels[y : y + self._window, x : x + self._window]
        return [_moved(face, x, y) for face in self._near.detect(view, time)]

    def keep(self, face: Detection | None, pixels: PixelArray) -> None:
        """Tell which of the frame's faces is followed; the window goes where it is.

        Args:
            face: the followed one; None where it was not there.
            pixels: (H, W, 3) the frame.
        """
        if face is None:
            self._missed += 1
            if self._missed >= LONGEST_WAIT:
                self._leave()
            return
        self._missed = 0
        height = float(np.ptp(face.landmarks[:, 1]))
        middle = self._corner + self._window / 2
        if (
            self._near is None
            or np.abs(face.centre - middle).max() > FARTHEST_OFF * self._window
            or not 1 / MOST_RESIZED < height / self._height < MOST_RESIZED
        ):
            self._open(face, height, pixels)

    def _open(self, face: Detection, height: float, pixels: PixelArray) -> None:
        size = np.array([pixels.shape[1], pixels.shape[0]])
        window = max(16, round(WINDOW * height))
        corner = np.clip(np.round(face.centre - window / 2).astype(int), 0, None)
        corner = np.maximum(np.minimum(corner, size - window), 0)
        if self._near is not None and window == self._window and (corner == self._corner).all():
            return
        self._leave()
        self._near = SymmetricLandmarker(self._most_faces, video=True)
        self._corner, self._window, self._height = corner, window, height

    def _leave(self) -> None:
        if self._near is not None:
            self._near.close()
        self._near = None


def tile_sides(width: int, height: int) -> list[int]:
    """Sides of the tiles to look at in a frame, the largest first, pixels."""
    sides = [round(share * min(width, height)) for share in SIDES]
    return [side for side in sides if side >= LEAST_SIDE]


def faces_in_tiles(
    landmarker: SymmetricLandmarker, pixels: PixelArray, side: int
) -> list[Detection]:
    """Find the faces of a frame in square tiles that overlap by half, each face once.

    Args:
        landmarker: for frames that do not follow each other.
        pixels: (H, W, 3) uint8 RGB.
        side: of a tile, pixels.
    """
    height, width = pixels.shape[:2]
    found: list[tuple[float, Detection]] = []
    for y in _starts(height, side):
        for x in _starts(width, side):
            view = pixels[y : y + side, x : x + side]
            for face in landmarker.detect(view, 0.0):
                moved = _moved(face, x, y)
                off = float(np.abs(moved.centre - (x + side / 2, y + side / 2)).max())
                found.append((off, moved))
    return _each_once([face for _, face in sorted(found, key=lambda item: item[0])])


def side_that_shows(
    frames: Sequence[PixelArray], sides: Sequence[int], more_than: int, most_faces: int
) -> int | None:
    """The side of tiles that show more faces than were seen so far, in two frames at least.

    The first such side; a smaller one where it shows two of the frames that those before it do not.

    Args:
        frames: of one plate, (H, W, 3) uint8 RGB; of a single one, that one decides.
        sides: of the tiles, pixels, the largest first.
        more_than: faces seen at most in a frame as a whole.
        most_faces: faces looked for in a tile.
    """
    landmarker = SymmetricLandmarker(most_faces, video=False)
    # What only one frame shows is something mistaken for a face.
    enough = min(2, len(frames))
    chosen, left = None, list(frames)
    try:
        for side in sides:
            without = [
                frame for frame in left if len(faces_in_tiles(landmarker, frame, side)) <= more_than
            ]
            if len(left) - len(without) >= enough:
                chosen, left = side, without
            if len(left) < enough:
                break
    finally:
        landmarker.close()
    return chosen


def _each_once(found: Sequence[Detection]) -> list[Detection]:
    """Drop a face that was found before in the list."""
    faces: list[Detection] = []
    for face in found:
        if all(np.linalg.norm(face.centre - other.centre) > other.eye_distance for other in faces):
            faces.append(face)
    return faces


def _starts(length: int, side: int) -> Iterator[int]:
    steps = max(0, -(-2 * (length - side) // side))
    for step in range(steps + 1):
        yield round(step * (length - side) / max(steps, 1))


def _moved(face: Detection, x: int, y: int) -> Detection:
    return dataclasses.replace(face, landmarks=face.landmarks + np.array([x, y, 0], np.float32))
