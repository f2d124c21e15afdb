from __future__ import annotations

import cv2
import numpy as np
import pytest
from synthetic_faces import draw, talking

from evp.core.mouth_bank import store_mouth
from evp.core.mouth_detail import (
    LEVELS,
    MouthDetail,
    detail_energy,
    detail_level,
    mouth_box,
)
from evp.core.mouth_mean import MouthMean, store_small

BOX = (20, 30, 60, 50)


def pictures() -> tuple[np.ndarray, np.ndarray]:
    noise = np.random.default_rng(0).normal(0.5, 0.1, (80, 80, 3)).astype(np.float32)
    rest = cv2.GaussianBlur(noise, (0, 0), 1.5)
    return rest, noise - cv2.GaussianBlur(noise, (0, 0), 1.0)


@pytest.mark.parametrize("level", [0.9, 1.0, 1.7])
def test_a_mouth_is_given_the_wanted_detail(level: float) -> None:
    rest, fine = pictures()
    wanted = MouthDetail(BOX, detail_energy(rest + level * fine, BOX))
    assert abs(detail_level(rest, fine, wanted) - level) < 1e-3


def test_detail_is_neither_wiped_out_nor_blown_up_beyond_measure() -> None:
    rest, fine = pictures()
    assert detail_level(rest, fine, MouthDetail(BOX, 0.0)) == LEVELS[0]
    assert detail_level(rest, fine, MouthDetail(BOX, 9.0)) == LEVELS[1]
    assert detail_level(rest, np.zeros_like(fine), MouthDetail(BOX, 9.0)) == 1.0


def test_a_box_at_the_border_is_measured_in_full() -> None:
    picture = pictures()[0]
    inner = detail_energy(picture, (1, 1, 79, 79))
    assert abs(detail_energy(picture, (0, 0, 80, 80)) / inner - 1.0) < 0.1


def test_a_small_mouth_remembers_the_detail_of_the_crop_it_came_from() -> None:
    face = (talking(2)[1] - [20.0, 0.0, 0.0])[:, :2] * 3.2
    picture = draw(np.concatenate([face, np.zeros((478, 1))], axis=1), (512, 512)) / np.float32(255)
    small, whole = store_small(picture, face), store_mouth(picture, face)
    assert small.detail == detail_energy(picture, mouth_box(face, 512)) > 0.0
    assert len(small.pixels) < len(whole.pixels)
    mean = MouthMean((small, small), np.array([1.2, -0.2], dtype=np.float32))
    assert abs(mean.detail / small.detail - 1.0) < 1e-4
