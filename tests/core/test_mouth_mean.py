from __future__ import annotations

import numpy as np
from synthetic_faces import crop_faces, draw

from evp.core.layers import MouthPick, build_layers
from evp.core.mouth_bank import lip_features, store_mouth
from evp.core.mouth_mean import (
    COUNT,
    average_mouths,
    coarse,
    mean_shares,
    pick_mean,
    replace_coarse,
    settle_shares,
    store_small,
)
from evp.core.warp import rasterise


def test_like_mouths_count_and_far_ones_not_at_all() -> None:
    random = np.random.default_rng(0)
    stored = random.normal(0, 0.02, (80, 4))
    shares = mean_shares(np.zeros((1, 4)), stored)[0]
    np.testing.assert_allclose(shares.sum(), 1.0, atol=1e-5)
    order = np.argsort(np.linalg.norm(stored, axis=1))
    assert shares[order[:4]].sum() > 0.3
    assert np.abs(shares[order[COUNT:]]).max() < 1e-4


def test_what_changes_with_the_shape_of_the_lips_is_met_between_the_stored_ones() -> None:
    random = np.random.default_rng(1)
    stored = random.uniform(0.0, 0.1, (60, 2))
    wanted = np.array([[0.05, 0.05], [0.0, 0.05], [0.1, 0.1]])
    brightness = stored @ [3.0, -2.0]
    np.testing.assert_allclose(
        mean_shares(wanted, stored) @ brightness, wanted @ [3.0, -2.0], atol=0.02
    )


def test_two_pictures_of_the_same_mouth_count_as_one() -> None:
    stored = np.array([[0.02], [0.02], [-0.02]])
    shares = mean_shares(np.zeros((1, 1)), stored)[0]
    assert abs(shares[0] + shares[1] - shares[2]) < 0.2


def test_one_usable_mouth_is_the_whole_mean_and_none_is_none() -> None:
    stored = np.random.default_rng(0).normal(0, 0.02, (3, 2))
    usable = np.array([[False, True, False], [False, False, False]])
    only = np.concatenate([mean_shares(np.zeros((1, 2)), stored, row) for row in usable])
    np.testing.assert_allclose(only, [[0, 1, 0], [0, 0, 0]], atol=1e-6)
    faces = crop_faces(3)
    picture = draw(faces[0], (256, 256)) / np.float32(255)
    mouths = [store_mouth(picture, face[:, :2]) for face in faces]
    mean = pick_mean(mouths, only[0])
    assert mean is not None and len(mean.mouths) == 1
    assert pick_mean(mouths, only[1]) is None


def test_shares_change_by_little_when_the_lips_do() -> None:
    faces = crop_faces(48)[..., :2]
    features = lip_features(faces, 256)
    moved = 0.98 * features[10] + 0.02 * features[11]
    steps = np.stack([features[10], moved])
    shares = mean_shares(steps, features)
    assert np.abs(shares[1] - shares[0]).sum() < 0.2


def test_shares_settle_over_time() -> None:
    shares = np.zeros((10, 2), dtype=np.float32)
    shares[:5, 0] = shares[5:, 1] = 1.0
    settled = settle_shares(shares)
    np.testing.assert_allclose(settled.sum(axis=1), 1.0, atol=1e-6)
    assert np.abs(np.diff(settled[:, 0])).max() < 0.5


def test_the_mean_of_noisy_mouths_is_nearer_the_truth_than_one_of_them() -> None:
    random = np.random.default_rng(0)
    face = crop_faces()[4]
    clean = draw(face, (256, 256)) / np.float32(255)
    noisy = [clean + random.normal(0, 0.05, clean.shape).astype(np.float32) for _ in range(COUNT)]
    mouths = [store_small(picture, face[:, :2]) for picture in noisy]
    mean = pick_mean(mouths, np.full(COUNT, 1 / COUNT, dtype=np.float32))
    assert mean is not None
    mesh = rasterise(face[:, :2], face[:, 2], 256)
    result, doubt = average_mouths(mean, mesh, face[:, :2], noisy[0])
    lips = face[[13, 14], :2].mean(axis=0).astype(int)
    box = np.s_[lips[1] - 6 : lips[1] + 6, lips[0] - 10 : lips[0] + 10]
    one = np.square(noisy[1][box] - clean[box]).mean()
    assert np.square(result[box] - clean[box]).mean() < one / 6
    # What the mouths disagree about is their noise.
    assert 0.015 < doubt[box].mean() < 0.06
    assert doubt[:60].max() == 0.0
    np.testing.assert_array_equal(result[:60], noisy[0][:60])


def test_detail_stays_where_the_coarse_is_replaced() -> None:
    random = np.random.default_rng(1)
    picture = random.random((64, 64, 3), dtype=np.float32)
    result = replace_coarse(picture, np.full_like(picture, 0.5))
    np.testing.assert_allclose(result - coarse(result), picture - coarse(picture), atol=0.05)
    assert coarse(result).std() < 0.5 * coarse(picture).std()


def test_a_larger_crop_gets_the_same_mean_mouth() -> None:
    faces = crop_faces()
    mouths, big = [], []
    for face in faces[:8]:
        picture = draw(face * [2.0, 2.0, 1.0], (512, 512)) / np.float32(255)
        big.append(store_mouth(picture, face[:, :2] * 2))
        mouths.append(store_small(picture, face[:, :2] * 2))
    pick = MouthPick((big[4],), weight=1.0, mean=pick_mean(mouths, np.full(8, 1 / 8, np.float32)))
    crop = draw(faces[0] * [2.0, 2.0, 1.0], (512, 512)) / np.float32(255)
    layers = build_layers(crop, faces[0][:, :2] * 2, faces[4][:, :2] * 2, faces[4][:, 2], pick)
    assert layers.mouth_texture.shape == (512, 512, 3) and layers.doubt.shape == (512, 512)
    np.testing.assert_allclose(layers.mouth_texture[:200], layers.texture[:200], atol=0.02)
