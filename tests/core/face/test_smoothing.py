import numpy as np
import pytest

from evp.core.face.smoothing import calm_track, smooth_track
from evp.core.records import FaceState, Track

TIMES = np.arange(40) / 25.0


def make_track(landmarks, state=None):
    count = len(landmarks)
    if state is None:
        state = np.full(count, FaceState.SEEN)
    return Track(
        landmarks, np.zeros((count, 52)), np.ones(count), state, np.zeros(count, dtype=int)
    )


@pytest.fixture
def still():
    face = np.random.default_rng(0).uniform(0, 200, (478, 3))
    return np.repeat(face[None], len(TIMES), axis=0)


def test_jitter_becomes_smaller(still):
    noisy = still + np.random.default_rng(1).normal(0, 0.3, still.shape)
    smooth = smooth_track(make_track(noisy), TIMES).landmarks
    assert smooth[5:-5].std(0).mean() < 0.7 * noisy[5:-5].std(0).mean()


def test_steady_motion_is_kept_to_a_fraction_of_a_pixel(still):
    moving = still + np.sin(2 * np.pi * TIMES)[:, None, None] * 20
    smooth = smooth_track(make_track(moving), TIMES).landmarks
    assert np.abs(smooth - moving).max() < 0.6


def test_lost_frames_stay_lost_and_do_not_leak(still):
    state = np.full(len(TIMES), FaceState.SEEN)
    state[20:23] = FaceState.LOST
    landmarks = still.copy()
    landmarks[20:23] = np.nan
    landmarks[23:] += 100
    smooth = smooth_track(make_track(landmarks, state), TIMES).landmarks
    assert np.isnan(smooth[20:23]).all()
    np.testing.assert_allclose(smooth[:20], landmarks[:20], atol=1e-6)
    np.testing.assert_allclose(smooth[23:], landmarks[23:], atol=1e-6)


def test_strength_zero_and_one_frame_change_nothing(still):
    track = make_track(still)
    assert smooth_track(track, TIMES, 0.0) is track
    one = make_track(still[:1])
    np.testing.assert_array_equal(smooth_track(one, TIMES[:1]).landmarks, still[:1])


def test_a_calmed_track_keeps_fast_lips_and_loses_the_jitter_of_a_still_face(still):
    random = np.random.default_rng(2)
    still = still * 2.0
    noisy = still + random.normal(0, 0.3, still.shape)
    calm = calm_track(make_track(noisy), TIMES).landmarks
    assert calm[8:-8].std(0).mean() < 0.65 * noisy[8:-8].std(0).mean()
    fast = still.copy()
    fast[20:22] += 8.0
    np.testing.assert_allclose(calm_track(make_track(fast), TIMES).landmarks, fast, atol=1.0)
