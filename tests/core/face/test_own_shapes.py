import numpy as np
import pytest

from evp.core.arkit import SHAPE_INDEX
from evp.core.face.head import load_head
from evp.core.face.own_shapes import explain, on_the_head

JAW, SMILE = SHAPE_INDEX["jawOpen"], SHAPE_INDEX["mouthSmileLeft"]


@pytest.fixture(scope="module")
def shot():
    """An expression that moves two shapes, and what a crooked jaw and a longer chin lack."""
    random = np.random.default_rng(2)
    expression = np.zeros((120, 52))
    expression[:, [JAW, SMILE]] = random.uniform(0, 1, (120, 2))
    crooked = np.zeros((478, 3))
    crooked[152, 0] = 0.004
    longer = np.zeros((478, 3))
    longer[152, 1] = -0.002
    missing = expression[:, JAW, None, None] * crooked + longer
    return expression, missing + random.normal(0, 2e-4, missing.shape), crooked, longer


def test_a_crooked_jaw_is_told_from_a_long_chin(shot):
    expression, missing, crooked, longer = shot
    shapes, rest = explain(expression, missing)
    np.testing.assert_allclose(shapes[JAW], crooked, atol=5e-4)
    np.testing.assert_allclose(rest, longer, atol=5e-4)


def test_what_does_not_move_stays_the_heads(shot):
    expression, missing, _, _ = shot
    still = np.setdiff1d(np.arange(52), [JAW, SMILE])
    assert np.abs(explain(expression, missing)[0][still]).max() < 1e-9
    held = np.full_like(expression, 0.4)
    shapes, rest = explain(held, missing)
    assert np.abs(shapes).max() < 1e-9
    np.testing.assert_allclose(rest, missing.mean(0), atol=1e-9)


def test_a_little_motion_is_no_proof(shot):
    expression, _, crooked, _ = shot
    slight = 0.05 * expression
    shapes, _ = explain(slight, slight[:, JAW, None, None] * crooked)
    assert 0 < shapes[JAW, 152, 0] < 0.1 * crooked[152, 0]


def test_the_head_follows_smoothly_and_eyes_and_teeth_stay(shot):
    head = load_head()
    own = on_the_head(head, explain(*shot[:2])[0])
    assert own.shape == head.expression_basis.shape and own.dtype == np.float32
    seen = head.landmarks(head.vertices(head.neutral, np.eye(52)[JAW], own))
    plain = head.landmarks(head.vertices(head.neutral, np.eye(52)[JAW]))
    assert 0.002 < (seen - plain)[152, 0] < 0.005
    for part in ("eye_left", "eye_right", "teeth_upper", "teeth_lower", "tongue"):
        assert not own[:, head.parts[part]].any()
    edges = np.concatenate([head.quads[:, [i, (i + 1) % 4]] for i in range(4)])
    before, after = head.neutral, head.neutral + own[JAW]
    length = [np.linalg.norm(v[edges[:, 0]] - v[edges[:, 1]], axis=1) for v in (before, after)]
    assert np.abs(length[1] - length[0]).max() < 0.003
