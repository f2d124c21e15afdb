from pathlib import Path

import numpy as np
import pytest

from evp.core.arkit import SHAPE_INDEX
from evp.core.records import EMOTIONS
from evp.models.speech.acted import learn_expressions
from evp.models.speech.datasets import Recording
from evp.models.speech.prepare import Prepared
from evp.models.speech.utterances import Heard

SMILE, BLINK = SHAPE_INDEX["mouthSmileLeft"], SHAPE_INDEX["eyeBlinkLeft"]
HAPPY, ANGRY = EMOTIONS.index("happy"), EMOTIONS.index("angry")


def face(speaker: str, emotion: str, smile: float, frames: int = 20) -> Prepared:
    expression = np.zeros((frames, 52))
    expression[:, SMILE] = smile
    expression[:, BLINK] = 0.8
    expression[3] = np.nan
    sound = Heard(np.zeros((4, 12)), np.zeros((2, 8)), np.zeros((2, 8)), np.ones(4, bool))
    recording = Recording(Path("x"), "made", speaker, "1", EMOTIONS.index(emotion), True)
    return Prepared(recording, sound, np.arange(frames) / 25, expression, np.zeros((478, 3)))


def test_an_expression_is_what_an_emotion_adds_to_the_actors_own_neutral_face() -> None:
    """One actor always smiles a little; another has more recordings; neither counts more."""
    learned = learn_expressions(
        [
            face("a", "neutral", 0.3),
            face("a", "happy", 0.5),
            face("b", "neutral", 0.0),
            *[face("b", "happy", 0.6)] * 5,
        ]
    )
    assert learned[HAPPY, SMILE] == pytest.approx(0.4)
    assert learned[HAPPY, BLINK] == 0.0


def test_of_an_emotion_nobody_shows_nothing_is_learned() -> None:
    learned = learn_expressions([face("a", "neutral", 0.0), face("a", "happy", 0.5)])
    assert not learned[ANGRY].any()


def test_an_actor_without_a_neutral_recording_is_not_learned_from() -> None:
    learned = learn_expressions([face("a", "happy", 0.5)])
    assert not learned[HAPPY].any()
