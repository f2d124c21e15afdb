"""From a shot's properties to the settings the pipeline takes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np

from ...core.errors import InputError
from .. import compat
from ..emotion.curves import emotion_object, sample_emotion

if TYPE_CHECKING:
    from ...core.settings import ShotSettings

RATES = (Fraction(24000, 1001), Fraction(30000, 1001), Fraction(48000, 1001), Fraction(60000, 1001))
"""Rates that are not whole numbers but that everybody rounds."""


def plate_path(shot: Any) -> Path:
    """The plate's file.

    Raises:
        InputError: no plate is chosen.
    """
    if shot.clip is None:
        raise InputError(f"The shot {shot.name} has no plate; choose a movie or an image sequence.")
    return Path(bpy.path.abspath(shot.clip.filepath, library=shot.clip.library)).resolve()


def is_sequence(shot: Any) -> bool:
    """Whether the plate is a numbered image sequence."""
    return shot.clip is not None and shot.clip.source == "SEQUENCE"


def plate_rate(shot: Any) -> Fraction:
    """Frames per second of the plate.

    Raises:
        InputError: the plate is a sequence whose rate was not given.
    """
    if shot.plate_rate > 0.0:
        return exact_rate(shot.plate_rate)
    if is_sequence(shot) or not shot.clip.fps:
        raise InputError(
            f"The shot {shot.name} is an image sequence, which has no frame rate; "
            "set Frame Rate in its plate settings."
        )
    return exact_rate(shot.clip.fps)


def exact_rate(rate: float) -> Fraction:
    """The fraction a rounded rate stands for, e.g. 24000/1001 for 23.976."""
    for known in RATES:
        if abs(float(known) - rate) < 2e-3:
            return known
    return Fraction(rate).limit_denominator(1001)


def has_speech(shot: Any) -> bool:
    """Whether a speech was chosen; tracking and fitting work without."""
    return bool(shot.speech or shot.speech_strip)


def speech_source(scene: bpy.types.Scene, shot: Any) -> tuple[Path, float]:
    """The speech's file and the seconds from the shot's first frame until it starts.

    Raises:
        InputError: none is chosen, or the strip is gone.
    """
    if shot.speech_strip:
        strip = compat.sequencer_strips(scene).get(shot.speech_strip)
        if strip is None or strip.type != "SOUND":
            raise InputError(
                f"The sequencer has no sound strip {shot.speech_strip!r}; choose another speech."
            )
        path = Path(bpy.path.abspath(strip.sound.filepath)).resolve()
        seconds = (strip.frame_start - first_scene_frame(shot)) / float(plate_rate(shot))
        return path, seconds
    if not shot.speech:
        raise InputError(f"The shot {shot.name} has no speech; choose a sound file.")
    return Path(bpy.path.abspath(shot.speech)).resolve(), shot.audio_offset


def first_plate_frame(shot: Any) -> int:
    """The number of the shot's first frame, as the user counts the plate's frames."""
    if shot.use_range:
        return int(shot.frame_first)
    return first_file_number(plate_path(shot)) if is_sequence(shot) else 1


def first_scene_frame(shot: Any) -> int:
    """The scene's frame that shows the shot's first frame."""
    return int(shot.start) or first_plate_frame(shot)


def first_file_number(path: Path) -> int:
    """The number in a sequence's file name, 1 where there is none."""
    digits = ""
    for letter in reversed(path.stem):
        if not letter.isdigit():
            break
        digits = letter + digits
    return int(digits) if digits else 1


def frame_count(scene: bpy.types.Scene, shot: Any) -> int:
    """Frames of the shot as far as Blender knows them, and at least the scene's range."""
    length = shot.clip.frame_duration
    if shot.use_range:
        length = shot.frame_last - shot.frame_first + 1
    return int(max(length, scene.frame_end - first_scene_frame(shot) + 1, 1))


def shot_settings(scene: bpy.types.Scene, shot: Any) -> ShotSettings:
    """The pipeline's settings of a shot.

    Raises:
        InputError: something is missing or makes no sense.
    """
    from ...core.settings import ShotSettings

    audio, offset = speech_source(scene, shot) if has_speech(shot) else (None, 0.0)
    curve = None
    if shot.emotion_source == "CURVES":
        empty = emotion_object(scene, shot.identity, shot.name)
        times = np.arange(frame_count(scene, shot)) / float(plate_rate(shot))
        curve = sample_emotion(scene, empty, first_scene_frame(shot), times)
    focal = None
    if shot.camera_source == "FOCAL":
        focal = shot.focal_mm / shot.sensor_mm * shot.clip.size[0]
    return ShotSettings(
        plate=plate_path(shot),
        audio=audio,
        frames=(shot.frame_first, shot.frame_last) if shot.use_range else None,
        plate_rate=plate_rate(shot) if is_sequence(shot) else None,
        colour_space=shot.colour_space or None,
        ocio_config=_config(shot.ocio_config),
        audio_offset=offset,
        transcript=_file(shot.transcript),
        language=shot.language,
        extend=shot.extend,
        emotion=curve,
        emotion_from=_file(shot.emotion_from) if shot.emotion_source == "RECORDING" else None,
        face=shot.face if shot.use_face else None,
        neutral_frame=shot.neutral_frame if shot.neutral_frame >= 0 else None,
        focal=focal,
        upper_face=shot.upper_face,
        mouth_gain=shot.mouth_gain,
        adapt_speech=shot.adapt_speech,
        renderer=shot.renderer,
        crop_size=int(shot.crop_size) or None,
        adapt_seconds=shot.adapt_seconds,
        seed=shot.seed,
        device=shot.device,
        weights=shot.weights,
        frame_format="exr",
    )


def _config(text: str) -> str | None:
    """An OpenColorIO config: an ``ocio://`` address as it is, a path made absolute."""
    if not text or text.startswith("ocio://"):
        return text or None
    return bpy.path.abspath(text)


def _file(text: str) -> Path | None:
    return Path(bpy.path.abspath(text)).resolve() if text else None
