import itertools

import numpy as np
import pytest

from evp.core.arkit import SHAPE_INDEX
from evp.core.expressions import EXPRESSIONS
from evp.core.face.head import load_head
from evp.core.records import EMOTIONS, FloatArray
from evp.core.solve_shapes import ShapeSolver

INNER_BROW, OUTER_BROW, UPPER_LID, LOWER_LID, CORNER = 107, 70, 159, 145, 61


def weight(emotion: str, shape: str) -> float:
    return float(EXPRESSIONS[EMOTIONS.index(emotion), SHAPE_INDEX[shape]])


def raised(emotion: str, landmark: int) -> float:
    """Millimetres by which an emotion lifts a landmark of the head's right side."""
    moved = load_head().displacement(EXPRESSIONS[EMOTIONS.index(emotion)])
    return float(1000.0 * moved[landmark, 1])


def test_each_emotion_shows_its_facial_actions() -> None:
    assert weight("happy", "mouthSmileLeft") > 0.5
    assert weight("happy", "cheekSquintRight") > 0.3
    assert weight("sad", "browInnerUp") > 0.5
    assert weight("sad", "mouthFrownLeft") > 0.4
    assert weight("angry", "browDownRight") > 0.5
    assert weight("surprised", "browOuterUpLeft") > 0.5
    assert weight("fear", "eyeWideLeft") > 0.5
    assert weight("disgusted", "noseSneerLeft") > 0.5


def test_contempt_is_one_sided_and_neutral_is_rest() -> None:
    assert weight("contempt", "mouthSmileLeft") > weight("contempt", "mouthSmileRight")
    assert not EXPRESSIONS[EMOTIONS.index("neutral")].any()


def test_no_emotion_blinks_or_looks_aside() -> None:
    still = [i for name, i in SHAPE_INDEX.items() if name.startswith(("eyeBlink", "eyeLook"))]
    assert not EXPRESSIONS[:, still].any()
    assert np.all((EXPRESSIONS >= 0) & (EXPRESSIONS <= 1))


def test_brows_lids_and_corners_move_by_millimetres() -> None:
    assert raised("surprised", INNER_BROW) > 3 and raised("surprised", OUTER_BROW) > 3
    assert raised("fear", INNER_BROW) > 2 and raised("fear", OUTER_BROW) < 0
    for emotion in ("surprised", "fear"):
        assert raised(emotion, UPPER_LID) > 2
    assert raised("sad", INNER_BROW) - raised("sad", OUTER_BROW) > 2.5
    assert raised("sad", CORNER) < -3
    assert raised("angry", INNER_BROW) < -4
    assert raised("angry", INNER_BROW) - raised("angry", OUTER_BROW) < -2.5
    assert raised("disgusted", INNER_BROW) < -3 and raised("disgusted", LOWER_LID) > 2
    assert raised("happy", CORNER) > 6 and raised("happy", LOWER_LID) > 1


@pytest.mark.parametrize(("one", "other"), itertools.combinations(EMOTIONS, 2))
def test_no_two_emotions_look_alike_around_the_eyes(one: str, other: str) -> None:
    """Somewhere on brows and lids they are a millimetre apart."""
    moved = load_head().displacement(EXPRESSIONS)
    apart = moved[EMOTIONS.index(one)] - moved[EMOTIONS.index(other)]
    brows_and_lids = [INNER_BROW, OUTER_BROW, UPPER_LID, LOWER_LID, 336, 300, 386, 374]
    assert np.linalg.norm(apart[brows_and_lids], axis=1).max() > 0.001


def test_whether_the_lips_are_open_is_left_to_the_speech() -> None:
    opened: FloatArray = ShapeSolver.lip_gaps(load_head().displacement(EXPRESSIONS))
    assert np.abs(opened).max() < 0.002
