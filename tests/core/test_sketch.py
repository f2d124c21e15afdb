from __future__ import annotations

import numpy as np
from synthetic_faces import draw, face_points

from evp.core.sketch import sketch


def test_edges_of_the_plate_stay_outside_the_face() -> None:
    points = (face_points() - [20.0, 0.0, 0.0]) * [1.6, 1.6, 1.0]
    picture = np.full((256, 256, 3), 0.3, dtype=np.float32)
    picture[:, :20] = 0.9
    picture[120:130, 100:160] = 0.0
    drawing = sketch(picture, points[:, :2])
    assert drawing.lines[40:220, 16:24].max() == 1.0
    cheek = points[205].astype(int)
    assert drawing.face[cheek[1], cheek[0]] == 1.0
    assert drawing.lines[cheek[1] - 3 : cheek[1] + 3, cheek[0] - 3 : cheek[0] + 3].max() == 0.0


def test_a_quarter_of_a_pixel_shows_in_the_drawing() -> None:
    points = (face_points() - [20.0, 0.0, 0.0]) * [1.6, 1.6, 1.0]
    picture = draw(face_points(), (256, 256)) / np.float32(255)
    here = sketch(picture, points[:, :2]).lines
    there = sketch(picture, points[:, :2] + 0.25).lines
    assert 0.0 < np.abs(here - there).mean() < 0.03
