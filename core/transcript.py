"""The words of a line, as a file of text, and the sounds they are made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .errors import InputError
from .espeak import speak
from .speech_sounds import SOUND_INDEX, sounds_of

LARGEST = 1_000_000
"""Bytes beyond which a file is no transcript of a line."""

_AROUND_WORD = re.compile(r"^\W+|\W+$")
_DIRECTION = re.compile(r"\[[^\]]*\]|\([^)]*\)")
"""What a script puts in brackets is done, not said."""


@dataclass(frozen=True)
class Script:
    """What is to be said, sound by sound.

    Attributes:
        sounds: (P,) index into ``SOUNDS`` of each sound.
        phones: (P,) the phone it is or is a part of, in the International Phonetic Alphabet.
        words: (P,) the word it belongs to, as written.
        begins: (P,) number of the spoken word it belongs to, from 0; before a word there may be
            silence.
    """

    sounds: tuple[int, ...]
    phones: tuple[str, ...]
    words: tuple[str, ...]
    begins: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.sounds)


def read_transcript(path: Path) -> str:
    """Read a transcript: plain text in UTF-8, or in UTF-16 with its mark.

    Raises:
        InputError: the file cannot be read, is no text, or is empty.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path}: too long for a transcript; give the words of this line.")
        stored = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path}: the transcript cannot be read ({error.strerror}); give a text file."
        ) from error
    marked = stored.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = stored.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: the transcript is no text in UTF-8; save it as plain text."
        ) from error
    if "\0" in text:
        raise InputError(f"{path}: the transcript is no text; save it as plain text.")
    said = " ".join(_DIRECTION.sub(" ", text).split())
    if not said:
        raise InputError(f"{path}: the transcript is empty; write the words that are spoken.")
    return said


def script_of(text: str, language: str) -> Script:
    """The sounds of a text.

    Args:
        text: as ``read_transcript`` gives it.
        language: eSpeak NG's code.

    Raises:
        InputError: the language is not known, or nothing in the text can be spoken.
        MissingDependencyError: eSpeak NG is not installed.
    """
    sounds: list[int] = []
    phones: list[str] = []
    words: list[str] = []
    begins: list[int] = []
    begun, word = -1, -1
    for phone in speak(text, language)[2]:
        for name in sounds_of(phone.name):
            if phone.letter != begun:
                begun, word = phone.letter, word + 1
            sounds.append(SOUND_INDEX[name])
            phones.append(phone.name)
            words.append(_word_at(text, phone.letter))
            begins.append(word)
    if not sounds:
        raise InputError("The transcript holds no words that can be spoken; write them out.")
    return Script(tuple(sounds), tuple(phones), tuple(words), tuple(begins))


def _word_at(text: str, letter: int) -> str:
    first = text.rfind(" ", 0, letter + 1) + 1
    last = text.find(" ", first)
    word = text[first : len(text) if last < 0 else last]
    return _AROUND_WORD.sub("", word) or word
