import numpy as np
import pytest

from evp.core.arkit import SHAPE_INDEX, SHAPE_NAMES, opposite_shape
from evp.core.errors import MissingDependencyError
from evp.core.face.head import load_head, read_head
from evp.core.face.topology import (
    IRIS_LEFT,
    IRIS_RIGHT,
    LID_PAIRS,
    LIP_PAIRS,
    mirror_landmarks,
)

FLIP = np.array([-1.0, 1.0, 1.0])


@pytest.fixture(scope="module")
def head():
    return load_head()


def test_the_head_is_finite_and_of_human_size_in_metres(head):
    assert head.neutral.shape == (4927, 3)
    assert np.isfinite(head.neutral).all()
    assert np.isfinite(head.identity_basis).all()
    assert np.isfinite(head.expression_basis).all()
    width, height, depth = np.ptp(head.neutral, axis=0)
    assert 0.14 < width < 0.25 and 0.2 < height < 0.36 and 0.17 < depth < 0.3


def test_the_origin_is_between_the_eyes_and_the_left_eye_is_on_the_left(head):
    left = head.neutral[head.parts["eye_left"]].mean(0)
    right = head.neutral[head.parts["eye_right"]].mean(0)
    np.testing.assert_allclose((left + right) / 2, 0, atol=1e-6)
    assert left[0] > 0.02
    nose = head.landmarks(head.neutral)[1]
    assert nose[2] > 0.02 and abs(nose[0]) < 1e-4


def test_every_vertex_belongs_to_one_part_and_every_quad_to_the_mesh(head):
    rows = np.concatenate(list(head.parts.values()))
    assert sorted(rows) == list(range(len(head.neutral)))
    assert head.quads.min() >= 0 and head.quads.max() < len(head.neutral)
    assert head.quad_uvs.max() < len(head.uvs)
    assert {"skin", "eye_left", "eye_right", "teeth_upper", "teeth_lower", "tongue"} <= set(
        head.parts
    )


def test_left_and_right_mirror_each_other(head):
    np.testing.assert_allclose(head.neutral[head.mirror] * FLIP, head.neutral, atol=1e-6)
    for name in SHAPE_NAMES:
        own = head.expression_basis[SHAPE_INDEX[name]]
        other = head.expression_basis[SHAPE_INDEX[opposite_shape(name)]]
        np.testing.assert_allclose(own[head.mirror] * FLIP, other, atol=1e-5, err_msg=name)
    landmarks = head.landmarks(head.neutral)
    skin = slice(0, 468)
    np.testing.assert_allclose(
        (landmarks[mirror_landmarks()] * FLIP)[skin], landmarks[skin], atol=2e-4
    )


def test_every_shape_moves_the_face(head):
    reach = np.linalg.norm(head.expression_basis, axis=2).max(1)
    assert (reach > 0.001).all(), [SHAPE_NAMES[i] for i in np.flatnonzero(reach <= 0.001)]


def test_the_neutral_lips_are_closed_and_the_jaw_opens_them(head):
    upper, lower = np.array(LIP_PAIRS).T
    rest = head.landmarks(head.neutral)
    assert np.abs(rest[upper, 1] - rest[lower, 1]).max() < 0.0015
    opened = head.landmarks(head.neutral + head.expression_basis[SHAPE_INDEX["jawOpen"]])
    assert (opened[upper, 1] - opened[lower, 1]).mean() > 0.015


def test_a_blink_closes_the_lids(head):
    upper, lower = np.array(LID_PAIRS).T
    rest = head.landmarks(head.neutral)
    blink = sum(head.expression_basis[SHAPE_INDEX[n]] for n in ("eyeBlinkLeft", "eyeBlinkRight"))
    closed = head.landmarks(head.neutral + blink)
    gap_open = np.linalg.norm(rest[upper] - rest[lower], axis=1)
    gap_closed = np.linalg.norm(closed[upper] - closed[lower], axis=1)
    assert (gap_closed < 0.6 * gap_open).all()


def test_the_irises_turn_with_the_gaze(head):
    moved = head.landmark_expression_basis[SHAPE_INDEX["eyeLookOutLeft"]]
    assert moved[IRIS_LEFT[0], 0] > 0.002
    np.testing.assert_allclose(moved[list(IRIS_RIGHT)], 0, atol=1e-4)


def test_landmark_weights_are_barycentric(head):
    np.testing.assert_allclose(head.landmark_weights.sum(1), 1, atol=1e-5)
    assert (head.landmark_weights > -1e-6).all()
    assert ((head.landmark_stability > 0) & (head.landmark_stability <= 1)).all()


def test_a_damaged_asset_is_named(tmp_path):
    path = tmp_path / "head.npz"
    path.write_bytes(b"not a head")
    with pytest.raises(MissingDependencyError, match=r"head\.npz"):
        read_head(path)
