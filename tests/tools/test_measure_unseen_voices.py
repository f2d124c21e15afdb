from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from evp.core.records import EMOTIONS
from evp.models.speech.datasets import Recording
from evp.models.speech.disentangle import DisentangleSettings
from evp.models.speech.hear_emotion import EmotionSettings
from evp.models.speech.prepare import Prepared
from evp.models.speech.utterances import Heard

CHECKOUT = Path(__file__).parents[2]
QUICK = DisentangleSettings(steps=2, emotion=EmotionSettings(steps=40, calibrate=False))


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "measure_unseen_voices", CHECKOUT / "tools/measure_unseen_voices.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def spoken(name: str, speaker: str, emotion: str, has_face: bool = False) -> Prepared:
    """A second of features that an emotion shifts by much and a voice by little."""
    random = np.random.default_rng(list(f"{name}{speaker}{emotion}".encode()))
    rows = random.normal(size=(50, 384)).astype(np.float32)
    shifted = 40 * EMOTIONS.index(emotion)
    rows[:, shifted : shifted + 40] += 2.0
    rows[:, 360 + int(speaker)] += 1.0
    heard = Heard(np.zeros((100, 12), np.float32), rows, rows, np.ones(100, bool))
    recording = Recording(Path(name), "javanese", speaker, "", EMOTIONS.index(emotion), has_face)
    return Prepared(recording, heard, np.zeros(0), np.zeros((0, 52)), np.zeros((478, 3)))


def test_every_voice_is_left_out_once_with_its_share_of_the_larger_corpus(tool: ModuleType) -> None:
    left_out = tool.turns(["a/1", "a/2", "b/1", "b/2", "b/3", "b/4", "b/5", "a/1"])
    assert left_out == [{"a/1", "b/1", "b/3", "b/5"}, {"a/2", "b/2", "b/4"}]


def test_voices_are_judged_by_an_ear_that_never_heard_them(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    items = [
        spoken(f"{take}{emotion}", speaker, emotion, has_face=take == 2)
        for speaker in ("1", "2", "3")
        for emotion in ("angry", "neutral", "sad")
        for take in range(3)
    ]
    learned: list[set[str]] = []
    real = tool.train

    def watched(takes: list, settings: DisentangleSettings) -> object:
        learned.append({take.voice for take in takes})
        return real(takes, settings)

    monkeypatch.setattr(tool, "train", watched)
    tool.measure(items, QUICK)
    every = {"javanese/1", "javanese/2", "javanese/3"}
    assert learned == [every - {name} for name in sorted(every)]
    printed = capsys.readouterr().out
    assert "javanese 18 recordings, 3 emotions: 100.0 %, voice known 100.0 %" in printed
