from __future__ import annotations

import numpy as np
from synthetic_faces import crop_faces, draw, face_points

from evp.core.mouth_bank import (
    bank_frames,
    bank_weight,
    choose_mouths,
    lip_features,
    lip_gap,
    store_mouth,
    warp_mouth,
)
from evp.core.warp import rasterise


def test_a_frame_that_asks_for_a_plate_mouth_gets_it() -> None:
    faces = crop_faces()[..., :2]
    features = lip_features(faces, 256)
    gaps = lip_gap(faces, 256)
    bank = np.arange(24)
    choice = choose_mouths(features, features, bank, (gaps, gaps))
    assert np.abs(gaps[choice.first] - gaps).max() < 0.02
    assert not choice.weight.any()


def test_noise_does_not_make_the_choice_jump() -> None:
    faces = crop_faces(30)[..., :2]
    random = np.random.default_rng(0)
    still = np.repeat(faces[4:5], 30, axis=0) + random.normal(0, 0.3, (30, 478, 2))
    features = lip_features(faces, 256)
    gaps = lip_gap(still, 256), lip_gap(faces, 256)
    choice = choose_mouths(lip_features(still, 256), features, np.arange(30), gaps)
    assert (np.diff(choice.first) != 0).sum() <= 2


def test_bank_keeps_the_most_different_mouths() -> None:
    features = lip_features(crop_faces(40)[..., :2], 256)
    usable = np.ones(40, dtype=bool)
    usable[:5] = False
    kept = bank_frames(features, usable, count=6)
    assert len(kept) == 6 and kept.min() >= 5
    gaps = lip_gap(crop_faces(40)[..., :2], 256)
    assert np.ptp(gaps[kept]) > 0.9 * np.ptp(gaps[5:])


def test_plate_keeps_its_mouth_where_the_bank_has_no_better_one() -> None:
    new, near, far = np.zeros(4), np.full(4, 0.015), np.full(4, 0.04)
    assert bank_weight(new, far, near) > 0.9
    assert bank_weight(new, near, far) == 0.0


def test_stored_mouth_changes_nothing_away_from_the_lips() -> None:
    faces = crop_faces()
    picture = draw(face_points(), (256, 256)) / np.float32(255)
    stored = store_mouth(picture, faces[4, :, :2])
    mesh = rasterise(faces[0, :, :2], faces[0, :, 2], 256)
    result = warp_mouth(stored, mesh, faces[0, :, :2], picture)
    assert np.abs(result - picture)[:100].max() == 0.0
    assert np.isfinite(result).all()
