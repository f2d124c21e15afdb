from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evp.core.errors import InputError
from evp.core.records import EmotionCurve
from evp.core.settings import ShotSettings, read_settings, write_settings


def test_settings_come_back_as_they_were_written(tmp_path: Path):
    curve = EmotionCurve(np.array([0.0, 1.0]), np.eye(8)[:2])
    settings = ShotSettings(
        tmp_path / "p.mp4",
        frames=(3, 9),
        plate_rate=Fraction(24000, 1001),
        emotion=curve,
        emotion_from=tmp_path / "a.wav",
        click=(3.5, 4.0),
        adapt_speech=False,
    )
    write_settings(tmp_path / "shot.json", settings)
    again = read_settings(tmp_path / "shot.json")
    assert again.audio is None and again.emotion is not None
    assert (again.emotion.weights == curve.weights).all()
    assert (again.frames, again.plate_rate) == (settings.frames, settings.plate_rate)
    assert again.adapt_speech is False
    assert (again.emotion_from, again.click) == (settings.emotion_from, settings.click)


def test_a_shot_of_another_version_is_read(tmp_path: Path):
    path = tmp_path / "shot.json"
    path.write_text('{"plate": "/p.mp4", "audio": "/a.wav", "seed": 3, "mood": "hello"}')
    assert read_settings(path) == ShotSettings(Path("/p.mp4"), Path("/a.wav"), seed=3)


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{",
        '{"audio": "/a.wav"}',
        '{"plate": 3}',
        '{"plate": null}',
        '{"plate": "/p", "plate_rate": "1/0"}',
        '{"plate": "/p", "frames": [1]}',
        '{"plate": "/p", "frames": ["a", "b"]}',
        '{"plate": "/p", "audio_offset": "x"}',
        '{"plate": "/p", "audio_offset": null}',
        '{"plate": "/p", "colour_space": 5}',
        '{"plate": "/p", "face": "left"}',
        '{"plate": "/p", "emotion": {"times": [0], "weights": [1, 2]}}',
        '{"plate": "/p", "extend": "loop"}',
        '{"plate": "/p", "adapt_speech": "no"}',
    ],
)
def test_damaged_settings_are_one_sentence(tmp_path: Path, content: str):
    path = tmp_path / "shot.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"shot\.json: the shot's settings are damaged"):
        read_settings(path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"focal": float("nan")},
        {"audio_offset": float("inf")},
        {"mouth_gain": -1.0},
        {"adapt_seconds": float("nan")},
        {"seed": -1},
        {"click": (float("nan"), 1.0)},
    ],
)
def test_a_value_no_stage_can_work_with_is_refused_at_once(wrong: dict[str, Any]):
    with pytest.raises(InputError, match=next(iter(wrong))):
        ShotSettings(Path("p.mp4"), **wrong)
