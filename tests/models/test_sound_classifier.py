"""The shipped classifier, on a voice of eSpeak NG that it has not heard."""

import librosa
import numpy as np
import pytest

from evp.core.espeak import speak
from evp.core.lay_script import judge_script, lay_script
from evp.core.records import SAMPLE_RATE, FloatArray
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
