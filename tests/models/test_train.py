from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from torch import Tensor

from evp.core.errors import InputError
from evp.core.records import EMOTIONS
from evp.models.speech.takes import Take
from evp.models.speech.train import emotion_prototypes
from evp.models.speech.utterances import Heard

HAPPY, SAD, NEUTRAL = (EMOTIONS.index(name) for name in ("happy", "sad", "neutral"))


def said(emotion: str, level: float, intensity: float = 1.0) -> Take:
    """An utterance whose emotion code is its level."""
    rows = np.full((20, 4), level)
    heard = Heard(np.zeros((40, 12)), rows, rows, np.ones(40, bool))
    return Take(heard, "made", "a", "1", EMOTIONS.index(emotion), intensity)


def networks() -> Any:
    def encode(measured: Tensor) -> Tensor:
        return measured[:, :2]

    return SimpleNamespace(emotion=encode)


def test_every_emotion_has_a_prototype_at_every_intensity() -> None:
    """RAVDESS says an emotion twice as normal (2/3) and strong; the weakest lies before both."""
    takes = [
        said("neutral", 0.0),
        said("happy", 4.0, 2 / 3),
        said("happy", 6.0, 2 / 3),
        said("happy", 7.0),
        said("sad", -3.0),
    ]
    prototypes = emotion_prototypes(networks(), takes)
    np.testing.assert_allclose(prototypes[HAPPY, :, 0], [2.5, 5.0, 7.0], atol=1e-5)
    np.testing.assert_allclose(prototypes[SAD, :, 0], [-1.0, -2.0, -3.0], atol=1e-5)
    assert not prototypes[NEUTRAL].any()
    assert not prototypes[EMOTIONS.index("contempt")].any()


def test_prototypes_need_neutral_speech() -> None:
    with pytest.raises(InputError, match="no neutral recording"):
        emotion_prototypes(networks(), [said("happy", 1.0)])
