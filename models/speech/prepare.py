"""Recordings to training material: analysed sound, and the fitted face of those that have one."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...core.arkit import SHAPE_NAMES
from ...core.errors import EvpError
from ...core.evaluate.speech import best_lag
from ...core.face.head import load_head
from ...core.files import make_folder, replace_file
from ...core.fit import fit_face, neutral_landmarks
from ...core.media.audio import read_audio
from ...core.media.plate import open_plate
from ...core.progress import Job, Progress, finish
from ...core.records import EMOTIONS, FloatArray
from ...core.solve_shapes import ShapeSolver
from ...core.track import TrackSettings, track_face
from .datasets import Recording
from .network import Ear, SpeechModel
from .utterances import Heard

LEAST_FACES = 0.8
"""Share of frames that must show a face."""

LEAST_LIKENESS = 0.5
LARGEST_LAG = 0.35
AMPLITUDE = 0.0035
"""Standard deviation of the lip gap, metres, that every speaker is brought to."""

AMPLITUDES = (0.5, 2.0)


@dataclass(frozen=True)
class Prepared:
    """A recording ready for training.

    Attributes:
        recording: where it comes from.
        heard: its analysed sound.
        times: (T,) seconds of its frames, empty without a face.
        expression: (T, 52) fitted ARKit weights, NaN where the face was lost.
        neutral: (478, 3) the fitted face at rest, metres.
    """

    recording: Recording
    heard: Heard
    times: FloatArray
    expression: FloatArray
    neutral: FloatArray


def prepare(recordings: Sequence[Recording], ear: Ear, folder: Path) -> Job[list[Prepared]]:
    """Analyse recordings; what is done is kept in ``folder`` and not done again.

    Recordings that cannot be used (no sound, no face) are left out.
    """
    make_folder(folder)
    done = []
    for number, recording in enumerate(recordings):
        yield Progress("prepare", number, len(recordings), recording.path.name)
        name = hashlib.sha256(str(recording.path.resolve()).encode()).hexdigest()[:16]
        file = folder / f"{recording.path.stem}-{name}.npz"
        if not file.is_file():
            try:
                arrays = _analyse(recording, ear)
            except EvpError:
                continue
            stream = io.BytesIO()
            np.savez_compressed(stream, **arrays)
            replace_file(file, stream.getvalue())
        done.append(_read(recording, file))
    return done


def _analyse(recording: Recording, ear: Ear) -> dict[str, npt.NDArray[Any]]:
    heard = ear.analyse(read_audio(recording.path))
    arrays: dict[str, npt.NDArray[Any]] = {
        "mfcc": heard.mfcc.astype(np.float16),
        "content": heard.content,
        "emotion": heard.emotion,
        "active": heard.active,
    }
    if recording.has_face:
        plate = open_plate(recording.path)
        track = finish(track_face(plate, TrackSettings()))
        size = (plate.width, plate.height)
        fit = finish(fit_face(size, track, times=plate.times))
        if fit.valid.mean() >= LEAST_FACES:
            arrays["times"] = plate.times
            arrays["expression"] = np.where(fit.valid[:, None], fit.expression, np.nan)
            arrays["neutral"] = neutral_landmarks(fit)
    return arrays


def _read(recording: Recording, file: Path) -> Prepared:
    with np.load(file) as stored:
        arrays = {name: stored[name] for name in stored.files}
    return Prepared(
        recording,
        Heard(
            arrays["mfcc"].astype(np.float32),
            arrays["content"],
            arrays["emotion"],
            arrays["active"],
        ),
        arrays.get("times", np.zeros(0)),
        arrays.get("expression", np.zeros((0, 52))),
        arrays.get("neutral", np.zeros((478, 3))),
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
    lag, likeness = best_lag(ShapeSolver.lip_gaps(made).mean(axis=1), gap)
    return lag / rate, likeness


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
