"""Let the renderer learn from this very plate: its own frames re-enacted from one another."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from .crop import NETWORK_SIZE, crop_pixels, face_crops
from .media.plate import read_selected
from .networks import AdaptationReport, FaceRenderer
from .occlusion import face_reference
from .plate_face import to_crops, usable_mouths
from .progress import Job, Progress
from .records import AlignedFace, BoolArray, IntArray, Plate
from .reenact import FaceClip, PairMaker
from .stage_keys import stage_key

RUN_LENGTH = 8
"""Consecutive frames learnt from at a time: two are needed to learn stillness."""

MOST_FRAMES = 168
FEWEST_FRAMES = 12
"""With fewer frames there is nothing to learn from and to measure on."""

HOLD_OUT = 6
"""Every so many-th run of frames is held out."""

MEASURED_FRAMES = 12
SOURCE_LAG = 5
"""Frames between a held-out target and the frame it is re-enacted from: about 0.2 s."""


def adapt_renderer(
    plate: Plate,
    aligned: AlignedFace,
    renderer: FaceRenderer,
    seconds: float,
    seed: int,
    checkpoint: Path,
) -> Job[AdaptationReport | None]:
    """Adapt ``renderer``, in place, to the plate within ``seconds`` of wall clock.

    Only the plate's own face is used, so new speech or another emotion adapts nothing anew. A
    finished adaptation is taken up again from ``checkpoint``; a broken-off one goes on.

    Returns:
        What was measured on held-out frames; None where nothing was learnt (no seconds, or a
        plate that is too short).
    """
    renderer.reset()
    if seconds <= 0:
        return None
    key = stage_key(
        "adapt",
        plate.anywhere,
        aligned.plate_landmarks,
        aligned.valid,
        seed,
        renderer.fingerprint,
    )
    report = renderer.restore(checkpoint, key, seconds)
    if report is not None:
        return report
    begun = time.monotonic()
    frames = choose_frames(aligned, plate)
    if len(frames) < FEWEST_FRAMES:
        yield Progress("adapt", 0, 0, "too few frames to learn from")
        return None
    yield Progress("adapt", 0, round(seconds), "reading frames")
    clip = drop_hidden(read_face_clip(plate, aligned, frames))
    if len(clip) < FEWEST_FRAMES:
        yield Progress("adapt", 0, 0, "too few frames that show the mouth to learn from")
        return None
    learnt = learnt_frames(clip.frames)
    pairs = PairMaker(clip, learnt)
    yield Progress("adapt", 0, round(seconds), "preparing frames")
    targets = np.flatnonzero(~learnt)
    targets = targets[:: max(1, len(targets) // MEASURED_FRAMES)][:MEASURED_FRAMES]
    held_out = pairs.held_out(targets.tolist(), SOURCE_LAG)
    report = yield from renderer.adapt(pairs, held_out, seconds, begun, seed, checkpoint, key)
    return report


def choose_frames(aligned: AlignedFace, plate: Plate) -> IntArray:
    """Frames to learn from: runs of consecutive ones, spread over the shot."""
    crops = face_crops(aligned.plate_landmarks, aligned.valid, NETWORK_SIZE)
    usable = usable_mouths(aligned, to_crops(crops, aligned.plate_landmarks), NETWORK_SIZE)
    frames = np.flatnonzero(usable)
    if len(frames) <= MOST_FRAMES:
        return frames
    starts = np.linspace(0, len(frames) - RUN_LENGTH, MOST_FRAMES // RUN_LENGTH).astype(int)
    kept = np.unique((starts[:, None] + np.arange(RUN_LENGTH)).ravel())
    return frames[kept]


def drop_hidden(clip: FaceClip) -> FaceClip:
    """The clip without the frames in which something hides the mouth."""
    pictures = [clip.picture(index) for index in range(len(clip))]
    reference = face_reference(pictures, clip.landmarks, clip.frames)
    if reference is None:
        return clip
    pairs = zip(pictures, clip.landmarks, strict=True)
    seen = np.array([reference.shows_mouth(picture, points) for picture, points in pairs])
    return FaceClip(clip.crops[seen], clip.landmarks[seen], clip.depth[seen], clip.frames[seen])


def learnt_frames(frames: IntArray) -> BoolArray:
    """Which of the chosen frames are learnt from: all but every ``HOLD_OUT``-th run."""
    run = np.arange(len(frames)) // RUN_LENGTH
    count = max(2, min(HOLD_OUT, int(run.max()) + 1))
    return run % count != count - 1


def read_face_clip(
    plate: Plate, aligned: AlignedFace, frames: IntArray, size: int = NETWORK_SIZE
) -> FaceClip:
    """Decode frames of the plate (indices, ascending) into crops."""
    affines = face_crops(aligned.plate_landmarks, aligned.valid, size)
    crops = np.empty((len(frames), size, size, 3), dtype=np.uint16)
    for row, (index, pixels) in enumerate(read_selected(plate, frames.tolist())):
        crop = np.clip(crop_pixels(pixels, affines[index], size), 0.0, 1.0)
        crops[row] = np.rint(crop * 65535)
    landmarks = to_crops(affines[frames], aligned.plate_landmarks[frames])
    # The plate's own depth is not recorded; the new face's differs by millimetres only.
    return FaceClip(crops, landmarks, np.asarray(aligned.depth)[frames], frames)
