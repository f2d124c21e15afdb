"""Everything a user can set for a shot, and its form on disk."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from .errors import InputError
from .files import replace_file
from .records import EMOTIONS, EmotionCurve

Extend = Literal["none", "pingpong"]
Renderer = Literal["texture", "edges"]
UpperFace = Literal["plate", "emotion", "both"]
FrameFormat = Literal["png", "exr"]
Weights = Literal["open", "research"]

DAMAGED = "the shot's settings are damaged"
REPAIR = "delete the file and give the shot's options again"

OTHER_FILES = ("audio", "transcript", "emotion_from")
"""Settings that are paths or None."""

REQUIRED_NUMBERS = ("audio_offset", "mouth_gain", "adapt_seconds", "seed", "frames", "click")
"""Settings that always are numbers; others may be None."""


@dataclass(frozen=True)
class ShotSettings:
    """One shot's inputs and choices.

    Attributes:
        plate: movie, or image, folder or pattern of a numbered sequence.
        audio: the speech; None for a shot that is only tracked and fitted so far.
        frames: first and last frame of the shot, both included; None for the whole plate.
        plate_rate: frames per second of an image sequence.
        colour_space: of the plate, any name, alias or role of the OpenColorIO config; None for sRGB
            integers and linear floats with sRGB primaries.
        ocio_config: path or ``ocio://`` address of that config; None for ``$OCIO``, or else the
            built-in ACES studio config.
        audio_offset: seconds from the shot's first frame at which the speech starts.
        transcript: text file with the words of the speech; None where they are not known.
        language: of the transcript, eSpeak NG's code.
        extend: what to do where the speech is longer than the plate: refuse, or run the plate
            forth and back.
        emotion: weights over time; None takes the emotion from the speech.
        emotion_from: a recording whose emotion is used in place of the speech's own.
        face: which person, counted from the left, or None for the largest face.
        click: a plate position in pixels on the wanted face, in the shot's first frame.
        neutral_frame: the frame that shows the resting face; None finds it in the shot.
        focal: focal length in pixels of the plate; None takes the stated default.
        upper_face: whose brows and cheeks show, see ``AlignSettings``.
        mouth_gain: factor on the size of the mouth's movements.
        adapt_speech: whether to learn from the plate's own sound how its person speaks.
        renderer: ``texture`` warps the plate itself; ``edges`` draws from the edge map alone.
        crop_size: pixels of the square the face is rendered in; None chooses by face size.
        adapt_seconds: seconds the renderer may learn from this plate.
        seed: of all that is random.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        weights: which set of weights.
        frame_format: what the frames are delivered as.
    """

    plate: Path
    audio: Path | None = None
    frames: tuple[int, int] | None = None
    plate_rate: Fraction | None = None
    colour_space: str | None = None
    ocio_config: str | None = None
    audio_offset: float = 0.0
    transcript: Path | None = None
    language: str = "en"
    extend: Extend = "none"
    emotion: EmotionCurve | None = None
    emotion_from: Path | None = None
    face: int | None = None
    click: tuple[float, float] | None = None
    neutral_frame: int | None = None
    focal: float | None = None
    upper_face: UpperFace = "both"
    mouth_gain: float = 1.0
    adapt_speech: bool = True
    renderer: Renderer = "texture"
    crop_size: int | None = None
    adapt_seconds: float = 90.0
    seed: int = 0
    device: str = "auto"
    weights: Weights = "open"
    frame_format: FrameFormat = field(default="png")

    def __post_init__(self) -> None:
        """Refuse values no stage can work with."""
        for name, choices in (
            ("extend", get_args(Extend)),
            ("upper_face", get_args(UpperFace)),
            ("renderer", get_args(Renderer)),
            ("weights", get_args(Weights)),
            ("frame_format", get_args(FrameFormat)),
            ("device", ("auto", "cpu", "cuda", "mps")),
        ):
            value = getattr(self, name)
            if value not in choices:
                wanted = ", ".join(choices)
                raise InputError(f"The setting {name} is {value!r}; it must be one of {wanted}.")
        for name in ("plate", *OTHER_FILES):
            if not isinstance(getattr(self, name), Path if name == "plate" else Path | None):
                raise InputError(f"The setting {name} is not the path of a file.")
        for name in ("audio_offset", "mouth_gain", "adapt_seconds", "focal"):
            self._check_numbers(name, (getattr(self, name),), float)
        for name in ("seed", "face", "neutral_frame", "crop_size"):
            self._check_numbers(name, (getattr(self, name),), int)
        for name, kind in (("frames", int), ("click", float)):
            pair = getattr(self, name)
            if pair is not None:
                if not isinstance(pair, tuple) or len(pair) != 2:
                    raise InputError(f"The setting {name} is {pair!r}; it must be two numbers.")
                self._check_numbers(name, pair, kind)
        for name in ("colour_space", "ocio_config"):
            if not isinstance(getattr(self, name), str | None):
                raise InputError(f"The setting {name} is not a text.")
        if not isinstance(self.adapt_speech, bool):
            raise InputError("The setting adapt_speech is neither true nor false.")
        if not isinstance(self.language, str) or not self.language:
            raise InputError("The setting language is not a code such as en or fr.")
        if self.plate_rate is not None and self.plate_rate <= 0:
            raise InputError("The setting plate_rate is not positive; give frames per second.")
        if self.seed < 0:
            raise InputError("The setting seed is negative; give 0 or more.")
        if self.mouth_gain < 0:
            raise InputError("The setting mouth_gain is negative; give 0 or more.")
        if self.adapt_seconds < 0:
            raise InputError("The setting adapt_seconds is negative; give 0 or more seconds.")
        if self.focal is not None and self.focal <= 0:
            raise InputError("The setting focal is not positive; give the focal length in pixels.")
        if self.crop_size is not None and self.crop_size not in (128, 256, 512, 1024):
            raise InputError("The setting crop_size must be 128, 256, 512 or 1024.")

    def _check_numbers(self, name: str, values: tuple[Any, ...], kind: type) -> None:
        """Refuse what is no number; None is one where the setting may be left open."""
        wanted = "whole number" if kind is int else "number"
        for value in values:
            if value is None and name not in REQUIRED_NUMBERS:
                continue
            whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
            real = isinstance(value, float | np.floating) and math.isfinite(value)
            if not (whole or (kind is float and real)):
                raise InputError(f"The setting {name} is {value!r}; it must be a {wanted}.")


def write_settings(path: Path, settings: ShotSettings) -> None:
    """Write settings as JSON; file paths are kept absolute."""
    values: dict[str, Any] = {}
    for item in dataclasses.fields(settings):
        value = getattr(settings, item.name)
        if isinstance(value, Path):
            value = str(value.absolute())
        elif isinstance(value, Fraction):
            value = str(value)
        elif isinstance(value, EmotionCurve):
            value = {"times": value.times.tolist(), "weights": value.weights.tolist()}
        values[item.name] = value
    replace_file(path, json.dumps(values, indent=2).encode())


def read_settings(path: Path) -> ShotSettings:
    """Read settings that ``write_settings`` wrote, perhaps that of another version.

    A setting this version does not know is passed over; one the file lacks has its default.

    Raises:
        InputError: the file is missing or damaged.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        known = {item.name for item in dataclasses.fields(ShotSettings)}
        values = {name: value for name, value in stored.items() if name in known}
        for name in ("plate", *OTHER_FILES):
            if values.get(name) is not None:
                values[name] = Path(values[name])
        if values.get("plate_rate") is not None:
            values["plate_rate"] = Fraction(values["plate_rate"])
        for name in ("frames", "click"):
            if values.get(name) is not None:
                values[name] = tuple(values[name])
        if values.get("emotion") is not None:
            curve = values["emotion"]
            values["emotion"] = _stored_curve(curve)
        return ShotSettings(**values)
    except OSError as error:
        raise InputError(
            f"{path.parent}: this is not a shot folder yet (no {path.name}); "
            "begin one with evp run or evp fit --plate."
        ) from error
    except (AttributeError, ArithmeticError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: {DAMAGED} ({error}); {REPAIR}.") from error
    except InputError as error:
        raise InputError(f"{path}: {DAMAGED} ({str(error).rstrip('.')}); {REPAIR}.") from error


def _stored_curve(curve: Any) -> EmotionCurve:
    times, weights = np.array(curve["times"], float), np.array(curve["weights"], float)
    if times.ndim != 1 or len(times) == 0 or weights.shape != (len(times), len(EMOTIONS)):
        raise ValueError("the emotion curve has no eight weights per time")
    return EmotionCurve(times, weights)
