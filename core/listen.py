"""Listening: speech to content, emotion and activity at the plate's frame times."""

from __future__ import annotations

import dataclasses

import numpy as np

from .errors import InputError
from .networks import SpeechNetwork
from .records import SAMPLE_RATE, FloatArray, Speech, SpeechCode
from .speech_features import row_levels, voice_activity

SHORTEST = 0.1
"""Seconds below which a sound is no speech."""

SILENT = -65.0
"""dB relative to full scale below which nothing can be heard."""

FADE = 0.2
"""Seconds in which the new face comes before the sound and goes after it."""

LENT_SECONDS = 0.04
"""Seconds between the moments at which a lent emotion is heard."""

LITTLE = 0.15
"""Share of the sound below which speech is so rare that its user should know."""


def place_speech(samples: FloatArray, offset: float = 0.0) -> Speech:
    """Put a sound on the plate's clock.

    Args:
        samples: (N,) mono, 16 kHz.
        offset: plate time of the first sample, seconds.

    Raises:
        InputError: the sound is empty, damaged or silent.
    """
    samples = np.asarray(samples, np.float32)
    if samples.ndim != 1 or len(samples) < SHORTEST * SAMPLE_RATE:
        raise InputError("The speech is empty or shorter than 0.1 s; give a recording of a voice.")
    if not np.isfinite(samples).all():
        raise InputError("The speech holds values that are no numbers; export the sound again.")
    if float(row_levels(samples).max()) < SILENT:
        raise InputError("The speech is silent from start to end; give a recording of a voice.")
    return Speech(samples, offset)


def listen(speech: Speech, times: FloatArray, network: SpeechNetwork) -> SpeechCode:
    """Encode the speech for every frame of the plate.

    Args:
        speech: the sound on the plate's clock.
        times: (T,) seconds of the frames on the same clock.
        network: the encoders.
    """
    local = np.asarray(times, np.float64) - speech.offset
    content, emotion, probabilities, closure = network.hear(speech.samples, local)
    return SpeechCode(
        content=content,
        emotion=emotion,
        probabilities=probabilities,
        closure=closure,
        activity=voice_activity(speech.samples, local, network.voices(speech.samples)),
        presence=np.interp(
            local, [-FADE, 0.0, speech.duration, speech.duration + FADE], [0.0, 1.0, 1.0, 0.0]
        ),
    )


def lend_emotion(code: SpeechCode, lender: Speech, network: SpeechNetwork) -> SpeechCode:
    """What was heard of one speech with the mean emotion of another.

    Raises:
        InputError: the other holds no speech.
    """
    heard = listen(lender, np.arange(0.0, lender.duration, LENT_SECONDS), network)
    if not (heard.activity > 0.5).any():
        raise InputError(
            "No speech was found in the recording that is to lend its emotion; give one of a voice."
        )
    rows = np.ones((len(code.emotion), 1))
    return dataclasses.replace(
        code,
        emotion=rows * heard.emotion.mean(axis=0),
        probabilities=rows * heard.probabilities.mean(axis=0),
    )


def doubt(code: SpeechCode) -> str | None:
    """What to tell the user where little or no speech was found in the sound; else None."""
    sounding = code.presence > 0.5
    share = float((code.activity[sounding] > 0.5).mean()) if sounding.any() else 1.0
    if share >= LITTLE:
        return None
    if share == 0.0:
        return "No speech was found in the sound (music or noise is no speech): the mouth rests."
    return (
        f"Speech was found in only {share:.0%} of the sound (music and noise are no speech): "
        "the mouth rests elsewhere."
    )
