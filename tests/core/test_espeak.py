import sys

import numpy as np
import pytest

from evp.core.errors import InputError, MissingDependencyError
from evp.core.espeak import _library, speak


def names(text: str, language: str) -> str:
    return "".join(phone.name for phone in speak(text, language)[2])


def test_words_become_the_phones_of_their_language():
    assert "p" in names("people", "en") and "θ" in names("think", "en")
    assert names("chat", "en") != names("chat", "fr")
    assert "ʃ" in names("chat", "fr") and "t" not in names("chat", "fr")


@pytest.mark.parametrize("language", ["en-us", "de", "es", "pt-br", "it", "pl", "ru", "hi", "cmn"])
def test_many_languages_speak(language: str):
    assert len(names("mama 2", language)) > 3


def test_a_change_of_the_language_is_no_phone():
    assert "(" not in names("你好 hello again", "cmn")


def test_a_phone_knows_its_word_and_its_time():
    text = "Über Bob, 5 maps"
    sound, rate, phones = speak(text, "en")
    spoken = [phone for phone in phones if phone.name]
    assert {text[phone.letter] for phone in spoken} == {"Ü", "B", "5", "m"}
    starts = [phone.start for phone in phones]
    assert starts == sorted(starts)
    assert 0.5 < starts[-1] <= len(sound) / rate
    assert np.abs(sound).max() <= 1.0


@pytest.mark.parametrize("language", ["klingonese", "../en", "en" * 4000, "en fr", ""])
def test_an_unknown_language_is_refused_with_examples(language: str):
    with pytest.raises(InputError, match=r"is not known.*en-us"):
        speak("hello", language)


def test_without_the_library_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    _library.cache_clear()
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(MissingDependencyError, match="pip install espeakng-loader"):
        speak("hello", "en")
