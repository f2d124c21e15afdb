import tracemalloc

import numpy as np
import pytest

from evp.core.speech_features import (
    LEVEL,
    level_gain,
    mfcc_rows,
    mfcc_windows,
    speech_rows,
    voice_activity,
    window_indices,
)

RATE = 16_000


def voiced(seconds: float, level: float = 0.2) -> np.ndarray:
    """A vowel-like buzz."""
    time = np.arange(int(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 20))
    return (level * buzz / np.abs(buzz).max()).astype(np.float32)


def spoken(pauses: float = 1.0, noise: float = 1e-4) -> np.ndarray:
    """Silence, one second of voice, silence."""
    random = np.random.default_rng(0)
    rest = np.zeros(int(pauses * RATE), np.float32)
    sound = np.concatenate([rest, voiced(1.0), rest])
    return (sound + noise * random.standard_normal(len(sound))).astype(np.float32)


def test_windows_have_the_papers_size_and_rows() -> None:
    rows = mfcc_rows(spoken())
    assert rows.shape == (300, 12)
    windows = mfcc_windows(rows, np.array([0.0, 1.0, 1.04, 9.0]))
    assert windows.shape == (4, 28, 12)
    np.testing.assert_array_equal(windows[1], rows[100 - 12 : 100 + 16])
    np.testing.assert_array_equal(windows[2][:-4], windows[1][4:])


def test_windows_stay_inside_the_sound() -> None:
    indices = window_indices(np.array([-5.0, 0.0, 99.0]), 50)
    assert indices.min() == 0
    assert indices.max() == 49


def test_mfcc_do_not_depend_on_the_block_they_are_computed_in() -> None:
    random = np.random.default_rng(1)
    sound = random.standard_normal(RATE * 35).astype(np.float32)
    late = mfcc_rows(sound[RATE * 25 :])
    np.testing.assert_allclose(mfcc_rows(sound)[2510:3400], late[10:900], atol=1e-4)


def test_activity_follows_the_voice_within_three_frames() -> None:
    times = np.arange(75) / 25
    activity = voice_activity(spoken(), times, np.ones(300))
    assert activity[26:49].min() > 0.9
    assert activity[53:].max() < 0.05
    assert activity[:22].max() < 0.05


@pytest.mark.parametrize("noise", [1e-5, 1e-3, 1e-2])
def test_activity_holds_in_noise(noise: float) -> None:
    rows = speech_rows(spoken(noise=noise))
    assert rows[110:190].all()
    assert not rows[:80].any()
    assert not rows[220:].any()


def test_a_quiet_breath_is_no_speech() -> None:
    sound = spoken()
    breath = np.random.default_rng(2).standard_normal(RATE // 2).astype(np.float32) * 0.001
    sound[2 * RATE + 4000 : 2 * RATE + 4000 + len(breath)] += breath
    assert not speech_rows(sound)[225:290].any()


def test_activity_outside_the_sound_is_silence() -> None:
    assert voice_activity(spoken(), np.array([-1.0, 10.0]), np.ones(300)).max() == 0.0


def test_loud_sound_far_from_any_voice_is_no_speech() -> None:
    times = np.arange(150) / 50
    voices = np.zeros(300)
    voices[100:130] = 0.9
    activity = voice_activity(spoken(), times, voices)
    assert activity[53:67].min() > 0.9
    assert activity[80:].max() < 0.05


def test_level_is_normalised_whatever_the_microphone() -> None:
    loud, quiet = (level_gain(v) * v for v in (voiced(1.0, 0.9), voiced(1.0, 0.01)))
    assert np.sqrt(np.mean(loud**2)) == pytest.approx(LEVEL, rel=0.05)
    np.testing.assert_allclose(loud, quiet, atol=1e-3)


def test_ten_minutes_are_analysed_without_a_copy_of_the_sound() -> None:
    sound = np.tile(spoken(), 200)
    tracemalloc.start()
    mfcc_rows(sound, level_gain(sound))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < sound.nbytes
