"""How well track and fit meet recorded faces, and faces whose truth is known."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..errors import FaceNotFoundError
from ..face.fitted import neutral_landmarks, projected_points
from ..face.smoothing import smooth_track
from ..face.symmetric_landmarker import SymmetricLandmarker
from ..face.topology import (
    BROW_LEFT,
    BROW_RIGHT,
    EYE_LEFT,
    EYE_RIGHT,
    LID_PAIRS,
    LIP_PAIRS,
    LIPS,
)
from ..fit import FitSettings, PersonShape, fit_face
from ..media.colour import display_8_bit
from ..media.plate import open_plate, read_frames
from ..progress import Job, finish
from ..records import FaceFit, FaceState, FloatArray, PixelArray, Plate, Track
from ..track import TrackSettings, track_face

STILL_FRAMES = 24
STILL_SIZE = 512
STILL_NOISE = 2.0
"""Sensor noise added to each copy of a still, standard deviation of 255."""
HELD_OUT_SHARE = 1 / 3
EYES = (*EYE_LEFT, *EYE_RIGHT)
BROWS = (*BROW_LEFT, *BROW_RIGHT)


@dataclass(frozen=True)
class FitScore:
    """Reprojection against the track, in per cent of the inter-ocular distance.

    Attributes:
        mean, percentile_95, worst: of the frames' mean errors over all landmarks.
        lips, eyes, brows: mean errors of these landmarks.
        lid_gap, lip_gap: mean error of the distance between upper and lower lids and lips.
    """

    mean: float
    percentile_95: float
    worst: float
    lips: float
    eyes: float
    brows: float
    lid_gap: float
    lip_gap: float


@dataclass(frozen=True)
class ClipScore:
    """What was measured on one clip.

    Attributes:
        clip: file name.
        frames, lost, bridged: numbers of frames.
        fit: score with everything known.
        held_out: score on the last third with the person's shape from the first two thirds.
        jitter: pixels by which fitted landmarks tremble on a noisy still scaled to 512 pixels.
        track_jitter: the same for the smoothed track.
        raw_jitter: the same for the landmarks as they are detected.
        track_ms, fit_ms: milliseconds per frame.
    """

    clip: str
    frames: int
    lost: int
    bridged: int
    fit: FitScore
    held_out: FitScore | None
    jitter: float
    track_jitter: float
    raw_jitter: float
    track_ms: float
    fit_ms: float


def iod_pixels(fit: FaceFit) -> FloatArray:
    """(T,) the inter-ocular distance as seen from the front at the head's distance, pixels."""
    corners = neutral_landmarks(fit)[[33, 263]]
    distance: FloatArray = (
        fit.camera.focal * np.linalg.norm(corners[0] - corners[1]) / fit.translation[:, 2]
    )
    return distance


def score_fit(fit: FaceFit, track: Track) -> FitScore:
    """Compare a fit with the track it explains; frames without a face do not count."""
    rows = np.flatnonzero(fit.valid)
    size = iod_pixels(fit)[rows, None]
    fitted, seen = projected_points(fit)[rows], track.landmarks[rows, :, :2]
    error = 100 * np.linalg.norm(fitted - seen, axis=2) / size

    def gap(pairs: tuple[tuple[int, int], ...]) -> float:
        first, second = np.array(pairs).T
        lengths = [
            np.linalg.norm(points[:, first] - points[:, second], axis=2)
            for points in (fitted, seen)
        ]
        return float(100 * (np.abs(lengths[0] - lengths[1]) / size).mean())

    frame = error.mean(1)
    return FitScore(
        mean=float(frame.mean()),
        percentile_95=float(np.percentile(frame, 95)),
        worst=float(frame.max()),
        lips=float(error[:, list(LIPS)].mean()),
        eyes=float(error[:, list(EYES)].mean()),
        brows=float(error[:, list(BROWS)].mean()),
        lid_gap=gap(LID_PAIRS),
        lip_gap=gap(LIP_PAIRS),
    )


def held_out(
    size: tuple[int, int], track: Track, times: FloatArray, settings: FitSettings
) -> Job[FitScore | None]:
    """Fit the last third with the person's shape of the first two; None if either has no face."""
    split = round(len(times) * (1 - HELD_OUT_SHARE))
    early, late = np.arange(split), np.arange(split, len(times))
    first, second = track.take(early), track.take(late)
    if not first.found.any() or not second.found.any():
        return None
    known = yield from fit_face(size, first, settings, None, times[early])
    person = PersonShape(known.identity, known.offset, known.own_shapes)
    fit = yield from fit_face(size, second, settings, None, times[late], person)
    return score_fit(fit, second)


def still_jitter(picture: PixelArray, settings: FitSettings) -> tuple[float, float, float]:
    """How far landmarks tremble on a still with sensor noise, pixels.

    The picture is scaled to ``STILL_SIZE`` pixels on its longer side and repeated.

    Args:
        picture: (H, W, 3) uint8 RGB.
        settings: of the fit.

    Returns:
        Standard deviation over time, averaged over landmarks: of the fit, of the smoothed track,
        of the detector.
    """
    scale = STILL_SIZE / max(picture.shape[:2])
    still = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    random = np.random.default_rng(11)
    landmarks, scores = [], []
    landmarker = SymmetricLandmarker(1, video=True)
    times = np.arange(STILL_FRAMES) / 25.0
    try:
        for moment in times:
            noisy = still + random.normal(0, STILL_NOISE, still.shape)
            faces = landmarker.detect(np.clip(noisy, 0, 255).astype(np.uint8), float(moment))
            if not faces:
                raise FaceNotFoundError("The still shows no face at 512 pixels; use another clip.")
            landmarks.append(faces[0].landmarks)
            scores.append(faces[0].scores)
    finally:
        landmarker.close()
    count = len(times)
    track = Track(
        np.array(landmarks), np.array(scores), np.ones(count),
        np.full(count, FaceState.SEEN), np.zeros(count, int),
    )  # fmt: skip
    job = fit_face((still.shape[1], still.shape[0]), track, settings, None, times)
    fit = finish(job)
    shaking = [
        points.std(axis=0)
        for points in (
            projected_points(fit),
            smooth_track(track, times).landmarks[:, :, :2],
            track.landmarks[:, :, :2],
        )
    ]
    fitted, smooth, raw = (float(np.linalg.norm(value, axis=1).mean()) for value in shaking)
    return fitted, smooth, raw


def evaluate_clip(path: Path, settings: FitSettings | None = None) -> Job[ClipScore]:
    """Track and fit one clip and measure.

    Raises:
        InputError: the clip cannot be read.
        FaceNotFoundError: it shows no face.
    """
    settings = settings or FitSettings()
    plate = open_plate(path)
    size = (plate.width, plate.height)
    started = time.perf_counter()
    track = yield from track_face(plate, TrackSettings())
    tracked = time.perf_counter()
    fit = yield from fit_face(size, track, settings, None, plate.times)
    fitted = time.perf_counter()
    later = yield from held_out(size, track, plate.times, settings)
    jitter, track_jitter, raw_jitter = still_jitter(_clear_frame(plate, track), settings)
    return ClipScore(
        clip=path.name,
        frames=len(plate),
        lost=int((~track.found).sum()),
        bridged=int((track.state == FaceState.BRIDGED).sum()),
        fit=score_fit(fit, track),
        held_out=later,
        jitter=jitter,
        track_jitter=track_jitter,
        raw_jitter=raw_jitter,
        track_ms=1000 * (tracked - started) / len(plate),
        fit_ms=1000 * (fitted - tracked) / len(plate),
    )


def clip_figures(scores: Sequence[ClipScore]) -> dict[str, Any]:
    """Figures per clip and the mean over them, ready for JSON."""
    rows = [as_json(score) for score in scores]
    return {"clips": rows, "mean": _mean_of(rows)}


def _mean_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The mean of every number over the rows that have it."""
    result: dict[str, Any] = {}
    for key in rows[0] if rows else ():
        values = [row[key] for row in rows if row[key] is not None]
        if values and isinstance(values[0], dict):
            result[key] = _mean_of(values)
        elif values and not isinstance(values[0], str):
            result[key] = round(float(np.mean(values)), 3)
    return result


def _clear_frame(plate: Plate, track: Track) -> PixelArray:
    """The frame in which the face is seen best."""
    best = int(np.argmax(track.confidence))
    return display_8_bit(next(read_frames(plate, best, best + 1)))


def as_json(score: ClipScore) -> dict[str, Any]:
    """A score as plain numbers, rounded to what is measured."""

    def rounded(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: rounded(entry) for key, entry in value.items()}
        return round(value, 3) if isinstance(value, float) else value

    plain: dict[str, Any] = rounded(asdict(score))
    return plain
