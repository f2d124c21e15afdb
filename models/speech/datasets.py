"""Readers of talking-face and speech corpora: which files there are and what their names say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import InputError
from ...core.files import files_below
from ...core.media.plate import MOVIE_SUFFIXES
from ...core.records import EMOTIONS

VIDEO = (*MOVIE_SUFFIXES, ".flv")
SOUND = (".wav", ".ogg", ".flac", ".mp3", ".m4a")


@dataclass(frozen=True)
class Recording:
    """One file of a corpus.

    Attributes:
        path: the file.
        corpus, speaker: their names.
        sentence: name of what is said; empty where no other recording repeats it.
        emotion: index into ``EMOTIONS``, or None where it is unknown.
        has_face: whether it is a video.
        intensity: how strongly the emotion is acted, up to 1; 1 where the corpus does not say.
    """

    path: Path
    corpus: str
    speaker: str
    sentence: str
    emotion: int | None
    has_face: bool
    intensity: float = 1.0


def _emotion(name: str) -> int:
    return EMOTIONS.index(name)


_RAVDESS = dict(
    zip(
        ("01", "02", "03", "04", "05", "06", "07", "08"),
        ("neutral", "neutral", "happy", "sad", "angry", "fear", "disgusted", "surprised"),
        strict=True,
    )
)
_CREMA = dict(
    zip(
        ("ANG", "DIS", "FEA", "HAP", "NEU", "SAD"),
        ("angry", "disgusted", "fear", "happy", "neutral", "sad"),
        strict=True,
    )
)
_CREMA_LEVELS = {"LO": 1 / 3, "MD": 2 / 3}
_RAVDESS_NORMAL = 2 / 3
_MEAD_LEVELS = 3

_JAVANESE = dict(
    zip(
        ("01", "02", "03", "04", "05", "06"),
        ("neutral", "sad", "happy", "surprised", "fear", "angry"),
        strict=True,
    )
)


def _ravdess(path: Path) -> Recording | None:
    """``03-01-EE-II-SS-RR-AA``: vocal channel 01 is speech; calm counts as neutral.

    II is 01 for normal intensity, 02 for strong.
    """
    found = re.fullmatch(r"0[13]-01-(\d\d)-(\d\d)-(\d\d)-\d\d-(\d\d)", path.stem)
    if not found or found[1] not in _RAVDESS:
        return None
    intensity = _RAVDESS_NORMAL if found[2] == "01" else 1.0
    return _recording(path, "ravdess", found[4], found[3], _RAVDESS[found[1]], intensity)


def _crema(path: Path) -> Recording | None:
    """``1001_DFA_ANG_XX``: actor, sentence, emotion, level (LO, MD, HI, or XX for unknown)."""
    found = re.fullmatch(r"(\d{4})_([A-Z]{3})_([A-Z]{3})_([A-Z]{2})", path.stem)
    if not found or found[3] not in _CREMA:
        return None
    intensity = _CREMA_LEVELS.get(found[4], 1.0)
    return _recording(path, "crema-d", found[1], found[2], _CREMA[found[3]], intensity)


def _mead(path: Path) -> Recording | None:
    """``M003/video/front/angry/level_1/001.mp4``, and the same under ``audio`` without ``front``.

    Sentences are numbered within an emotion and mostly not shared, so only the first three, which
    all emotions share, are named for pairing.
    """
    parts = path.parts
    levels = [index for index, part in enumerate(parts) if part.startswith("level_")]
    if not levels or levels[-1] < 2 or parts[levels[-1] - 1] not in EMOTIONS:
        return None
    speaker = next((part for part in parts if re.fullmatch(r"[MW]\d{3}", part)), None)
    view = parts[levels[-1] - 2]
    if speaker is None or view not in ("front", "audio") or not path.stem.isdigit():
        return None
    sentence = path.stem if int(path.stem) <= 3 else ""
    level = re.fullmatch(r"level_([123])", parts[levels[-1]])
    intensity = int(level[1]) / _MEAD_LEVELS if level else 1.0
    return _recording(path, "mead", speaker, sentence, parts[levels[-1] - 1], intensity)


def _javanese(path: Path) -> Recording | None:
    """``SS-TT-EE_RR``: speaker, sentence, emotion, take."""
    found = re.fullmatch(r"(\d\d)-(\d\d)-(\d\d)_\d\d", path.stem)
    if not found or found[3] not in _JAVANESE:
        return None
    return _recording(path, "javanese", found[1], found[2], _JAVANESE[found[3]])


def _grid(path: Path) -> Recording | None:
    """``bbaf2n`` beside ``bbaf2n.align``, or in the corpus' ``s1`` folders; always neutral."""
    if not re.fullmatch(r"[bclps][bgrw][abiw][a-z][0-9z][anps]", path.stem):
        return None
    found = re.search(r"s\d+$", path.parent.name)
    speaker = found[0] if found else path.parent.name
    return Recording(path, "grid", speaker, "", None, path.suffix.lower() in VIDEO)


def _plain(path: Path) -> Recording | None:
    """Any talking video; its folder is its speaker.

    What a corpus has besides (RAVDESS' songs and silent videos, MEAD's views from the side) is no
    plain video.
    """
    ravdess = re.fullmatch(r"\d\d(-\d\d){6}", path.stem)
    mead = path.stem.isdigit() and re.fullmatch(r"level_\d", path.parent.name)
    if path.suffix.lower() not in VIDEO or ravdess or mead:
        return None
    return Recording(path, "plain", path.parent.name, "", None, True)


def _recording(
    path: Path, corpus: str, speaker: str, sentence: str, emotion: str, intensity: float = 1.0
) -> Recording:
    has_face = path.suffix.lower() in VIDEO
    return Recording(path, corpus, speaker, sentence, _emotion(emotion), has_face, intensity)


READERS: tuple[Callable[[Path], Recording | None], ...] = (
    _ravdess,
    _crema,
    _mead,
    _javanese,
    _grid,
    _plain,
)


def read_dataset(folder: Path) -> list[Recording]:
    """List the recordings of a folder and its folders: MEAD, RAVDESS, CREMA-D, GRID, Javanese,
    or plain videos.

    Raises:
        InputError: the folder is missing or holds no recording.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; --data takes a folder of recordings.")
    recordings = []
    for path in files_below(folder):
        if path.suffix.lower() not in VIDEO + SOUND:
            continue
        found = next((made for made in (read(path) for read in READERS) if made), None)
        if found:
            recordings.append(found)
    if not recordings:
        raise InputError(f"{folder} holds no recording that can be used; see the README's layouts.")
    return recordings
