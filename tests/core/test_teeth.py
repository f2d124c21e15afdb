from __future__ import annotations

import numpy as np
import pytest

from evp.core.arkit import SHAPE_NAMES
from evp.core.face.head import load_head
from evp.core.face.topology import LIPS_INNER
from evp.core.teeth import HeadMouth, draw_mouth
from evp.core.warp import polygon

SIZE = 512
ROTATION = np.diag([1.0, -1.0, -1.0])
SKIN = (0.75, 0.58, 0.5)


def mouth(**weights: float) -> tuple[np.ndarray, HeadMouth, np.ndarray]:
    """Landmarks in the crop, the head's mouth, and the picture of a face of plain skin."""
    expression = np.zeros(52)
    for name, weight in weights.items():
        expression[SHAPE_NAMES.index(name)] = weight
    head = load_head()
    points = head.landmarks(head.neutral) + head.displacement(expression)
    landmarks = (points @ ROTATION.T)[:, :2] * (SIZE / 0.28) + [SIZE / 2, 0.38 * SIZE]
    plain = np.broadcast_to(np.array(SKIN, np.float32), (SIZE, SIZE, 3)).copy()
    return landmarks, HeadMouth(ROTATION, expression), plain


def inside(landmarks: np.ndarray) -> np.ndarray:
    return polygon(landmarks[list(LIPS_INNER)], SIZE) > 0.99


def test_a_smile_shows_teeth_and_a_wide_mouth_darkness() -> None:
    smile = mouth(
        jawOpen=0.2, mouthSmileLeft=0.6, mouthSmileRight=0.6, mouthUpperUpLeft=0.3,
        mouthUpperUpRight=0.3,
    )  # fmt: skip
    wide = mouth(jawOpen=0.7)
    seen = [
        draw_mouth(plain, points, head)[inside(points)] for points, head, plain in (smile, wide)
    ]
    bright = [(picture.mean(axis=-1) > 0.42).mean() for picture in seen]
    dark = [(picture.mean(axis=-1) < 0.35).mean() for picture in seen]
    assert bright[0] > 0.8 > 0.3 > bright[1] and dark[1] > 0.6 > 0.2 > dark[0]


def test_teeth_stand_side_by_side() -> None:
    points, head, plain = mouth(jawOpen=0.2, mouthUpperUpLeft=0.6, mouthUpperUpRight=0.6)
    drawn = draw_mouth(plain, points, head).mean(axis=-1)
    row = int(points[13, 1]) + 5
    middle = round(points[13, 0])
    line = drawn[row, middle - 25 : middle + 26]
    gaps = (line[1:-1] < line[:-2] - 1e-4) & (line[1:-1] < line[2:] - 1e-4)
    assert 3 <= gaps.sum() <= 7


def test_the_mouth_takes_its_light_from_the_plate() -> None:
    points, head, plain = mouth(jawOpen=0.3)
    there = inside(points)
    lit, dim = (draw_mouth(plain * share, points, head)[there] for share in (1.0, 0.5))
    assert dim.mean() == pytest.approx(0.5 * lit.mean(), rel=0.25)
    shade = np.linspace(0.5, 1.0, SIZE, dtype=np.float32)[None, :, None]
    drawn = draw_mouth(plain * shade, points, head)
    left, right = (there & half for half in np.split(np.eye(2, dtype=bool).repeat(SIZE // 2, 1), 2))
    assert drawn[left].mean() < drawn[right].mean()


def test_skin_stays_and_closed_lips_show_nothing() -> None:
    points, head, plain = mouth(jawOpen=0.4)
    drawn = draw_mouth(plain, points, head)
    away = np.ones((SIZE, SIZE), bool)
    low, high = points[list(LIPS_INNER)].min(axis=0) - 8, points[list(LIPS_INNER)].max(axis=0) + 8
    away[int(low[1]) : int(high[1]), int(low[0]) : int(high[0])] = False
    np.testing.assert_allclose(drawn[away], plain[away], atol=1e-5)
    points, head, plain = mouth()
    points[list(LIPS_INNER), 1] = points[13, 1]
    assert np.abs(draw_mouth(plain, points, head) - plain).max() < 0.2
