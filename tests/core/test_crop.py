from __future__ import annotations

import tracemalloc

import numpy as np
from synthetic_faces import draw, face_points, talking

from evp.core.crop import apply, crop_pixels, crop_size, face_crops, invert


def test_opening_the_mouth_does_not_move_the_crop() -> None:
    shut, wide = face_points(0.0), face_points(15.0)
    valid = np.ones(1, dtype=bool)
    first = face_crops(shut[None, :, :2], valid, 256)
    second = face_crops(wide[None, :, :2], valid, 256)
    np.testing.assert_allclose(first, second, atol=1e-9)


def test_crop_follows_the_head_without_the_tracker_noise() -> None:
    random = np.random.default_rng(0)
    still = np.repeat(face_points()[None, :, :2], 60, axis=0)
    noisy = still + random.normal(0, 0.7, still.shape)
    crops = face_crops(noisy, np.ones(60, dtype=bool), 256)
    place = np.stack([apply(invert(crop), np.array([128.0, 128.0])) for crop in crops])
    assert np.abs(np.diff(place, axis=0)).max() < 0.1


def test_face_stands_upright_in_the_crop_where_the_head_is_tilted() -> None:
    points = face_points()[:, :2]
    turn = np.deg2rad(30)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    tilted = (points - points[1]) @ rotation.T + points[1]
    crop = face_crops(tilted[None], np.ones(1, dtype=bool), 256)[0]
    eyes = apply(crop, tilted[[33, 263]])
    assert abs(eyes[0, 1] - eyes[1, 1]) < 1.0


def test_frames_without_a_face_take_the_nearest_crop() -> None:
    points = talking(6)[..., :2]
    points[2:4] = np.nan
    valid = np.array([True, True, False, False, True, True])
    crops = face_crops(points, valid, 256)
    np.testing.assert_array_equal(crops[2], crops[1])
    assert np.isfinite(crops).all()


def test_a_long_shot_needs_no_memory_beyond_its_arrays() -> None:
    points = np.tile(talking(10)[..., :2].astype(np.float32), (800, 1, 1))
    tracemalloc.start()
    face_crops(points, np.ones(len(points), dtype=bool), 256)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < points.nbytes


def test_cut_pixels_lie_where_the_map_says() -> None:
    picture = draw(face_points())
    identity = np.array([[1.0, 0.0, -40.0], [0.0, 1.0, -20.0]])
    crop = crop_pixels(picture, identity, 64)
    np.testing.assert_allclose(crop, picture[20:84, 40:104] / 255.0, atol=1e-6)


def test_larger_faces_get_larger_crops() -> None:
    valid = np.ones(1, dtype=bool)
    small = face_points()[None, :, :2]
    assert crop_size(small, valid) == 256
    assert crop_size(small * 4, valid) == 512
    assert crop_size(small * 8, valid) == 1024
