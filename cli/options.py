"""The options that describe a shot, shared by every command that works on one."""

from __future__ import annotations

import argparse
import dataclasses
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..core.emotion import parse_emotion, read_emotion_curve
from ..core.errors import InputError
from ..core.media.plate import open_plate
from ..core.settings import ShotSettings


@dataclass(frozen=True)
class Millimetres:
    """A length of a lens or a sensor."""

    value: float


FULL_FRAME = Millimetres(36.0)
"""The sensor's width where none is given."""


def add_shot_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``ShotSettings``; one that is not given is None."""
    add = parser.add_argument
    add("--plate", type=Path, help="movie, or image, folder or pattern of a numbered sequence")
    add("--audio", type=Path, help="the speech: any sound file, or a video with sound")
    add("--frames", type=frame_range, help="frames of the plate that make the shot, e.g. 1-120")
    add(
        "--plate-rate",
        type=fraction,
        help="frames per second of an image sequence, e.g. 24000/1001",
    )
    add("--colour-space", help="of the plate, a name in the OpenColorIO config, e.g. ACEScg")
    add(
        "--ocio-config",
        type=config_address,
        help="OpenColorIO config (default: $OCIO, else the built-in ACES studio config)",
    )
    add("--audio-offset", type=float, help="seconds from the first frame until the speech starts")
    add("--transcript", type=Path, help="text file with the words of the speech")
    add("--language", help="of the transcript: en (default), en-us, fr, de, es, pt-br, ja, ...")
    add("--extend", choices=("none", "pingpong"), help="what to do where the speech is longer")
    emotion = parser.add_mutually_exclusive_group()
    emotion.add_argument("--emotion", help="for the whole shot, e.g. happy:0.8 or sad:0.5,fear:0.3")
    emotion.add_argument("--emotion-curve", type=Path, help="JSON keyframes of emotion weights")
    emotion.add_argument("--emotion-from", type=Path, help="a recording that lends its emotion")
    person = parser.add_mutually_exclusive_group()
    person.add_argument(
        "--face", type=int, help="which person, counted from the left from 0 (default: the largest)"
    )
    person.add_argument(
        "--click", type=position, help="X,Y in plate pixels on the wanted face in the first frame"
    )
    add("--neutral-frame", type=int, help="the frame that shows the face at rest")
    add(
        "--focal",
        type=focal_length,
        help="focal length: of the lens in millimetres, e.g. 35mm, or in pixels of the plate, "
        "e.g. 1866",
    )
    add(
        "--sensor",
        type=millimetres,
        help="width of the sensor that --focal in millimetres belongs to (default: 36mm)",
    )
    add("--upper-face", choices=("plate", "emotion", "both"), help="whose brows and cheeks show")
    add("--mouth-gain", type=float, help="factor on the size of the mouth's movements")
    add(
        "--adapt-speech",
        action=argparse.BooleanOptionalAction,
        help="learn from the plate's own sound how its person speaks (default: yes)",
    )
    add("--renderer", choices=("texture", "edges"), help="warp the plate, or draw from edges alone")
    add("--crop-size", type=int, help="pixels of the square the face is rendered in")
    add("--adapt-seconds", type=float, help="seconds the renderer may learn from this plate")
    add("--seed", type=int, help="of all that is random")
    add("--device", choices=("auto", "cpu", "cuda", "mps"), help="where the networks run")
    add("--weights", choices=("open", "research"), help="which set of trained weights")
    add("--format", dest="frame_format", choices=("png", "exr"), help="of the delivered frames")


def shot_settings(
    options: argparse.Namespace, stored: ShotSettings | None, needs_speech: bool = True
) -> ShotSettings:
    """Settings from the options, on top of the stored ones where there are some.

    Args:
        options: what was given.
        stored: the shot's own.
        needs_speech: whether there must be a speech; tracking and fitting work without.

    Raises:
        InputError: an option makes no sense, or plate or audio are not known.
    """
    names = {item.name for item in dataclasses.fields(ShotSettings)}
    given: dict[str, Any] = {
        name: value for name, value in vars(options).items() if name in names and value is not None
    }
    given.pop("emotion", None)
    if options.emotion is not None:
        given.update(emotion=parse_emotion(options.emotion), emotion_from=None)
    elif options.emotion_curve is not None:
        given.update(emotion=read_emotion_curve(options.emotion_curve), emotion_from=None)
    elif options.emotion_from is not None:
        given.update(emotion=None)
    if options.face is not None:
        given.update(click=None)
    elif options.click is not None:
        given.update(face=None)
    if stored is None and "plate" not in given:
        raise InputError("The option --plate is missing; it says which plate to use.")
    if needs_speech and given.get("audio") is None and (stored is None or stored.audio is None):
        raise InputError("The option --audio is missing; it says which audio to use.")
    lens = given.pop("focal") if isinstance(given.get("focal"), Millimetres) else None
    if options.sensor is not None and lens is None:
        raise InputError("The option --sensor needs the lens: give --focal in mm, e.g. 35mm.")
    settings = ShotSettings(**given) if stored is None else dataclasses.replace(stored, **given)
    if lens is None:
        return settings
    width = open_plate(settings.plate, settings.frames, settings.plate_rate).width
    sensor = options.sensor or FULL_FRAME
    return dataclasses.replace(settings, focal=width * lens.value / sensor.value)


def reset_options(stored: ShotSettings, options: Iterable[str]) -> ShotSettings:
    """The stored settings with the named options (``transcript``, ``--focal``) at their defaults.

    Raises:
        InputError: there is no such option, or it has no default.
    """
    defaults = {
        item.name: item.default
        for item in dataclasses.fields(ShotSettings)
        if item.default is not dataclasses.MISSING
    }
    back: dict[str, Any] = {}
    for option in options:
        name = option.removeprefix("--").replace("-", "_")
        name = {"emotion_curve": "emotion", "format": "frame_format"}.get(name, name)
        if name not in defaults:
            raise InputError(f"--reset {option}: no option of this name has a default; see --help.")
        back[name] = defaults[name]
    return dataclasses.replace(stored, **back)


def frame_range(text: str) -> tuple[int, int]:
    """Read ``12-40`` or ``12``."""
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a frame range like 1-120")
    first, last = int(match[1]), int(match[2] or match[1])
    if last < first:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it begins; write it as 1-120")
    return first, last


def config_address(text: str) -> str:
    """An OpenColorIO config: an ``ocio://`` address as it is, a path made absolute."""
    return text if text.startswith("ocio://") else str(Path(text).absolute())


def fraction(text: str) -> Fraction:
    """Read ``25``, ``23.976`` or ``24000/1001``."""
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if rate <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a frame rate like 24 or 24000/1001")
    return rate


def focal_length(text: str) -> Millimetres | float:
    """Read ``35mm``, or ``1866`` in pixels."""
    if text.lower().rstrip().endswith("mm"):
        return millimetres(text)
    pixels = _positive(text)
    if pixels is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a focal length like 35mm or 1866 pixels")
    return pixels


def millimetres(text: str) -> Millimetres:
    """Read ``36mm`` or ``36``."""
    value = _positive(text.lower().rstrip().removesuffix("mm"))
    if value is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a length in millimetres like 36mm")
    return Millimetres(value)


def _positive(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value < math.inf else None


def position(text: str) -> tuple[float, float]:
    """Read ``X,Y``."""
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a position like 320,180") from None
    return x, y
