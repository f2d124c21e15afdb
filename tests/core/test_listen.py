import numpy as np
import pytest

from evp.core.errors import InputError
from evp.core.listen import doubt, lend_emotion, listen, place_speech
from evp.core.records import FloatArray

RATE = 16_000


class Echo:
    """A network that says what times it was asked for."""

    fingerprint = "echo"

    def hear(
        self, samples: FloatArray, times: FloatArray, voice: FloatArray | None = None
    ) -> tuple[FloatArray, ...]:
        content = np.repeat(times[:, None], 304, axis=1)
        count = len(times)
        return content, np.zeros((count, 128)), np.full((count, 8), 0.125), np.zeros(count)

    def voices(self, samples: FloatArray) -> FloatArray:
        return np.ones(-(-len(samples) // 160))


def buzz(seconds: float = 1.0) -> FloatArray:
    time = np.arange(int(seconds * RATE)) / RATE
    return (0.2 * np.sign(np.sin(2 * np.pi * 120 * time))).astype(np.float32)


@pytest.mark.parametrize(
    ("samples", "word"),
    [
        (np.zeros(0, np.float32), "empty"),
        (np.zeros(100, np.float32), "shorter"),
        (np.zeros(RATE, np.float32), "silent"),
        (np.full(RATE, np.nan, np.float32), "no numbers"),
    ],
)
def test_useless_sound_is_refused_in_one_sentence(samples: FloatArray, word: str) -> None:
    with pytest.raises(InputError, match=word):
        place_speech(samples)


def test_the_offset_moves_the_speech_on_the_plate() -> None:
    times = np.arange(100) / 25
    code = listen(place_speech(buzz(), 1.0), times, Echo())  # type: ignore[arg-type]
    np.testing.assert_allclose(code.content[:, 0], times - 1.0)
    assert code.presence[:15].max() == 0.0
    assert code.presence[26:49].min() == 1.0
    assert code.presence[60:].max() == 0.0
    assert code.activity[:22].max() == 0.0
    assert code.activity[30:45].min() > 0.9


def test_every_frame_gets_a_row() -> None:
    times = np.arange(24) / (24000 / 1001)
    code = listen(place_speech(buzz()), times, Echo())  # type: ignore[arg-type]
    assert code.content.shape == (24, 304)
    assert code.emotion.shape == (24, 128)
    assert code.probabilities.shape == (24, 8)
    assert code.activity.shape == code.presence.shape == (24,)


class Deaf(Echo):
    """A network that hears a voice in the first so many seconds only."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def voices(self, samples: FloatArray) -> FloatArray:
        return (np.arange(-(-len(samples) // 160)) < 100 * self.seconds).astype(float)


@pytest.mark.parametrize(("seconds", "word"), [(0.0, "No speech"), (1.0, "only 1"), (8.0, "")])
def test_sound_with_little_speech_is_said(seconds: float, word: str) -> None:
    times = np.arange(250) / 25
    code = listen(place_speech(buzz(10.0)), times, Deaf(seconds))  # type: ignore[arg-type]
    note = doubt(code)
    assert (note is None) if not word else (note is not None and word in note)


def test_a_lent_emotion_comes_with_the_speechs_own_words() -> None:
    class Moody(Echo):
        def hear(
            self, samples: FloatArray, times: FloatArray, voice: FloatArray | None = None
        ) -> tuple[FloatArray, ...]:
            content, emotion, probabilities, closure = super().hear(samples, times)
            return content, emotion + samples.max(), probabilities, closure

    own = listen(place_speech(buzz()), np.arange(25) / 25, Moody())
    lent = lend_emotion(own, place_speech(0.5 * buzz(2.0)), Moody())
    assert np.array_equal(lent.content, own.content)
    assert np.allclose(lent.emotion, 0.5 * own.emotion) and lent.emotion.shape == (25, 128)


def test_what_is_no_voice_lends_no_emotion():
    class Deaf(Echo):
        def voices(self, samples: FloatArray) -> FloatArray:
            return np.zeros_like(super().voices(samples))

    own = listen(place_speech(buzz()), np.arange(25) / 25, Echo())
    with pytest.raises(InputError, match="No speech was found in the recording that is to lend"):
        lend_emotion(own, place_speech(buzz()), Deaf())
