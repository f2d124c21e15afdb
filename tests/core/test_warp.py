from __future__ import annotations

import numpy as np
from synthetic_faces import draw, face_points

from evp.core.warp import displacement, polygon, rasterise, sample, stretch


def crop_face(jaw: float = 0.0) -> np.ndarray:
    points = face_points(jaw)
    return (points - [10.0, 15.0, 0.0]) * [1.2, 1.2, 1.0]


def test_unmoved_landmarks_warp_nothing_at_all() -> None:
    face = crop_face()
    mesh = rasterise(face[:, :2], face[:, 2], 256)
    field = displacement(mesh, face[:, :2], face[:, :2])
    assert not field.any()
    picture = draw(face_points(), (256, 256)) / np.float32(255)
    np.testing.assert_array_equal(sample(picture, field), picture)


def test_texture_lands_on_the_new_landmarks() -> None:
    shut, wide = crop_face(0.0), crop_face(9.0)
    mesh = rasterise(wide[:, :2], wide[:, 2], 256)
    field = displacement(mesh, shut[:, :2], wide[:, :2])
    for index in (152, 17, 199, 205, 61):
        x, y = wide[index, :2]
        found = field[int(y - 0.5), int(x - 0.5)] + wide[index, :2]
        assert np.linalg.norm(found - shut[index, :2]) < 2.5


def test_movement_fades_out_beyond_the_face() -> None:
    shut, wide = crop_face(0.0), crop_face(9.0)
    mesh = rasterise(wide[:, :2], wide[:, 2], 256)
    field = displacement(mesh, shut[:, :2], wide[:, :2])
    chin = wide[152, :2].astype(int)
    column = np.abs(field[chin[1] :, chin[0], 1])
    assert column[0] > 5.0 and column[-1] == 0.0
    assert np.abs(np.diff(column)).max() < 1.5
    assert not field[0].any() and not field[:, 0].any()


def test_part_of_a_field_is_that_part_of_the_whole() -> None:
    shut, wide = crop_face(0.0), crop_face(9.0)
    mesh = rasterise(wide[:, :2], wide[:, 2], 256)
    window = (slice(100, 180), slice(90, 170))
    whole = displacement(mesh, shut[:, :2], wide[:, :2])
    part = displacement(mesh, shut[:, :2], wide[:, :2], window)
    np.testing.assert_array_equal(part, whole[window])


def test_opened_mouth_is_marked_as_invented() -> None:
    shut, wide = crop_face(0.0), crop_face(12.0)
    mesh = rasterise(wide[:, :2], wide[:, 2], 256)
    marked = stretch(mesh, shut[:, :2])
    middle = wide[[13, 14], :2].mean(axis=0).astype(int)
    assert marked[middle[1], middle[0]] > 0.5
    assert marked[int(wide[50, 1]), int(wide[50, 0])] < 0.3


def test_polygon_edges_are_anti_aliased() -> None:
    square = np.array([(10.25, 10.0), (20.0, 10.0), (20.0, 20.0), (10.25, 20.0)])
    mask = polygon(square, 32)
    assert mask[15, 15] == 1.0 and mask[5, 5] == 0.0
