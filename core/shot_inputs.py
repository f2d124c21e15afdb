"""Read what a shot is made from: its plate and its speech."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from .errors import InputError
from .listen import place_speech
from .media.audio import read_audio
from .media.colour_space import colour_space
from .media.plate import extend_pingpong, open_plate
from .records import Plate, Speech
from .settings import ShotSettings


def open_shot_plate(settings: ShotSettings) -> tuple[Plate, Plate]:
    """The plate as recorded, and as long as the shot's speech needs it.

    Raises:
        InputError: plate or audio cannot be used, or the speech outlasts a plate that may not be
            extended.
    """
    plate = open_plate(settings.plate, settings.frames, settings.plate_rate)
    if settings.colour_space is not None:
        colour = colour_space(settings.colour_space, settings.ocio_config)
        plate = dataclasses.replace(plate, colour=colour)
    if settings.audio is None:
        return plate, plate
    speech = read_speech(settings.audio, settings.audio_offset)
    end = speech.offset + speech.duration
    frame = 1.0 / float(plate.rate)
    length = float(plate.times[-1]) + frame
    if end <= length + frame:
        return plate, plate
    if settings.extend == "none":
        raise InputError(
            f"{settings.audio}: the speech ends at {end:.2f} s but the plate lasts only "
            f"{length:.2f} s; shorten it, choose more frames, or give --extend pingpong."
        )
    return plate, extend_pingpong(plate, end)


def read_speech(path: Path, offset: float) -> Speech:
    """Read a recording and put it on the plate's clock.

    Raises:
        InputError: the file cannot be read, or holds no speech.
    """
    samples = read_audio(path)
    try:
        return place_speech(samples, offset)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
