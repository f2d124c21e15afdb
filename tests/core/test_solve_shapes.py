import numpy as np
import pytest

from evp.core.arkit import SHAPE_INDEX
from evp.core.face.head import HeadModel, load_head
from evp.core.solve_shapes import ShapeSolver


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


def test_weights_of_known_shapes_are_found_again(head: HeadModel) -> None:
    wanted = np.zeros((3, 52))
    wanted[0, SHAPE_INDEX["jawOpen"]] = 0.4
    wanted[1, SHAPE_INDEX["mouthSmileLeft"]] = 0.7
    wanted[1, SHAPE_INDEX["browInnerUp"]] = 0.5
    moved = np.tensordot(wanted, head.landmark_expression_basis, axes=1)
    found = ShapeSolver(head).solve(moved)
    assert np.abs(found - wanted).max() < 0.15
    again = np.tensordot(found, head.landmark_expression_basis, axes=1)
    assert np.linalg.norm(again - moved, axis=-1).max() < 1e-3


def test_weights_stay_within_bounds_and_fixed_shapes_at_rest(head: HeadModel) -> None:
    moved = np.random.default_rng(0).normal(0, 0.02, (4, 478, 3))
    fixed = [SHAPE_INDEX["eyeBlinkLeft"], SHAPE_INDEX["tongueOut"]]
    found = ShapeSolver(head, fixed).solve(moved)
    assert found.min() >= 0.0
    assert found.max() <= 1.0
    assert not found[:, fixed].any()


def test_the_lip_gap_asked_for_is_kept(head: HeadModel) -> None:
    weights = np.zeros((2, 52))
    weights[:, SHAPE_INDEX["jawOpen"]] = 0.3
    moved = np.tensordot(weights, head.landmark_expression_basis, axes=1)
    gaps = np.array([[0.0] * 3, [0.009] * 3])
    solver = ShapeSolver(head)
    found = np.tensordot(solver.solve(moved, gaps), head.landmark_expression_basis, axes=1)
    np.testing.assert_allclose(solver.lip_gaps(found), gaps, atol=1.2e-3)
