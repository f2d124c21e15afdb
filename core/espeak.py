"""eSpeak NG as a library: words of more than a hundred languages to phones, and phones to sound.

The wheel ``espeakng-loader`` carries the program and its data; nothing is fetched.
"""

from __future__ import annotations

import ctypes
import re
import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from .errors import InputError, MissingDependencyError
from .records import FloatArray

_SYNCHRONOUS, _PHONE_EVENTS, _IPA, _STAY_ON_ERROR = 2, 0x0001, 0x0002, 0x8000
_UTF8, _CHARACTERS = 1, 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_LIST_END, _WORD, _PHONE = 0, 1, 7
_SPEED, _MIDDLE = 175, 50
_NAME_BYTES = 8

_CODE = re.compile(r"[A-Za-z0-9_+-]{1,40}")
"""What may be a language: the library takes paths too, and copies any length into a fixed space."""

_ONE_AT_A_TIME = threading.Lock()
"""The library has one voice and one text at a time."""


class _Identity(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * _NAME_BYTES),
    )


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("identity", _Identity),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True)
class SpokenPhone:
    """A phone as the synthesiser speaks it.

    Attributes:
        name: in the International Phonetic Alphabet, stress and length marks included; empty for
            a pause.
        start: second at which it begins.
        letter: which character of the text, from 0, its word begins with.
    """

    name: str
    start: float
    letter: int


def speak(
    text: str, language: str, speed: int = _SPEED, pitch: int = _MIDDLE, melody: int = _MIDDLE
) -> tuple[FloatArray, int, list[SpokenPhone]]:
    """Speak a text.

    Args:
        text: words, numbers and punctuation of the language.
        language: eSpeak NG's code, such as ``en``, ``fr`` or ``pt-br``, perhaps with a variant of
            the voice, such as ``en+f3``.
        speed: words a minute.
        pitch: 0..100.
        melody: how far the pitch moves, 0..100.

    Returns:
        The sound (N,) -1..1, its sample rate, and the phones.

    Raises:
        MissingDependencyError: the library is not installed or cannot be loaded.
        InputError: the language is not known.
    """
    library, rate = _library()
    sound: list[Any] = []
    phones: list[SpokenPhone] = []
    word = 0

    def collect(samples: Any, count: int, events: Any) -> int:
        nonlocal word
        if samples and count > 0:
            sound.append(np.ctypeslib.as_array(samples, (count,)).copy())
        place = 0
        while events[place].type != _LIST_END:
            event = events[place]
            if event.type == _WORD:
                word = event.text_position - 1
            elif event.type == _PHONE:
                address = ctypes.addressof(event.identity)
                stored = ctypes.string_at(address, _NAME_BYTES).partition(b"\0")[0]
                name = stored.decode("utf-8", "ignore")
                if not name.startswith("("):  # "(en)" says that the language changes.
                    phones.append(SpokenPhone(name, event.sample / rate, word))
            place += 1
        return 0

    callback = _CALLBACK(collect)
    with _ONE_AT_A_TIME:
        known = _CODE.fullmatch(language) is not None
        if not known or library.espeak_SetVoiceByName(language.encode()) != 0:
            raise InputError(
                f"The language {language[:40]!r} is not known; give a code of eSpeak NG such as "
                "en, en-us, fr, de, es, pt-br, ja or cmn."
            )
        for parameter, value in ((_RATE, speed), (_PITCH, pitch), (_RANGE, melody)):
            library.espeak_SetParameter(parameter, value, 0)
        library.espeak_SetSynthCallback(callback)
        encoded = text.encode()
        library.espeak_Synth(encoded, len(encoded) + 1, 0, _CHARACTERS, 0, _UTF8, None, None)
    joined = np.concatenate(sound) if sound else np.zeros(0, np.int16)
    return joined.astype(np.float32) / 32768.0, rate, phones


@lru_cache(maxsize=1)
def _library() -> tuple[Any, int]:
    try:
        import espeakng_loader

        library = ctypes.CDLL(espeakng_loader.get_library_path())
        folder = espeakng_loader.get_data_path()
    except (ImportError, OSError, RuntimeError) as error:
        raise MissingDependencyError(
            "A transcript needs eSpeak NG, which is not installed in this Python; install it "
            "(pip install espeakng-loader) or go without a transcript."
        ) from error
    options = _PHONE_EVENTS | _IPA | _STAY_ON_ERROR
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, folder.encode(), options)
    if rate <= 0:
        raise MissingDependencyError(
            f"eSpeak NG cannot read its data in {folder}; install espeakng-loader again."
        )
    return library, rate
