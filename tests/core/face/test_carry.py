import numpy as np

from evp.core.face.carry import carry_to_head
from evp.core.face.head import load_head


def test_landmarks_arrive_and_the_rest_follows_without_tearing():
    head = load_head()
    random = np.random.default_rng(3)
    points = head.landmarks(head.neutral)
    wanted = 0.004 * np.sin(points[:, [1, 0, 1]] * 40 + random.uniform(0, 6, 3))
    moved = carry_to_head(head, wanted)
    np.testing.assert_allclose(head.landmarks(moved)[:468], wanted[:468], atol=3e-4)
    skin = np.zeros(len(head.neutral), dtype=bool)
    skin[head.parts["skin"]] = True
    quads = head.quads[skin[head.quads].all(1)]
    for corner in range(4):
        step = moved[quads[:, corner]] - moved[quads[:, (corner + 1) % 4]]
        assert np.linalg.norm(step, axis=1).max() < 0.006
    assert np.linalg.norm(moved, axis=1).max() < 0.03


def test_nothing_moves_without_displacement():
    head = load_head()
    np.testing.assert_allclose(carry_to_head(head, np.zeros((478, 3))), 0, atol=1e-12)


def test_the_back_of_the_head_stays():
    head = load_head()
    moved = carry_to_head(head, np.tile([0.0, 0.0, 0.005], (478, 1)))
    back = head.neutral[:, 2] < -0.1
    assert back.any()
    assert np.linalg.norm(moved[back], axis=1).max() < 0.002
