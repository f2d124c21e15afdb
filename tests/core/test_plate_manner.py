from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from jaw_network import Jaw
from still_head import still_fit

from evp.core.media.plate import open_plate
from evp.core.plate_manner import learn_from_plate
from evp.core.progress import finish
from evp.core.records import FaceFit, FloatArray


class Recorder(Jaw):
    """Keeps the sound it hears."""

    def __init__(self) -> None:
        self.heard: list[int] = []

    def hear(self, samples: FloatArray, times: FloatArray) -> tuple[FloatArray, ...]:
        self.heard.append(len(samples))
        sizes = ((256,), (128,), (8,), ())
        return tuple(np.zeros((len(times), *size)) for size in sizes)

    def voices(self, samples: FloatArray) -> FloatArray:
        return np.ones(len(samples) // 160)


def fit(frames: int) -> FaceFit:
    return still_fit(np.zeros((frames, 52)), (64, 48), (0.0, 0.0, 0.9))


def test_the_shot_is_compared_with_its_own_part_of_the_sound(
    make_movie: Callable[..., Path],
) -> None:
    plate = open_plate(make_movie(count=25, sound=True), (16, 20))
    network = Recorder()
    manner = finish(learn_from_plate(plate, fit(5), network))  # type: ignore[arg-type]
    assert not manner.learnt
    assert network.heard == [pytest.approx(0.2 * 16000, abs=2)]


def test_a_plate_without_sound_changes_nothing(make_movie: Callable[..., Path]) -> None:
    plate = open_plate(make_movie(count=5))
    manner = finish(learn_from_plate(plate, fit(5), Recorder()))  # type: ignore[arg-type]
    assert (manner.learnt, manner.note) == (
        False,
        "The speech was not adapted: the plate has no sound of its own.",
    )
