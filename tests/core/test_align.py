import dataclasses

import numpy as np
import pytest
from still_head import still_fit

from evp.core.align import AlignSettings, align
from evp.core.arkit import SHAPE_INDEX
from evp.core.face.fitted import projected_points
from evp.core.records import FaceFit, FaceState, Performance, Track

FRAMES = 3
UPPER, LOWER, CHIN, BROW, LID = 13, 14, 152, 105, 159


@pytest.fixture
def fit() -> FaceFit:
    expression = np.zeros((FRAMES, 52))
    expression[:, SHAPE_INDEX["eyeBlinkLeft"]] = [0.0, 0.5, 1.0]
    expression[:, SHAPE_INDEX["browInnerUp"]] = 0.4
    expression[:, SHAPE_INDEX["jawOpen"]] = 0.3
    return still_fit(expression, (640, 360), (0.0, 0.0, 0.9))


@pytest.fixture
def track(fit: FaceFit) -> Track:
    """Landmarks as seen: the fit's, with an error of a pixel or so."""
    random = np.random.default_rng(0)
    landmarks = np.zeros((FRAMES, 478, 3))
    landmarks[..., :2] = projected_points(fit) + random.normal(0, 0.7, (FRAMES, 478, 2))
    return Track(
        landmarks,
        np.zeros((FRAMES, 52)),
        np.ones(FRAMES),
        np.full(FRAMES, FaceState.SEEN),
        np.zeros(FRAMES, int),
    )


def acting(presence: float = 1.0, **shapes: float) -> Performance:
    expression = np.zeros((FRAMES, 52))
    for name, weight in shapes.items():
        expression[:, SHAPE_INDEX[name]] = weight
    rows = np.full(FRAMES, presence)
    return Performance(expression, np.zeros((FRAMES, 8)), rows)


def test_without_speech_the_face_is_the_plates_to_the_last_bit(fit, track):
    aligned = align(fit, track, acting(presence=0.0, jawOpen=1.0), AlignSettings())
    assert np.array_equal(aligned.landmarks, aligned.plate_landmarks)
    assert not aligned.changed.any()


def test_an_opening_jaw_moves_chin_and_lower_lip_down_in_the_picture(fit, track):
    still = align(fit, track, acting(jawOpen=0.3), AlignSettings())
    wide = align(fit, track, acting(jawOpen=0.9), AlignSettings())
    moved = wide.landmarks - still.landmarks
    assert (moved[:, [LOWER, CHIN], 1] > 3).all()
    assert np.abs(moved[:, BROW]).max() < 0.5


def test_closed_lips_touch_and_never_cross(fit, track):
    aligned = align(fit, track, acting(mouthClose=0.0), AlignSettings())
    gap = aligned.landmarks[:, LOWER, 1] - aligned.landmarks[:, UPPER, 1]
    eyes = np.linalg.norm(aligned.landmarks[:, 33] - aligned.landmarks[:, 263], axis=1)
    assert (np.abs(gap) / eyes < 0.003).all()


def test_the_plates_blinks_stay(fit, track):
    aligned = align(fit, track, acting(eyeBlinkLeft=0.0, jawOpen=0.3), AlignSettings())
    assert np.allclose(aligned.landmarks[:, LID], aligned.plate_landmarks[:, LID], atol=0.3)


@pytest.mark.parametrize("action", ["eyeWide", "eyeSquint"])
def test_widened_and_narrowed_eyes_close_when_the_plate_blinks(fit, track, action):
    """Its lids meet in the last frame; an emotion that held on would make them gape or cross."""
    fit.expression[:, [SHAPE_INDEX["eyeBlinkLeft"], SHAPE_INDEX["eyeBlinkRight"]]] = 0.0
    fit.expression[2, [SHAPE_INDEX["eyeBlinkLeft"], SHAPE_INDEX["eyeBlinkRight"]]] = 0.75
    performance = acting(**{action + "Left": 1.0, action + "Right": 1.0})
    made = align(fit, track, performance, AlignSettings()).expression
    assert made[:2, [SHAPE_INDEX[action + "Left"], SHAPE_INDEX[action + "Right"]]].min() > 0.95
    upper = [i for name, i in SHAPE_INDEX.items() if name.startswith(("brow", "eye", "cheekS"))]
    np.testing.assert_allclose(made[2, upper], fit.expression[2, upper], atol=0.02)


@pytest.mark.parametrize(
    ("choice", "weights"),
    [("plate", [0.4, 0.3, 0.9]), ("emotion", [0.7, 0.7, 0.7]), ("both", [0.7, 0.6, 1.0])],
)
def test_the_upper_face_is_whose_it_was_set_to_be(fit, track, choice, weights):
    """Without the plate's own movement the emotion stands on the rest this person has."""
    fit.expression[:, SHAPE_INDEX["browInnerUp"]] = [0.4, 0.3, 0.9]
    performance = acting(browInnerUp=0.3)
    aligned = align(fit, track, performance, AlignSettings(upper_face=choice))
    assert aligned.expression[:, SHAPE_INDEX["browInnerUp"]] == pytest.approx(weights)


def test_a_neutral_voice_moves_no_brow(fit, track):
    for choice in ("emotion", "both"):
        aligned = align(fit, track, acting(jawOpen=0.3), AlignSettings(upper_face=choice))
        moved = aligned.landmarks - aligned.plate_landmarks
        assert np.abs(moved[:, [BROW, 334, 159, 386]]).max() < 0.3


def test_frames_without_a_face_are_not_rendered(fit, track):
    lost = dataclasses.replace(track, state=np.array([1, 0, 1]))
    lost.landmarks[1] = np.nan
    aligned = align(fit, lost, acting(jawOpen=0.5), AlignSettings())
    assert aligned.valid.tolist() == [True, False, True]
    assert aligned.changed[1] == 0 and np.isfinite(aligned.landmarks).all()
