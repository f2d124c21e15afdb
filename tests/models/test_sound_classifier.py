"""The shipped classifier, on a voice of eSpeak NG that it has not heard."""

import librosa
import numpy as np
import pytest

from evp.core.espeak import speak
from evp.core.lay_script import judge_script, lay_script
from evp.core.records import SAMPLE_RATE, FloatArray
from evp.core.speech_sounds import LIPS_TOGETHER, SOUND_INDEX, VOWELS
from evp.core.transcript import script_of
from evp.models.speech.network import SpeechModel, load_speech_network

LINE = "Peter bought seven maps of the mobile camp, because my mother asked for them."


@pytest.fixture(scope="module")
def network() -> SpeechModel:
    return load_speech_network("cpu")


@pytest.fixture(scope="module")
def spoken() -> tuple[FloatArray, FloatArray]:
    """The line's sound and the seconds at which its sounds begin."""
    sound, rate, phones = speak(LINE, "en+croak", speed=150)
    sound = librosa.resample(sound, orig_sr=rate, target_sr=SAMPLE_RATE)
    return sound, np.array([phone.start for phone in phones if phone.name])


def test_a_transcript_is_laid_where_it_is_spoken(
    network: SpeechModel, spoken: tuple[FloatArray, FloatArray]
) -> None:
    sound, starts = spoken
    heard = network.sounds(sound)
    assert heard.shape == (-(-len(sound) // 320), 24)
    assert np.exp(heard).sum(axis=1) == pytest.approx(1.0, abs=1e-3)
    laid = lay_script(script_of(LINE, "en"), heard)
    nearest = np.abs(laid.start[:, None] - starts).min(axis=0)
    assert np.median(nearest) < 0.04
    assert np.quantile(nearest, 0.9) < 0.1
    assert "hardly" not in judge_script(laid)


def test_another_lines_transcript_is_noticed(
    network: SpeechModel, spoken: tuple[FloatArray, FloatArray]
) -> None:
    other = script_of("We should have known that there is nothing new under the sun today.", "en")
    assert "hardly" in judge_script(lay_script(other, network.sounds(spoken[0])))


def test_lips_are_heard_to_touch_in_b_m_and_p_alone(
    network: SpeechModel, spoken: tuple[FloatArray, FloatArray]
) -> None:
    sound = spoken[0]
    laid = lay_script(script_of(LINE, "en"), network.sounds(sound))
    *_, closure = network.hear(sound, (laid.start + laid.end) / 2)
    is_one_of = [
        np.isin(laid.sounds, [SOUND_INDEX[name] for name in names])
        for names in (LIPS_TOGETHER, VOWELS)
    ]
    assert np.median(closure[is_one_of[0]]) > 0.8
    assert closure[is_one_of[1]].max() < 0.3
