import dataclasses

import numpy as np
import pytest
from still_head import still_fit

from evp.core.face.fitted import projected_points
from evp.core.media.plate import open_plate
from evp.core.overlay import overlay_frames, plot_error
from evp.core.records import FaceState, Track

FRAMES = 4
SIZE = (320, 240)


@pytest.fixture
def fit():
    return dataclasses.replace(
        still_fit(np.zeros((FRAMES, 52)), SIZE, (0.0, 0.02, 0.9)),
        valid=np.array([True, True, False, True]),
        error=np.array([0.004, 0.012, np.nan, 0.006]),
    )


def test_the_mesh_is_drawn_on_frames_with_a_face_only(fit, make_movie):
    plate = open_plate(make_movie(count=FRAMES, size=SIZE))
    points = np.concatenate([projected_points(fit), np.zeros((FRAMES, 478, 1))], axis=2)
    state = np.where(fit.valid, FaceState.SEEN, FaceState.LOST)
    track = Track(points, np.zeros((FRAMES, 52)), np.ones(FRAMES), state, np.zeros(FRAMES, int))
    frames = list(overlay_frames(plate, track, fit))
    assert len(frames) == FRAMES
    assert all(frame.shape == (240, 320, 3) and frame.dtype == np.uint8 for frame in frames)
    middle = slice(80, 200), slice(110, 210)
    assert frames[0][middle].std() > 10
    assert frames[2][middle].std() < 2


def test_the_graph_shows_the_error_and_the_gap(fit):
    picture = plot_error(fit, 101)
    assert picture.shape == (320, 960, 3)
    green = picture[:, :, 1].astype(int) - picture[:, :, 0] > 50
    assert green.any()
    assert (picture[:, :, 0].astype(int) - picture[:, :, 1] > 30).any()


def test_the_graph_of_a_single_frame_and_of_none(fit):
    one = dataclasses.replace(fit, error=fit.error[:1], valid=fit.valid[:1])
    assert plot_error(one, 1).std() > 0
    none = dataclasses.replace(fit, error=fit.error * np.nan, valid=fit.valid & False)
    assert plot_error(none, 1).std() > 0
