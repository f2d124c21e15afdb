import json
from pathlib import Path

import numpy as np
import pytest

from evp.core.emotion import parse_emotion, read_emotion_curve
from evp.core.errors import InputError
from evp.core.records import EMOTIONS


def weight(curve, name: str, time: float) -> float:
    return float(curve.sample(np.array([time]))[0, EMOTIONS.index(name)])


def test_one_emotion_holds_for_the_whole_shot_and_the_rest_is_neutral():
    curve = parse_emotion("happy:0.8")
    assert weight(curve, "happy", 0) == weight(curve, "happy", 99) == pytest.approx(0.8)
    assert weight(curve, "neutral", 5) == pytest.approx(0.2)


def test_emotions_can_be_blended():
    curve = parse_emotion("sad:0.5, fear:0.3")
    assert [weight(curve, n, 0) for n in ("sad", "fear", "neutral")] == pytest.approx(
        [0.5, 0.3, 0.2]
    )


def test_a_curve_is_linear_between_its_keyframes(tmp_path: Path):
    path = tmp_path / "curve.json"
    path.write_text(json.dumps([{"time": 1, "neutral": 1}, {"time": 3, "angry": 1}]))
    curve = read_emotion_curve(path)
    assert [weight(curve, "angry", t) for t in (0, 1, 2, 3, 9)] == pytest.approx([0, 0, 0.5, 1, 1])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("joyful", "no emotion 'joyful'"),
        ("happy:lots", "must be a number"),
        ("happy:1.5", "must be in 0..1"),
        ("happy:0.8,sad:0.8", "sum to 1.6"),
        ("", "no emotion ''"),
    ],
)
def test_an_emotion_that_makes_no_sense_is_explained(text: str, complaint: str):
    with pytest.raises(InputError, match=complaint):
        parse_emotion(text)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "not valid JSON"),
        ("3", "list of keyframes"),
        ("[]", "no keyframe"),
        ('[{"happy": 1}]', "time is None"),
        ('[{"time": 1, "happy": 1}, {"time": 1}]', "keyframe 2"),
        ('[{"time": 0, "happy": true}]', "must be a number"),
    ],
)
def test_a_curve_that_makes_no_sense_is_explained(tmp_path: Path, content: str, complaint: str):
    path = tmp_path / "curve.json"
    path.write_text(content)
    with pytest.raises(InputError, match=complaint):
        read_emotion_curve(path)
