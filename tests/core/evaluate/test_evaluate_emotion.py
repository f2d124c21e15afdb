import numpy as np
import pytest

from evp.core.evaluate.emotion import linear_probe, own_nearer
from evp.core.records import EMOTIONS

ANGRY, FEAR, HAPPY, NEUTRAL = (
    EMOTIONS.index(name) for name in ("angry", "fear", "happy", "neutral")
)


def distances(**near: float) -> list[float]:
    return [near.get(name, 0.0) for name in EMOTIONS]


def test_an_own_emotion_is_counted_against_each_other_one() -> None:
    far = distances(angry=2.0, fear=1.0, happy=3.0, neutral=4.0)
    occurring = [ANGRY, FEAR, HAPPY, NEUTRAL]
    assert own_nearer(far, FEAR, occurring) == 1.0
    assert own_nearer(far, ANGRY, occurring) == pytest.approx(2 / 3)
    assert own_nearer(far, NEUTRAL, occurring) == 0.0


def test_emotions_that_no_clip_shows_are_no_rivals() -> None:
    far = distances(angry=2.0, happy=3.0)
    assert own_nearer(far, ANGRY, [ANGRY, HAPPY]) == 1.0


def test_a_probe_finds_what_holds_for_other_speakers_only() -> None:
    random = np.random.default_rng(0)
    labels = np.tile([ANGRY, HAPPY, NEUTRAL], 40)
    speakers = np.repeat(["a", "b", "c", "d"], 30)
    shown = np.eye(len(EMOTIONS))[labels] + 0.1 * random.standard_normal((120, len(EMOTIONS)))
    assert linear_probe(shown, labels, speakers) > 0.95
    nothing = random.standard_normal((120, len(EMOTIONS)))
    assert linear_probe(nothing, labels, speakers) < 0.5
