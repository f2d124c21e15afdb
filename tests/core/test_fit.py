import dataclasses

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from evp.core.arkit import SHAPE_INDEX
from evp.core.errors import FaceNotFoundError, InputError
from evp.core.face.fitted import fitted_points, neutral_landmarks, points_for, projected_points
from evp.core.face.head import load_head
from evp.core.fit import FitSettings, PersonShape, default_camera, fit_face
from evp.core.progress import finish
from evp.core.records import Camera, FaceState, Track

SIZE = (640, 480)
MOVING = (
    "jawOpen",
    "mouthSmileLeft",
    "mouthSmileRight",
    "browInnerUp",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "mouthPucker",
    "mouthFunnel",
    "eyeLookOutLeft",
    "eyeLookInRight",
)


class Truth:
    def __init__(
        self, frames: int, noise: float = 0.15, camera: Camera | None = None, own_jaw: float = 0.0
    ):
        random = np.random.default_rng(5)
        head = load_head()
        self.times = np.arange(frames) / 25.0
        self.camera = camera or default_camera(*SIZE)
        self.identity = random.normal(0, 0.7, 50)
        self.expression = np.zeros((frames, 52))
        for name in MOVING:
            curve = gaussian_filter1d(random.normal(size=frames), 3, mode="nearest")
            curve = np.clip(curve / (np.abs(curve).max() + 1e-9), 0, 1)
            self.expression[:, SHAPE_INDEX[name]] = 0.8 * curve
        angles = np.stack([12 * np.sin(self.times * 2), 6 * np.sin(self.times * 3), 0 * self.times])
        turn = Rotation.from_euler("yxz", angles.T, degrees=True).as_matrix()
        self.rotation = np.diag([1.0, -1.0, -1.0]) @ turn
        self.translation = np.stack(
            [0.01 * np.sin(self.times), 0 * self.times + 0.02, 0 * self.times + 0.9], axis=1
        )
        shape = head.shape(self.identity)
        points = head.landmarks(shape) + np.tensordot(
            self.expression, head.landmark_expression_basis, axes=1
        )
        # A person whose jaw opens to the left.
        jaw = np.abs(head.landmark_expression_basis[SHAPE_INDEX["jawOpen"], :, 1])
        points[..., 0] += own_jaw * jaw * self.expression[:, SHAPE_INDEX["jawOpen"], None]
        points = np.einsum("tij,tlj->tli", self.rotation, points) + self.translation[:, None]
        pixels = self.camera.project(points) + random.normal(0, noise, (frames, 478, 2))
        # As the detector gives it: pixels from the middle of the head, away from the camera.
        depth = (points[..., 2:] - self.translation[:, None, 2:]) * self.camera.focal / 0.9
        landmarks = np.concatenate([pixels, depth], axis=2)
        self.track = Track(
            landmarks.astype(np.float32),
            self.expression.astype(np.float32),
            np.ones(frames),
            np.full(frames, FaceState.SEEN),
            np.zeros(frames, dtype=int),
        )


@pytest.fixture(scope="module")
def truth():
    return Truth(60)


@pytest.fixture(scope="module")
def fit(truth):
    return finish(fit_face(SIZE, truth.track, None, None, truth.times))


def test_landmarks_are_met_to_a_fraction_of_a_pixel(fit, truth):
    apart = np.linalg.norm(projected_points(fit) - truth.track.landmarks[..., :2], axis=2)
    assert apart.mean() < 0.5
    assert fit.error.max() < 0.006


def test_the_head_turns_as_it_did(fit, truth):
    difference = Rotation.from_matrix(fit.rotation @ truth.rotation.transpose(0, 2, 1))
    assert np.degrees(difference.magnitude()).mean() < 1.5


def test_curves_come_back(fit, truth):
    for name in MOVING:
        index = SHAPE_INDEX[name]
        match = np.corrcoef(fit.expression[:, index], truth.expression[:, index])[0, 1]
        assert match > 0.9, name
    assert fit.expression.min() >= 0 and fit.expression.max() <= 1


def test_the_person_comes_back(fit, truth):
    head = load_head()
    wanted = head.landmarks(head.shape(truth.identity))
    found = neutral_landmarks(fit)
    # A face alone does not tell its size from its distance.
    scale = np.linalg.norm(wanted - wanted.mean(0)) / np.linalg.norm(found - found.mean(0))
    apart = (found - found.mean(0)) * scale - (wanted - wanted.mean(0))
    assert np.linalg.norm(apart[:, :2], axis=1).mean() < 0.0025


def test_fitted_points_are_on_the_fitted_head(fit):
    head = load_head()
    shape = head.shape(fit.identity, fit.offset)
    vertices = head.vertices(shape, fit.expression[7], fit.own_shapes)
    np.testing.assert_allclose(head.landmarks(vertices), fitted_points(fit)[7], atol=1e-9)
    np.testing.assert_allclose(points_for(fit, fit.expression * 0)[3], neutral_landmarks(fit))


def test_a_person_opens_the_mouth_in_an_own_way_also_in_frames_not_seen():
    truth = Truth(90, own_jaw=0.25)
    early, late = np.arange(60), np.arange(60, 90)
    known = finish(fit_face(SIZE, truth.track.take(early), None, None, truth.times[early]))
    assert known.own_shapes is not None
    errors = []
    for own in (None, known.own_shapes):
        person = PersonShape(known.identity, known.offset, own)
        track = truth.track.take(late)
        fit = finish(fit_face(SIZE, track, None, None, truth.times[late], person))
        errors.append(fit.error.mean())
    assert errors[1] < 0.8 * errors[0]


def test_lost_frames_are_skipped_and_hold_the_nearest_pose(truth):
    state = np.array(truth.track.state)
    state[[0, 1, 30]] = FaceState.LOST
    landmarks = truth.track.landmarks.copy()
    landmarks[[0, 1, 30]] = np.nan
    track = Track(landmarks, truth.track.scores, truth.track.confidence, state, truth.track.segment)
    fit = finish(fit_face(SIZE, track, None, None, truth.times))
    assert not fit.valid[[0, 1, 30]].any() and fit.valid.sum() == 57
    np.testing.assert_array_equal(fit.rotation[0], fit.rotation[2])
    assert np.isnan(fit.error[30]) and np.isfinite(fit.translation).all()


def test_a_single_frame_can_be_fitted():
    truth = Truth(1)
    fit = finish(fit_face(SIZE, truth.track))
    assert fit.error[0] < 0.01


def test_a_known_camera_is_used_as_given():
    camera = Camera(900.0, np.array([300.0, 260.0]), *SIZE)
    truth = Truth(12, camera=camera)
    fit = finish(fit_face(SIZE, truth.track, None, camera, truth.times))
    assert fit.camera.focal == 900.0
    assert fit.error.mean() < 0.006


def test_a_camera_of_another_shape_is_refused(truth):
    camera = Camera(900.0, np.array([300.0, 260.0]), 640, 640)
    with pytest.raises(InputError, match="640x640"):
        finish(fit_face(SIZE, truth.track, None, camera, truth.times))


def test_blocks_do_not_show(truth, fit):
    settings = FitSettings(block=17, overlap=8)
    pieces = finish(
        fit_face(SIZE, truth.track, settings, None, truth.times,
                 PersonShape(fit.identity, fit.offset, fit.own_shapes))
    )  # fmt: skip
    assert np.abs(projected_points(pieces) - projected_points(fit)).max() < 0.4


def test_the_neutral_frame_can_be_chosen(truth):
    settings = FitSettings(neutral_frame=20)
    fit = finish(fit_face(SIZE, truth.track, settings, None, truth.times))
    assert fit.valid.all()
    with pytest.raises(InputError, match="neutral frame"):
        finish(fit_face(SIZE, truth.track, FitSettings(neutral_frame=99), None, truth.times))


def test_a_track_without_a_face_is_refused(truth):
    lost = Track(
        truth.track.landmarks * np.nan, truth.track.scores, truth.track.confidence,
        truth.track.state * 0, truth.track.segment,
    )  # fmt: skip
    with pytest.raises(FaceNotFoundError):
        finish(fit_face(SIZE, lost))


def test_the_motion_of_a_known_camera_is_kept_and_must_last_the_shot():
    world = np.tile(np.eye(4), (6, 1, 1))
    world[:, 0, 3] = np.linspace(0, 0.1, 6)
    camera = Camera(900.0, np.array([300.0, 260.0]), *SIZE, world)
    truth = Truth(6, camera=camera)
    fit = finish(fit_face(SIZE, truth.track, None, camera, truth.times))
    np.testing.assert_array_equal(fit.camera.world, world)
    with pytest.raises(InputError, match="4 frames and the shot has 6"):
        short = dataclasses.replace(camera, world=world[:4])
        finish(fit_face(SIZE, truth.track, None, short, truth.times))


def test_landmarks_beyond_the_edge_of_the_plate_do_not_bend_the_face():
    camera = Camera(1400.0, np.array([-15.0, 240.0]), *SIZE)
    truth = Truth(24, camera=camera)
    outside = truth.track.landmarks[..., 0] < 0
    assert 0.4 < outside.mean() < 0.6
    landmarks = truth.track.landmarks.copy()
    landmarks[outside, 0] += 8.0
    track = dataclasses.replace(truth.track, landmarks=landmarks)
    known = PersonShape(truth.identity, np.zeros_like(load_head().neutral))
    fit = finish(fit_face(SIZE, track, None, camera, truth.times, known))
    apart = np.linalg.norm(projected_points(fit) - truth.track.landmarks[..., :2], axis=2)
    assert apart[~outside].mean() < 1.6
    assert apart[outside].mean() < 4.5
