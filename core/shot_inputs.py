"""Read what a shot is made from: its plate and its speech."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from .errors import InputError
from .face.landmarker import MODEL
from .lay_script import refuse_too_many_words
from .listen import place_speech
from .media.audio import read_audio
from .media.colour_space import colour_space
from .media.plate import extend_pingpong, open_plate, plate_files
from .provenance import provenance
from .records import Plate, Speech
from .settings import ShotSettings
from .shot import Shot
from .stage_keys import stage_key
from .store import digest, file_digest
from .track import TrackSettings
from .transcript import Script, read_transcript, script_of


class ShotInputs:
    """What a shot is made from, as its settings name it; hashes are taken when first asked for.

    Attributes:
        settings: the shot's.
        source: the plate as recorded, first to last frame.
        plate: the same, as long as the speech needs it.
        script: the sounds of the transcript; None where the shot has none.
    """

    def __init__(self, settings: ShotSettings) -> None:
        """Open all of it, and check what can be checked at once.

        Raises:
            InputError: a file cannot be used, or the speech outlasts the plate.
            MissingDependencyError: there is a transcript and eSpeak NG is not installed.
        """
        self.settings = settings
        self.source = _open_source(settings)
        speech = _speech_of(settings)
        self.plate = _long_enough(self.source, speech, settings)
        if settings.emotion_from is not None:
            read_speech(settings.emotion_from, 0.0)
        self.script = read_script(settings, speech)

    @property
    def audio(self) -> Path:
        """The speech's file.

        Raises:
            InputError: the shot has none yet.
        """
        if self.settings.audio is None:
            raise InputError(
                f"The shot of {self.settings.plate} has no speech yet; choose one (--audio) to go "
                "on after Fit."
            )
        return self.settings.audio

    @cached_property
    def plate_hash(self) -> str:
        """SHA-256 of the plate's file, or of its images one after the other."""
        return plate_digest(self.source)

    @cached_property
    def audio_hash(self) -> str:
        """SHA-256 of the speech's file."""
        return file_digest(self.audio)

    @property
    def hashes(self) -> dict[str, str]:
        """The hash of each input by its name."""
        return {"plate": self.plate_hash, "audio": self.audio_hash}

    @property
    def provenance(self) -> dict[str, str]:
        """What every delivered file says of its origin."""
        return provenance(self.hashes)

    def numbers(self, wanted: Sequence[int] | None) -> Sequence[int]:
        """The frames that were asked for, by their user's numbers; all where none are named.

        Raises:
            InputError: the shot does not have one of them.
        """
        have = self.plate.frame_numbers
        if wanted is None:
            return have
        wrong = next((number for number in wanted if number not in have), None)
        if wrong is not None:
            raise InputError(
                f"Frame {wrong} was asked for, but the shot has frames "
                f"{have.start}-{have.stop - 1}."
            )
        return wanted


def open_shot_plate(settings: ShotSettings) -> tuple[Plate, Plate]:
    """The plate as recorded, and as long as the shot's speech needs it.

    Raises:
        InputError: plate or audio cannot be used, or the speech outlasts a plate that may not be
            extended.
    """
    source = _open_source(settings)
    return source, _long_enough(source, _speech_of(settings), settings)


def _open_source(settings: ShotSettings) -> Plate:
    plate = open_plate(settings.plate, settings.frames, settings.plate_rate)
    if settings.colour_space is None:
        return plate
    colour = colour_space(settings.colour_space, settings.ocio_config)
    return dataclasses.replace(plate, colour=colour)


def _speech_of(settings: ShotSettings) -> Speech | None:
    return None if settings.audio is None else read_speech(settings.audio, settings.audio_offset)


def _long_enough(plate: Plate, speech: Speech | None, settings: ShotSettings) -> Plate:
    """The plate, extended where the speech outlasts it."""
    if speech is None:
        return plate
    end = speech.offset + speech.duration
    frame = 1.0 / float(plate.rate)
    length = float(plate.times[-1]) + frame
    if end <= length + frame:
        return plate
    if settings.extend == "none":
        raise InputError(
            f"{settings.audio}: the speech ends at {end:.2f} s but the plate lasts only "
            f"{length:.2f} s; shorten it, choose more frames, or give --extend pingpong."
        )
    return extend_pingpong(plate, end)


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


def read_script(settings: ShotSettings, speech: Speech | None) -> Script | None:
    """The sounds of the shot's transcript; None where it has none.

    Args:
        settings: the shot's.
        speech: the shot's, which the words must fit into; None where it has none yet.

    Raises:
        InputError: the file cannot be used, the language is not known, or the speech is too short
            for so many words.
        MissingDependencyError: eSpeak NG is not installed.
    """
    if settings.transcript is None:
        return None
    text = read_transcript(settings.transcript)
    try:
        script = script_of(text, settings.language)
        if speech is not None:
            refuse_too_many_words(script, speech.duration)
        return script
    except InputError as error:
        raise InputError(f"{settings.transcript}: {error}") from error


def plate_digest(plate: Plate) -> str:
    """SHA-256 of the plate's file, or of its images one after the other."""
    files = plate_files(plate)
    return file_digest(files[0]) if len(files) == 1 else digest([file_digest(f) for f in files])


def track_key(plate: Plate, plate_hash: str, settings: TrackSettings) -> str:
    """What a track is made from: the plate as recorded, who is tracked in it, the landmarker."""
    frames = plate.skip, len(plate)
    return stage_key("track", plate_hash, plate.colour, *frames, settings, file_digest(MODEL))


def check_tracked(shot: Shot, plate: Plate, settings: ShotSettings) -> None:
    """See that the shot's track, where it has one, and its fit belong to the plate as it is now.

    Args:
        shot: the shot.
        plate: as recorded, its first frame to its last.
        settings: the shot's own.

    Raises:
        InputError: the plate or its frames are others than those that were tracked and fitted, or
            they were tracked in another way.
    """
    wanted = TrackSettings(face=settings.face, click=settings.click)
    stored = shot.stored_key("track")
    if stored is None:
        return
    tracked = track_key(plate, plate_digest(plate), wanted)
    if stored != tracked or len(shot.load_fit().valid) != len(plate):
        raise InputError(
            f"{shot.folder}: the plate, the shot's settings or this program changed since it was "
            f"fitted; run evp fit {shot.folder} (for a finished shot: evp deliver) first."
        )


def colour_statement(plate: Plate) -> str:
    """One sentence on how a plate's pixels are understood."""
    if plate.colour is not None:
        return (
            f"{plate.colour.name} of {plate.colour.config}, {plate.bit_depth}-bit; the face is "
            "rendered sRGB-encoded and put back in the plate's space"
        )
    if plate.bit_depth == 32:
        return "scene-linear EXR, sRGB primaries assumed; the face is rendered sRGB-encoded"
    return f"{plate.bit_depth}-bit display-encoded RGB, sRGB assumed; EXR output is linear light"


def plate_notes(plate: Plate) -> list[str]:
    """What a plate's user should know before the result surprises: one sentence each."""
    notes = []
    if plate.width % 2 or plate.height % 2:
        notes.append(
            "The plate's size is odd: the MP4 repeats its last row or column, frames do not."
        )
    if plate.pixel_aspect != 1:
        notes.append(
            f"The plate's pixels are {plate.pixel_aspect.numerator}:"
            f"{plate.pixel_aspect.denominator}, not square: MP4 and EXR keep that, but the head is "
            "fitted to the stored picture; stretch the plate to square pixels for a true head."
        )
    if plate.interlaced:
        notes.append(
            "The plate is interlaced; deinterlace it first, e.g. by ffmpeg -vf yadif, or moving "
            "edges show combs."
        )
    return notes
