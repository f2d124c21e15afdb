"""Follow one person's face through the plate: 478 landmarks a frame, gaps marked, not invented."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from .errors import FaceNotFoundError
from .face.close_landmarker import CloseLandmarker, side_that_shows, tile_sides
from .face.landmarker import Detection, Landmarker
from .face.person import PersonFollower, choose_person
from .face.symmetric_landmarker import SymmetricLandmarker
from .media.colour import display_8_bit
from .media.plate import read_frames
from .progress import Job, Progress
from .records import LANDMARK_COUNT, FaceState, FloatArray, IntArray, PixelArray, Plate, Track

SHAPE_COUNT = 52

LONGEST_BRIDGE = 5
"""Gaps of up to so many frames are bridged."""

SHORTEST_RUN = 3
"""Fewer frames that show a face, far from all others, are something mistaken for one ..."""

SURE_RUN = 10
"""... if the plate shows the face for so many frames elsewhere."""

WIDEST_YAW = 60.0
"""Degrees from which a face counts as a profile: the landmarks' error has tripled by then."""

PROBES = 9
MOST_FACES = 6

CUT_CHANGE = 0.09
"""Mean change of a thumbnail, 0..1, that a cut makes at least ..."""

CUT_RATIO = 4.0
"""... and so many times the change of the frames around it."""

SMALLEST_FACE = 20.0
"""Inter-ocular distance in pixels below which confidence falls."""


@dataclass(frozen=True)
class TrackSettings:
    """Which face to follow.

    Attributes:
        face: which person, counted from the left from 0; None for the largest.
        click: a plate position in pixels on the wanted face, in the first frame that shows one.
    """

    face: int | None = None
    click: tuple[float, float] | None = None


def track_face(plate: Plate, settings: TrackSettings) -> Job[Track]:
    """Track the chosen face.

    Raises:
        FaceNotFoundError: no frame shows a face, or not the one that was asked for.
        MissingDependencyError: the landmarker cannot be loaded.
    """
    yield Progress("track", 0, len(plate), "looking for faces")
    several, side = _what_to_look_at(plate, settings)
    landmarks = np.full((len(plate), LANDMARK_COUNT, 3), np.nan, np.float32)
    scores = np.full((len(plate), SHAPE_COUNT), np.nan, np.float32)
    confidence = np.zeros(len(plate), np.float32)
    state = np.full(len(plate), FaceState.LOST, np.int8)
    segment = np.zeros(len(plate), np.int32)
    follower: PersonFollower | None = None
    landmarker: SymmetricLandmarker | CloseLandmarker | None = None
    cuts = _CutDetector()
    try:
        for index, pixels in enumerate(_display_frames(plate)):
            cut = cuts.is_cut(pixels)
            segment[index] = segment[max(index - 1, 0)] + cut
            if landmarker is None or cut:
                if landmarker is not None:
                    landmarker.close()
                most_faces = MOST_FACES if several else 1
                landmarker = (
                    SymmetricLandmarker(most_faces, video=True)
                    if side is None
                    else CloseLandmarker(side, MOST_FACES)
                )
                follower = None
            faces = landmarker.detect(pixels, float(plate.times[index]))
            if follower is None and faces:
                chosen = choose_person(faces, settings.face, settings.click)
                follower = None if chosen is None else PersonFollower(chosen, pixels)
            face = follower.follow(faces, pixels) if follower is not None else None
            landmarker.keep(face, pixels)
            if face is not None:
                landmarks[index] = face.landmarks
                scores[index] = face.scores
                confidence[index] = _confidence(face, plate)
                profile = abs(face.yaw) > WIDEST_YAW
                state[index] = FaceState.PROFILE if profile else FaceState.SEEN
            yield Progress("track", index + 1, len(plate))
    finally:
        if landmarker is not None:
            landmarker.close()
    if not (state == FaceState.SEEN).any():
        raise FaceNotFoundError(_why_none(plate, settings, bool((state != FaceState.LOST).any())))
    flashes = _flashes(state)
    landmarks[flashes], scores[flashes], confidence[flashes] = np.nan, np.nan, 0.0
    state[flashes] = FaceState.LOST
    _bridge(landmarks, scores, confidence, state, segment)
    return Track(landmarks, scores, confidence, state, segment)


def _display_frames(plate: Plate) -> Iterator[PixelArray]:
    for pixels in read_frames(plate):
        yield display_8_bit(pixels)


def _what_to_look_at(plate: Plate, settings: TrackSettings) -> tuple[bool, int | None]:
    """Whether a few frames show several faces, and the side of the tiles to look at.

    Tiles (None: whole frames) are for where whole frames do not show the face that is asked for,
    or show nobody in some of the frames: there the person may be small.
    """
    frames = [
        display_8_bit(next(read_frames(plate, int(index), int(index) + 1)))
        for index in np.unique(np.linspace(0, len(plate) - 1, PROBES).astype(int))
    ]
    landmarker = Landmarker(MOST_FACES, video=False)
    try:
        faces = [landmarker.detect(frame, 0.0) for frame in frames]
    finally:
        landmarker.close()
    most = max(len(found) for found in faces)
    first = next((found for found in faces if found), [])
    several = most > 1
    sides = tile_sides(plate.width, plate.height)
    empty = [frame for frame, found in zip(frames, faces, strict=True) if not found]
    if settings.face is None and 1 < len(empty) < len(frames):
        side = side_that_shows(empty, sides, 0, MOST_FACES)
        if side is not None:
            return several, side
    if first and choose_person(first, settings.face, settings.click) is not None:
        # A number counts whom a person would count, not only those a whole frame shows.
        sides = [] if settings.face is None else sides[:1]
    return several, side_that_shows(frames, sides, most, MOST_FACES) if sides else None


def _confidence(face: Detection, plate: Plate) -> float:
    """How far a detection can be trusted: inside the frame, facing it, large enough."""
    points = face.landmarks[:, :2]
    inside = ((points > 0) & (points < (plate.width, plate.height))).all(axis=1)
    facing = np.clip((WIDEST_YAW + 15.0 - abs(face.yaw)) / 45.0, 0.0, 1.0)
    size = np.clip(face.eye_distance / SMALLEST_FACE, 0.0, 1.0)
    return float(inside.mean() * facing * size)


def _flashes(state: IntArray) -> IntArray:
    """Frames of what looks like a face for a moment, where the face lasts elsewhere."""
    found = np.flatnonzero(state != FaceState.LOST)
    runs = np.split(found, np.flatnonzero(np.diff(found) > LONGEST_BRIDGE + 1) + 1)
    longest = max(len(run) for run in runs)
    short = [run for run in runs if len(run) < SHORTEST_RUN and longest >= SURE_RUN]
    flashes: IntArray = np.concatenate([*short, found[:0]])
    return flashes


def _bridge(
    landmarks: FloatArray,
    scores: FloatArray,
    confidence: FloatArray,
    state: IntArray,
    segment: IntArray,
) -> None:
    """Fill short gaps within one segment with a straight line; the frames are marked."""
    seen = np.flatnonzero(state == FaceState.SEEN)
    for before, after in itertools.pairwise(seen):
        gap = after - before - 1
        if not 0 < gap <= LONGEST_BRIDGE or segment[before] != segment[after]:
            continue
        for index in range(before + 1, after):
            share = (index - before) / (after - before)
            for values in (landmarks, scores):
                values[index] = (1 - share) * values[before] + share * values[after]
            confidence[index] = 0.5 * min(confidence[before], confidence[after])
            state[index] = FaceState.BRIDGED


def _why_none(plate: Plate, settings: TrackSettings, profile: bool) -> str:
    if profile:
        return f"{plate.path}: the face is in profile in every frame; use a plate that shows it."
    if settings.face is not None:
        return f"{plate.path}: there is no face number {settings.face}; choose a smaller number."
    if settings.click is not None:
        x, y = settings.click
        return f"{plate.path}: no face is near the position {x:g},{y:g}; click on the face itself."
    return f"{plate.path}: no face was found in any frame; use a plate that shows one clearly."


class _CutDetector:
    """Tells cuts from motion by how much a thumbnail changes, against the frames before."""

    def __init__(self) -> None:
        self._last: FloatArray | None = None
        self._usual = 0.0

    def is_cut(self, pixels: PixelArray) -> bool:
        """Whether this frame begins a new take."""
        small = cv2.resize(pixels, (48, 27), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        if self._last is None:
            self._last = small
            return False
        change = float(np.abs(small - self._last).mean())
        self._last = small
        cut = change > CUT_CHANGE and change > CUT_RATIO * self._usual
        if not cut:
            self._usual = max(0.8 * self._usual + 0.2 * change, 0.25 * change)
        return cut
