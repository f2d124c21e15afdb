"""The sounds of speech in the few groups that the ear tells apart and the lips show.

A phone of any language, in the International Phonetic Alphabet, is one or two of these sounds: a
diphthong is two vowels, an affricate a stop and a hiss.
"""

# ruff: noqa: RUF001 - the letters of the phonetic alphabet look like others.

from __future__ import annotations

import unicodedata

SILENCE = "silence"

_MEMBERS: dict[str, str] = {
    SILENCE: "",
    "p": "pbɓʙ",
    "m": "mɱ",
    "f": "fɸ",
    "v": "vβʋⱱ",
    "th": "θð",
    "t": "tdʈɖɗɾɽ",
    "s": "szɕʑ",
    "sh": "ʃʒʂʐɧ",
    "n": "nɳɲ",
    "ng": "ŋɴ",
    "k": "kɡgqɢcɟɠʔʛ",
    "l": "lɫɭʎɬɮʟ",
    "r": "rɹʁʀɻɺ",
    "w": "wʍɥ",
    "j": "jɰ",
    "h": "hɦxɣçʝχħʕʜʢ",
    "i": "iɪɨᵻ",
    "e": "eɛæ",
    "a": "aɑɐʌɶ",
    "er": "əɜɚɝɘɞᵊ",
    "o": "oɔɒɤɵᵿ",
    "u": "uʊɯʉ",
    "y": "yʏøœ",
}
"""Each sound and the letters of the phonetic alphabet that are it."""

SOUNDS: tuple[str, ...] = tuple(_MEMBERS)
SOUND_INDEX: dict[str, int] = {name: index for index, name in enumerate(SOUNDS)}
_SOUND_OF = {letter: name for name, letters in _MEMBERS.items() for letter in letters}

VOWELS = ("i", "e", "a", "er", "o", "u", "y")
LIPS_TOGETHER = ("p", "m")
TEETH_ON_LIP = ("f", "v")
ROUNDED = ("w", "o", "u", "y")


def sounds_of(phone: str) -> tuple[str, ...]:
    """The sounds of a phone, one after the other; none for stress, length and tone alone."""
    letters = (mark if mark in _SOUND_OF else unicodedata.normalize("NFD", mark) for mark in phone)
    found = [_SOUND_OF[letter] for letter in "".join(letters) if letter in _SOUND_OF]
    return tuple(name for place, name in enumerate(found) if place == 0 or name != found[place - 1])
