"""Recordings to training material: analysed sound, and the fitted face of those that have one."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...core.arkit import SHAPE_NAMES
from ...core.errors import EvpError
from ...core.face.fitted import neutral_landmarks
from ...core.face.head import load_head
from ...core.files import make_folder, replace_file
from ...core.fit import fit_face
from ...core.lip_measure import best_lag, between_frames
from ...core.media.audio import read_audio
from ...core.media.plate import open_plate
from ...core.progress import Job, Progress, finish
from ...core.records import EMOTIONS, FloatArray
from ...core.solve_shapes import ShapeSolver
from ...core.track import TrackSettings, track_face
from .datasets import Recording
from .network import Ear, SpeechModel
from .utterances import Heard
from .vary import vary_sound

Arrays = dict[str, npt.NDArray[Any]]

LEAST_FACES = 0.8
"""Share of frames that must show a face."""

LEAST_LIKENESS = 0.5
LARGEST_LAG = 0.35
AMPLITUDE = 0.0035
"""Standard deviation of the lip gap, metres, that every speaker is brought to."""

AMPLITUDES = (0.5, 2.0)


@dataclass(frozen=True)
class Copy:
    """What is heard of a recording's copy (``vary.py``).

    Attributes:
        heard: its analysed sound.
        speed: how much faster than the recording it is.
    """

    heard: Heard
    speed: float


@dataclass(frozen=True)
class Prepared:
    """A recording ready for training.

    Attributes:
        recording: where it comes from.
        heard: its analysed sound.
        times: (T,) seconds of its frames, empty without a face.
        expression: (T, 52) fitted ARKit weights, NaN where the face was lost.
        neutral: (478, 3) the fitted face at rest, metres.
        copies: of its sound, where it shows a face.
    """

    recording: Recording
    heard: Heard
    times: FloatArray
    expression: FloatArray
    neutral: FloatArray
    copies: tuple[Copy, ...] = ()


def prepare(
    recordings: Sequence[Recording], ear: Ear, folder: Path, copies: int = 0
) -> Job[list[Prepared]]:
    """Analyse recordings; what is done is kept in ``folder`` and not done again.

    Recordings that cannot be used (no sound, no face) are left out, and a note names each.

    Args:
        recordings: see ``read_dataset``.
        ear: what listens.
        folder: where the analyses are kept.
        copies: varied copies that are made of the sound of every face.
    """
    make_folder(folder)
    done = []
    for number, recording in enumerate(recordings):
        progress = partial(Progress, "prepare", number, len(recordings), recording.path.name)
        yield progress()
        name = hashlib.sha256(str(recording.path.resolve()).encode()).hexdigest()[:16]
        file = folder / f"{recording.path.stem}-{name}.npz"
        try:
            arrays = _kept(file, partial(_analyse, recording, ear))
        except EvpError as error:
            yield progress(note=f"skipped {recording.path}: {_reason(recording, error)}")
            continue
        if recording.has_face and "times" not in arrays:
            share = f"{LEAST_FACES:.0%} of its frames"
            yield progress(note=f"{recording.path}: less than {share} show a face; only heard.")
        made = []
        for copy in range(1, 1 + copies * (len(arrays.get("times", ())) > 0)):
            random = np.random.default_rng([int(name, 16), copy])
            path = file.with_stem(f"{file.stem}-copy{copy}")
            made.append(_kept(path, partial(_analyse_copy, recording, ear, random)))
        done.append(_prepared(recording, arrays, made))
    return done


def _reason(recording: Recording, error: EvpError) -> str:
    """The error's sentence without the path, which it may begin with."""
    return str(error).removeprefix(f"{recording.path}: ")


def _kept(file: Path, make: Callable[[], Arrays]) -> Arrays:
    """The arrays of a file, which is made if it is missing."""
    if not file.is_file():
        stream = io.BytesIO()
        np.savez_compressed(stream, **make())
        replace_file(file, stream.getvalue())
    with np.load(file) as stored:
        return {name: stored[name] for name in stored.files}


def _analyse(recording: Recording, ear: Ear) -> Arrays:
    arrays = _heard_arrays(ear.analyse(read_audio(recording.path)))
    return {**arrays, **_face_arrays(recording)} if recording.has_face else arrays


def _face_arrays(recording: Recording) -> Arrays:
    """The fitted face; nothing where too few frames show one."""
    plate = open_plate(recording.path)
    track = finish(track_face(plate, TrackSettings()))
    fit = finish(fit_face((plate.width, plate.height), track, times=plate.times))
    if fit.valid.mean() < LEAST_FACES:
        return {}
    return {
        "times": plate.times,
        "expression": np.where(fit.valid[:, None], fit.expression, np.nan),
        "neutral": neutral_landmarks(fit),
    }


def _analyse_copy(recording: Recording, ear: Ear, random: np.random.Generator) -> Arrays:
    sound, speed = vary_sound(read_audio(recording.path), random)
    return {**_heard_arrays(ear.analyse(sound)), "speed": np.array(speed)}


def _heard_arrays(heard: Heard) -> Arrays:
    return {
        "mfcc": heard.mfcc.astype(np.float16),
        "content": heard.content,
        "emotion": heard.emotion,
        "active": heard.active,
    }


def _heard(arrays: Arrays) -> Heard:
    mfcc = arrays["mfcc"].astype(np.float32)
    return Heard(mfcc, arrays["content"], arrays["emotion"], arrays["active"])


def _prepared(recording: Recording, arrays: Arrays, copies: Sequence[Arrays]) -> Prepared:
    return Prepared(
        recording,
        _heard(arrays),
        arrays.get("times", np.zeros(0)),
        arrays.get("expression", np.zeros((0, 52))),
        arrays.get("neutral", np.zeros((478, 3))),
        tuple(Copy(_heard(copy), float(copy["speed"])) for copy in copies),
    )


def displacements(expression: FloatArray) -> FloatArray:
    """Landmark displacements (T, 478, 3) of fitted weights, blinks and gaze left out."""
    still = [i for i, name in enumerate(SHAPE_NAMES) if name.startswith(("eyeBlink", "eyeLook"))]
    moved = expression.copy()
    moved[:, still] = 0.0
    return np.tensordot(moved, load_head().landmark_expression_basis, axes=1)


def measure_lag(item: Prepared, model: SpeechModel) -> tuple[float, float]:
    """Seconds by which a recording's mouth leads its sound, and how sure that is (a correlation).

    Measured against a trained network: every network is trained on the clock of the first.
    """
    content = model.contents(item.heard, item.times)
    neutral = np.repeat(model.prototypes[EMOTIONS.index("neutral"), -1:], len(content), axis=0)
    rate = (len(item.times) - 1) / (item.times[-1] - item.times[0])
    made = model.displace(item.neutral, content, neutral, rate)
    gap = ShapeSolver.lip_gaps(displacements(item.expression)).mean(axis=1)
    own = ShapeSolver.lip_gaps(made).mean(axis=1)
    lag, likeness = best_lag(own, gap)
    return between_frames(own, gap, lag) / rate, likeness


def speaker_lags(items: Sequence[Prepared], model: SpeechModel) -> list[float]:
    """The lag of each recording; where it is unsure, the median of its speaker's sure ones."""
    measured = [measure_lag(item, model) for item in items]
    lags = []
    for item, (lag, likeness) in zip(items, measured, strict=True):
        own = [
            value
            for other, (value, sure) in zip(items, measured, strict=True)
            if other.recording.speaker == item.recording.speaker and sure > LEAST_LIKENESS
        ]
        middle = float(np.median(own)) if own else 0.0
        sure = likeness > LEAST_LIKENESS and abs(lag) < LARGEST_LAG
        lags.append(lag if sure else middle)
    return lags


def speaker_gain(items: Sequence[Prepared]) -> float:
    """The factor that brings one speaker's mouth to the common amplitude."""
    deviations = [
        float(np.nanstd(ShapeSolver.lip_gaps(displacements(item.expression)).mean(axis=1)))
        for item in items
    ]
    return float(np.clip(AMPLITUDE / max(float(np.mean(deviations)), 1e-5), *AMPLITUDES))
