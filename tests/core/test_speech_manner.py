import dataclasses

import numpy as np
import pytest
from jaw_network import Jaw

from evp.core.arkit import SHAPE_INDEX
from evp.core.face.head import load_head
from evp.core.networks import SpeechNetwork
from evp.core.perform import PerformSettings, perform
from evp.core.records import EMOTIONS, FloatArray, SpeechCode, SpeechManner
from evp.core.solve_shapes import ShapeSolver
from evp.core.speech_manner import OwnSpeech, learn_manner

FRAMES = 400
NETWORK: SpeechNetwork = Jaw()  # type: ignore[assignment]
SETTINGS = PerformSettings()


def sound(seed: int) -> FloatArray:
    """Content whose first number opens the jaw, and whose second the network makes nothing of."""
    noise = np.random.default_rng(seed).normal(size=(FRAMES, 2))
    smooth = np.array([np.convolve(column, np.hanning(7), "same") for column in noise.T]).T
    content = np.zeros((FRAMES, 256))
    content[:, :2] = smooth / smooth.std(axis=0) * [0.06, 0.06] + [0.2, 0.0]
    return content


def code(content: FloatArray, activity: FloatArray | None = None) -> SpeechCode:
    frames = len(content)
    return SpeechCode(
        content=content,
        emotion=np.zeros((frames, 128)),
        probabilities=np.full((frames, 8), 0.125),
        closure=np.zeros(frames),
        activity=np.ones(frames) if activity is None else activity,
        presence=np.ones(frames),
    )


def smiler(content: FloatArray, amplitude: float = 1.2) -> FloatArray:
    """Somebody who opens the jaw wider than the network, and draws the corners apart as well."""
    expression = np.zeros((len(content), 52))
    opening = 0.2 + amplitude * (content[:, 0] - 0.2)
    expression[:, SHAPE_INDEX["jawOpen"]] = np.clip(opening, 0.0, 1.0)
    for side in ("Left", "Right"):
        expression[:, SHAPE_INDEX["mouthStretch" + side]] = np.clip(
            0.4 + 4.0 * content[:, 1], 0.0, 1.0
        )
    return expression


def neutral() -> FloatArray:
    head = load_head()
    return head.landmarks(head.neutral)


def own(expression: FloatArray, spoken: SpeechCode) -> OwnSpeech:
    displacement = load_head().displacement(expression)
    return OwnSpeech(spoken, displacement, np.ones(len(expression), bool), neutral())


def learn(expression: FloatArray, spoken: SpeechCode) -> SpeechManner:
    return learn_manner(own(expression, spoken), NETWORK, SETTINGS)


def act(spoken: SpeechCode, manner: SpeechManner | None, emotion: str = "neutral") -> FloatArray:
    weights = np.zeros((len(spoken.content), 8))
    weights[:, EMOTIONS.index(emotion)] = 1.0
    return perform(spoken, weights, neutral(), NETWORK, SETTINGS, manner=manner).expression


def gap(expression: FloatArray) -> FloatArray:
    moved = load_head().displacement(expression)
    return np.asarray(ShapeSolver.lip_gaps(moved).mean(axis=1))


@pytest.fixture(scope="module")
def manner() -> SpeechManner:
    return learn(smiler(sound(1)), code(sound(1)))


def test_new_words_move_the_mouth_as_this_person_does(manner: SpeechManner) -> None:
    words, stretch = sound(2), SHAPE_INDEX["mouthStretchLeft"]
    truth, made = smiler(words)[:, stretch], act(code(words), manner)[:, stretch]
    assert manner.learnt
    assert "16.0 s" in manner.note
    assert np.corrcoef(truth, made)[0, 1] > 0.8
    assert act(code(words), None)[:, stretch].std() < 0.1 * made.std()


def test_the_mouth_opens_as_far_as_this_person_does_and_closes_as_before(
    manner: SpeechManner,
) -> None:
    plain, adapted = gap(act(code(sound(2)), None)), gap(act(code(sound(2)), manner))
    assert 0.7 < adapted.std() / gap(smiler(sound(2))).std() < 1.0
    assert np.quantile(adapted, 0.1) == pytest.approx(np.quantile(plain, 0.1), abs=0.0008)


def test_the_emotion_comes_on_top_unchanged(manner: SpeechManner) -> None:
    words, smile = code(sound(2)), SHAPE_INDEX["mouthSmileLeft"]
    happy, still = act(words, manner, "happy"), act(words, manner)
    assert np.corrcoef(gap(happy), gap(still))[0, 1] > 0.95
    assert happy[:, smile].mean() == pytest.approx(
        act(words, None, "happy")[:, smile].mean(), abs=0.1
    )


def test_silence_still_closes_the_mouth(manner: SpeechManner) -> None:
    activity = np.ones(FRAMES)
    activity[200:] = 0.0
    made = gap(act(code(sound(2), activity), manner))
    assert made[:190].max() > 0.005
    assert np.abs(made[203:]).max() < 0.001


def test_what_moves_by_itself_is_not_learnt() -> None:
    restless = smiler(sound(1))
    restless[:, SHAPE_INDEX["mouthStretchLeft"]] = smiler(sound(7))[:, SHAPE_INDEX["jawOpen"]]
    restless[:, SHAPE_INDEX["mouthStretchRight"]] = 0.0
    made = act(code(sound(2)), learn(restless, code(sound(1))))
    assert made[:, SHAPE_INDEX["mouthStretchLeft"]].std() < 0.03


@pytest.mark.parametrize(
    ("expression", "spoken", "reason"),
    [
        (smiler(sound(5)), code(sound(1)), "does not fit its mouth"),
        (smiler(sound(1)), code(sound(1), np.zeros(FRAMES)), "speaking for 0.0 s"),
        (smiler(sound(1)[:50]), code(sound(1)[:50]), "speaking for 2.0 s"),
        (np.zeros((FRAMES, 52)), code(sound(1)), "does not fit its mouth"),
    ],
    ids=["a dub", "nobody speaks", "too short", "a still mouth"],
)
def test_nothing_changes_where_nothing_can_be_learnt(
    expression: FloatArray, spoken: SpeechCode, reason: str
) -> None:
    manner = learn(expression, spoken)
    assert not manner.learnt
    assert reason in manner.note
    np.testing.assert_array_equal(act(code(sound(2)), manner), act(code(sound(2)), None))


def test_frames_without_a_face_are_not_learnt_from() -> None:
    lost = own(smiler(sound(1)), code(sound(1)))
    valid = np.ones(FRAMES, bool)
    valid[100:150] = False
    lost.displacement[~valid] = 1.0
    made = learn_manner(dataclasses.replace(lost, valid=valid), NETWORK, SETTINGS)
    assert "14.0 s" in made.note
