import numpy as np

from evp.core.lip_measure import best_lag, between_frames
from evp.core.records import FloatArray


def opening() -> FloatArray:
    time = np.arange(100) / 25
    return np.asarray(0.2 + 0.1 * np.sin(9 * time) + 0.1 * np.sin(23 * time + 1))


def test_the_lag_is_found_to_both_sides() -> None:
    curve = opening()
    assert best_lag(np.roll(curve, 2), curve)[0] == 2
    assert best_lag(np.roll(curve, -4), curve)[0] == -4


def test_a_lag_between_two_frames_is_found() -> None:
    frames, late = np.arange(90.0), np.arange(90.0) - 2.3
    curve = np.interp(frames, np.arange(100), opening())
    made = np.interp(late, np.arange(100), opening())
    assert abs(between_frames(made, curve, best_lag(made, curve)[0]) - 2.3) < 0.1
