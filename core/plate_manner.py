"""Learn how the person of a plate speaks from the plate's own sound and fit."""

from __future__ import annotations

import numpy as np

from .errors import InputError
from .face.fitted import neutral_landmarks
from .face.head import load_head
from .listen import listen, place_speech
from .media.audio import read_audio
from .media.plate import open_plate
from .networks import SpeechNetwork
from .perform import PerformSettings
from .progress import Job, Progress
from .records import SAMPLE_RATE, FaceFit, FloatArray, Plate, SpeechManner
from .speech_manner import OwnSpeech, learn_manner, unlearnt

LONGEST = 90.0
"""Seconds of the shot, from its first frame, that are learnt from."""


def learn_from_plate(plate: Plate, fit: FaceFit, network: SpeechNetwork) -> Job[SpeechManner]:
    """Learn a person's manner from a plate with sound; without, nothing is learnt.

    Args:
        plate: as recorded, not extended.
        fit: of its frames.
        network: audio to landmarks.
    """
    yield Progress("adapt speech", 0, 1, plate.path.name)
    if not plate.has_audio:
        return unlearnt("the plate has no sound of its own.")
    frames = np.flatnonzero(plate.times < LONGEST)
    times = plate.times[frames]
    try:
        speech = place_speech(_sound(plate, float(times[-1]) + 1.0 / float(plate.rate)))
    except InputError:
        return unlearnt("the plate's own sound is silent, too short or damaged.")
    fit = fit.take(frames)
    own = OwnSpeech(
        listen(speech, times, network),
        load_head().displacement(fit.expression),
        fit.valid,
        neutral_landmarks(fit),
    )
    return learn_manner(own, network, PerformSettings(rate=float(plate.rate)))


def _sound(plate: Plate, duration: float) -> FloatArray:
    """The plate's sound from the shot's first frame on."""
    before = open_plate(plate.path).times[plate.skip] if plate.skip else 0.0
    first = round(float(before) * SAMPLE_RATE)
    sound: FloatArray = read_audio(plate.path)[first : first + round(duration * SAMPLE_RATE)]
    return sound
