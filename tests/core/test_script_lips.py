from typing import Any

import numpy as np
import pytest
from jaw_network import Jaw

from evp.core.arkit import SHAPE_INDEX
from evp.core.face.head import load_head
from evp.core.perform import perform
from evp.core.records import FloatArray, SpeechCode, SpokenSounds
from evp.core.script_lips import asked_shapes, script_lips, shaped_gaps
from evp.core.solve_shapes import ShapeSolver
from evp.core.speech_sounds import SOUND_INDEX

TIMES = np.arange(50) / 25.0


def laid(*sounds: tuple[str, float, float], certainty: float = 0.9) -> SpokenSounds:
    names = [name for name, _, _ in sounds]
    return SpokenSounds(
        sounds=np.array([SOUND_INDEX[name] for name in names]),
        phones=np.array(names),
        words=np.array(names),
        start=np.array([start for _, start, _ in sounds]),
        end=np.array([end for _, _, end in sounds]),
        certainty=np.full(len(names), certainty),
    )


def gaps(script: SpokenSounds, opening: float, times: FloatArray = TIMES) -> FloatArray:
    """What becomes of lips that the network holds open by so many metres."""
    lips = script_lips(script, times, 25.0)
    return shaped_gaps(np.full((len(times), 3), opening), lips).mean(axis=1)


@pytest.mark.parametrize("begin", np.linspace(0.5, 0.54, 5))
def test_lips_touch_in_the_shortest_closure_wherever_frames_fall(begin: float):
    made = gaps(laid(("a", 0.2, begin), ("p", begin, begin + 0.03), ("a", begin + 0.03, 0.8)), 0.01)
    assert made.min() <= 0.0
    assert (made > 0.008).sum() > 40


def test_lips_stay_together_through_m():
    made = gaps(laid(("m", 0.4, 0.8)), 0.01)
    assert (made[(TIMES > 0.42) & (TIMES < 0.78)] <= 0.0).all()


def test_vowels_are_not_closed():
    made = gaps(laid(("a", 0.4, 0.8)), 0.0)
    assert made[(TIMES > 0.45) & (TIMES < 0.75)].min() >= 0.001


def test_what_is_unsure_is_left_to_the_network():
    assert gaps(laid(("p", 0.4, 0.5), certainty=0.02), 0.01).min() == pytest.approx(0.01)


def test_f_puts_the_lower_lip_to_the_teeth_and_o_the_lips_forward():
    lips = script_lips(laid(("f", 0.4, 0.5), ("o", 1.2, 1.4)), TIMES, 25.0)
    asked = asked_shapes(lips)
    biting, rounding = int(0.45 * 25), int(1.3 * 25)
    assert asked[biting, SHAPE_INDEX["mouthRollLower"]] > 0.3
    assert asked[rounding, SHAPE_INDEX["mouthPucker"]] > 0.15
    assert asked[rounding, SHAPE_INDEX["mouthRollLower"]] == 0.0
    opened = shaped_gaps(np.full((50, 3), 0.01), lips).mean(axis=1)
    assert 0.0 < opened[biting] < 0.003


def test_a_performance_with_a_script_touches_bites_and_leaves_the_rest_alone():
    head = load_head()
    opening = np.full(50, 0.3)
    code = SpeechCode(
        content=np.repeat(opening[:, None], 256, axis=1),
        emotion=np.zeros((50, 128)),
        probabilities=np.full((50, 8), 0.125),
        closure=np.zeros(50),
        activity=np.ones(50),
        presence=np.ones(50),
    )
    neutral, emotion = head.landmarks(head.neutral), np.tile(np.eye(8)[5], (50, 1))
    script = laid(("a", 0.2, 0.6), ("m", 0.6, 0.7), ("a", 0.7, 1.2), ("f", 1.2, 1.3), ("a", 1.3, 2))

    def act(laid_script: SpokenSounds | None) -> FloatArray:
        network: Any = Jaw()
        made = perform(code, emotion, neutral, network, script=laid_script, times=TIMES)
        return made.expression

    def opened(expression: FloatArray) -> FloatArray:
        return np.asarray(ShapeSolver.lip_gaps(head.displacement(expression)).mean(axis=1))

    plain, scripted = act(None), act(script)
    together, biting = round(0.65 * 25), round(1.25 * 25)
    assert opened(plain).min() > 0.006
    assert opened(scripted)[together] < 0.0006
    assert 0.0 < opened(scripted)[biting] < 0.003
    roll = SHAPE_INDEX["mouthRollLower"]
    assert scripted[biting, roll] > plain[biting, roll] + 0.2
    far = np.r_[5:12, 20:27, 36:48]
    assert opened(scripted)[far] == pytest.approx(opened(plain)[far], abs=0.0005)
