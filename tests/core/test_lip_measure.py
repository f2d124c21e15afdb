import numpy as np

from evp.core.lip_measure import best_lag
from evp.core.records import FloatArray


def opening() -> FloatArray:
    time = np.arange(100) / 25
    return np.asarray(0.2 + 0.1 * np.sin(9 * time) + 0.1 * np.sin(23 * time + 1))


def test_the_lag_is_found_to_both_sides() -> None:
    curve = opening()
    assert best_lag(np.roll(curve, 2), curve)[0] == 2
    assert best_lag(np.roll(curve, -4), curve)[0] == -4
