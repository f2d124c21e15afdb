import numpy as np
import pytest

from evp.models.speech.vary import SPEEDS, vary_sound

RATE = 16_000


def tone(seconds: float, pitch: float) -> np.ndarray:
    times = np.arange(int(seconds * RATE)) / RATE
    return (0.1 * np.sin(2 * np.pi * pitch * times)).astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_a_copy_is_faster_and_higher_by_the_speed_it_names(seed: int) -> None:
    copy, speed = vary_sound(tone(2.0, 300.0), np.random.default_rng(seed))
    assert speed in SPEEDS
    assert len(copy) == pytest.approx(2 * RATE / speed, abs=2)
    spectrum = np.abs(np.fft.rfft(copy))
    loudest = np.fft.rfftfreq(len(copy), 1 / RATE)[spectrum.argmax()]
    assert loudest == pytest.approx(300.0 * speed, rel=0.01)


def test_the_noise_stays_below_the_speech() -> None:
    sound = np.concatenate([tone(1.0, 200.0), np.zeros(RATE, np.float32)])
    for seed in range(8):
        copy, speed = vary_sound(sound, np.random.default_rng(seed))
        silence = copy[int(1.4 * RATE / speed) :]
        assert 0.0 < silence.std() < 0.5 * copy[: int(RATE / speed)].std()
