import numpy as np

from evp.core.arkit import SHAPE_INDEX
from evp.core.expressions import EXPRESSIONS
from evp.core.records import EMOTIONS


def weight(emotion: str, shape: str) -> float:
    return float(EXPRESSIONS[EMOTIONS.index(emotion), SHAPE_INDEX[shape]])


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
