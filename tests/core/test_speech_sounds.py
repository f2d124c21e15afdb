# ruff: noqa: RUF001 - the letters of the phonetic alphabet look like others.

import pytest

from evp.core.espeak import speak
from evp.core.speech_sounds import SOUNDS, sounds_of


@pytest.mark.parametrize(
    ("phone", "sounds"),
    [
        ("ˈaɪ", ("a", "i")),
        ("tʃ", ("t", "sh")),
        ("iː", ("i",)),
        ("ɔ̃", ("o",)),
        ("ç", ("h",)),
        ("ˌ", ()),
        ("əl", ("er", "l")),
        ("b", ("p",)),
    ],
)
def test_a_phone_is_its_sounds(phone: str, sounds: tuple[str, ...]):
    assert sounds_of(phone) == sounds


@pytest.mark.parametrize("language", ["en", "fr", "de", "pl", "hi", "tr", "sv", "id"])
def test_every_phone_of_a_language_is_a_sound(language: str):
    text = "kamisolu pefora tiyune wagedho lomabup shijavo schön hugo jour amis queixo"
    spoken = [phone.name for phone in speak(text, language)[2] if phone.name]
    silent = [name for name in spoken if not sounds_of(name) and name != "ʲ"]
    assert silent == []
    assert {sound for name in spoken for sound in sounds_of(name)} <= set(SOUNDS)
