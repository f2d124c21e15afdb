import dataclasses
import tracemalloc
from typing import Any

import numpy as np
import pytest
from jaw_network import Jaw

from evp.core.arkit import SHAPE_INDEX, SHAPE_NAMES
from evp.core.expressions import EXPRESSIONS
from evp.core.face.head import load_head
from evp.core.perform import PerformSettings, perform
from evp.core.records import EMOTIONS, FloatArray, SpeechCode
from evp.core.solve_shapes import ShapeSolver

FRAMES = 40


def code(activity: FloatArray | None = None) -> SpeechCode:
    opening = 0.2 + 0.2 * np.sin(np.arange(FRAMES))
    return SpeechCode(
        content=np.repeat(opening[:, None], 304, axis=1),
        emotion=np.zeros((FRAMES, 128)),
        probabilities=np.full((FRAMES, 8), 0.125),
        closure=np.zeros(FRAMES),
        activity=np.ones(FRAMES) if activity is None else activity,
        presence=np.ones(FRAMES),
    )


def only(emotion: str) -> FloatArray:
    weights = np.zeros((FRAMES, 8))
    weights[:, EMOTIONS.index(emotion)] = 1.0
    return weights


def neutral() -> FloatArray:
    head = load_head()
    return head.landmarks(head.neutral)


def act(emotion: str, activity: FloatArray | None = None, gain: float = 1.0) -> FloatArray:
    settings = PerformSettings(mouth_gain=gain)
    made = perform(code(activity), only(emotion), neutral(), Jaw(), settings)  # type: ignore[arg-type]
    return made.expression


def gap(expression: FloatArray) -> FloatArray:
    moved = np.tensordot(expression, load_head().landmark_expression_basis, axes=1)
    return np.asarray(ShapeSolver.lip_gaps(moved).mean(axis=1))


def test_the_face_shows_what_the_network_has_learned_of_an_emotion() -> None:
    class Sneerer(Jaw):
        expressions = np.zeros_like(EXPRESSIONS)

    Sneerer.expressions[EMOTIONS.index("happy"), SHAPE_INDEX["noseSneerLeft"]] = 0.6
    made = perform(code(), only("happy"), neutral(), Sneerer())  # type: ignore[arg-type]
    assert made.expression[:, SHAPE_INDEX["noseSneerLeft"]].mean() > 0.4
    assert made.expression[:, SHAPE_INDEX["mouthSmileLeft"]].mean() < 0.1


def test_happy_smiles_sad_raises_the_inner_brow_angry_lowers_brows() -> None:
    assert act("happy")[:, SHAPE_INDEX["mouthSmileLeft"]].mean() > 0.4
    assert act("sad")[:, SHAPE_INDEX["browInnerUp"]].mean() > 0.5
    assert act("sad")[:, SHAPE_INDEX["mouthFrownRight"]].mean() > 0.3
    assert act("angry")[:, SHAPE_INDEX["browDownLeft"]].mean() > 0.5


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_the_mouth_keeps_its_content_in_every_emotion(emotion: str) -> None:
    own, other = gap(act("neutral")), gap(act(emotion))
    assert np.corrcoef(own, other)[0, 1] > 0.95
    closed = own < 0.001
    assert other[closed].max(initial=0.0) < 0.0025


def test_brows_lids_and_cheeks_are_the_emotions_alone() -> None:
    """A network moves brows along with the mouth; a neutral line leaves them at rest."""

    class Frowner(Jaw):
        def displace(self, *arguments: Any) -> FloatArray:
            frown = np.zeros(52)
            frown[[SHAPE_INDEX[n] for n in ("browDownLeft", "eyeSquintRight", "noseSneerLeft")]] = (
                0.6
            )
            moved = super().displace(*arguments)
            return np.asarray(moved + load_head().displacement(frown))

    upper = [i for n, i in SHAPE_INDEX.items() if n.startswith(("brow", "eye", "cheekS", "nose"))]
    for emotion in ("neutral", "surprised", "angry"):
        made = perform(code(), only(emotion), neutral(), Frowner()).expression  # type: ignore[arg-type]
        asked = EXPRESSIONS[EMOTIONS.index(emotion)]
        np.testing.assert_allclose(made[:, upper], np.tile(asked[upper], (FRAMES, 1)), atol=1e-6)


def test_silence_closes_the_mouth_within_three_frames() -> None:
    activity = np.ones(FRAMES)
    activity[20:] = 0.0
    opened = gap(act("neutral", activity))
    assert opened[:18].max() > 0.005
    assert np.abs(opened[23:]).max() < 0.001


def test_lips_may_part_for_breath_before_the_voice() -> None:
    activity = np.ones(FRAMES)
    activity[:15] = 0.0
    opened = gap(act("neutral", activity))
    assert np.abs(opened[:3]).max() < 0.001
    assert opened[7:9].min() > 0.005


def test_blinks_and_gaze_are_left_to_the_plate() -> None:
    still = [i for i, name in enumerate(SHAPE_NAMES) if name.startswith(("eyeBlink", "eyeLook"))]
    for emotion in EMOTIONS:
        expression = act(emotion)
        assert not expression[:, still].any()
        assert expression.min() >= 0.0
        assert expression.max() <= 1.0


def test_gain_scales_the_mouth() -> None:
    assert gap(act("neutral", gain=1.5)).std() == pytest.approx(
        1.5 * gap(act("neutral")).std(), rel=0.1
    )


def test_half_an_emotion_is_half_the_expression() -> None:
    weights = 0.5 * only("happy") + 0.5 * only("neutral")
    half = perform(code(), weights, neutral(), Jaw()).expression  # type: ignore[arg-type]
    smile = SHAPE_INDEX["mouthSmileLeft"]
    assert half[:, smile].mean() == pytest.approx(0.5 * act("happy")[:, smile].mean(), abs=0.1)


def test_a_heard_emotion_is_acted_as_small_as_people_do_and_a_doubted_one_not() -> None:
    sure, doubted = np.eye(8)[EMOTIONS.index("happy")], np.full(8, 0.125)
    probabilities = np.stack([sure if t < FRAMES // 2 else doubted for t in range(FRAMES)])
    heard = dataclasses.replace(code(), probabilities=probabilities)
    felt = perform(heard, None, neutral(), Jaw()).emotion  # type: ignore[arg-type]
    assert felt[: FRAMES // 2, EMOTIONS.index("happy")] == pytest.approx(0.3)
    assert felt[FRAMES // 2 :, EMOTIONS.index("neutral")] == pytest.approx(1.0)
    chosen = PerformSettings(heard_gain=1.0)
    felt = perform(heard, None, neutral(), Jaw(), chosen).emotion  # type: ignore[arg-type]
    assert felt[: FRAMES // 2, EMOTIONS.index("happy")] == pytest.approx(1.0)


def test_a_long_line_is_performed_without_holding_its_landmarks() -> None:
    long = dataclasses.replace(
        code(),
        content=np.full((6000, 304), 0.2, np.float32),
        emotion=np.zeros((6000, 128), np.float32),
        probabilities=np.full((6000, 8), 0.125),
        closure=np.zeros(6000),
        activity=np.tile(np.repeat([1.0, 0.0], 50), 60),
        presence=np.ones(6000),
    )
    tracemalloc.start()
    perform(long, None, neutral(), Jaw())  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    landmarks = 6000 * 478 * 3 * 8
    assert peak < 0.6 * landmarks


def test_an_action_stays_itself_and_is_not_made_of_others() -> None:
    smile = act("happy").mean(axis=0)
    assert smile[SHAPE_INDEX["mouthSmileLeft"]] > 0.6
    assert smile[SHAPE_INDEX["mouthUpperUpLeft"]] < 0.15


@pytest.mark.parametrize("emotion", ["neutral", "angry", "happy", "surprised"])
def test_lips_touch_where_b_m_or_p_is_heard(emotion: str) -> None:
    plain = gap(act(emotion, gain=0.4))
    touched = plain > np.quantile(plain, 0.8)
    heard = dataclasses.replace(code(), closure=touched.astype(float))
    settings = PerformSettings(mouth_gain=0.4)
    made = perform(heard, only(emotion), neutral(), Jaw(), settings)  # type: ignore[arg-type]
    assert plain[touched].min() > 0.002
    assert gap(made.expression)[touched].max() < 0.0015
    np.testing.assert_allclose(gap(made.expression)[~touched], plain[~touched], atol=1e-4)
