import dataclasses

import numpy as np
import pytest
from still_head import still_fit

from evp.core.evaluate import fit as measure
from evp.core.evaluate.synthetic import DrawnHead, curve_correlations, rotation_errors
from evp.core.face.fitted import projected_points
from evp.core.records import FaceState, Track

FRAMES = 6


@pytest.fixture
def fit():
    random = np.random.default_rng(2)
    return still_fit(random.uniform(0, 0.5, (FRAMES, 52)), (512, 512), (0.0, 0.02, 0.6))


def seen_as(points):
    landmarks = np.concatenate([points, np.zeros((*points.shape[:2], 1))], axis=2)
    return Track(
        landmarks,
        np.zeros((FRAMES, 52)),
        np.ones(FRAMES),
        np.full(FRAMES, FaceState.SEEN),
        np.zeros(FRAMES, dtype=int),
    )


def test_a_perfect_fit_has_no_error(fit):
    score = measure.score_fit(fit, seen_as(projected_points(fit)))
    assert all(value < 1e-9 for value in dataclasses.asdict(score).values())


def test_a_shift_is_measured_in_per_cent_of_the_eye_distance(fit):
    shift = 0.02 * measure.iod_pixels(fit)[0]
    points = projected_points(fit)
    points[2, :, 0] += shift
    score = measure.score_fit(fit, seen_as(points))
    assert score.worst == pytest.approx(2.0)
    assert score.mean == pytest.approx(2.0 / FRAMES)
    assert score.lip_gap == pytest.approx(0.0, abs=1e-9)


def test_lost_frames_do_not_count(fit):
    points = projected_points(fit)
    points[4] = np.nan
    valid = fit.valid.copy()
    valid[4] = False
    score = measure.score_fit(dataclasses.replace(fit, valid=valid), seen_as(points))
    assert score.worst < 1e-9


def test_known_heads_are_compared_frame_by_frame(fit):
    turned = fit.rotation @ np.array(
        [[1, 0, 0], [0, np.cos(0.1), -np.sin(0.1)], [0, np.sin(0.1), np.cos(0.1)]]
    )
    truth = DrawnHead(
        fit.expression, turned, np.arange(FRAMES) / 25, seen_as(projected_points(fit))
    )
    np.testing.assert_allclose(rotation_errors(fit, truth), np.degrees(0.1))
    assert all(value == pytest.approx(1) for value in curve_correlations(fit, truth).values())
