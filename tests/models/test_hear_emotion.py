from dataclasses import replace

import numpy as np
import pytest
import torch

from evp.core.records import EMOTIONS, FloatArray
from evp.models.speech.encoders import EmotionEncoder
from evp.models.speech.hear_emotion import (
    EmotionSettings,
    EmotionTask,
    calibrate_emotion,
    pretrain_emotion,
)
from evp.models.speech.takes import Take
from evp.models.speech.utterances import Heard, statistics

ANGRY, SAD, NEUTRAL = (EMOTIONS.index(name) for name in ("angry", "sad", "neutral"))
CPU = torch.device("cpu")
SETTINGS = EmotionSettings(steps=60, batch=64)


def said(speaker: str, emotion: int, seed: int) -> Take:
    """An utterance whose emotion shifts some features and whose voice shifts others, more."""
    random = np.random.default_rng(seed)
    rows = random.normal(0.0, 1.0, (60, 384))
    rows[:, 20 * emotion : 20 * emotion + 20] += 0.5
    rows[:, 200:300] += 2.0 * np.random.default_rng(ord(speaker)).normal(0.0, 1.0, 100)
    heard = Heard(np.zeros((120, 12)), rows, rows.astype(np.float16), np.ones(120, bool))
    return Take(heard, "made", speaker, "1", emotion)


def said_by(voices: str, each: int = 6) -> list[Take]:
    return [
        said(voice, emotion, 100 * ord(voice) + 10 * number + emotion)
        for voice in voices
        for emotion in (ANGRY, SAD, NEUTRAL)
        for number in range(each)
    ]


def probabilities(encoder: EmotionEncoder, takes: list[Take]) -> FloatArray:
    measured = np.stack([statistics(t.heard) for t in takes])
    with torch.no_grad():
        logits = encoder.classify(encoder(torch.from_numpy(measured)))
    return torch.softmax(logits, dim=1).numpy()


@pytest.fixture(scope="module")
def trained() -> EmotionEncoder:
    encoder = EmotionEncoder(SETTINGS.dropout)
    pretrain_emotion(encoder, EmotionTask(said_by("abcd"), SETTINGS, 0), 0, CPU)
    return encoder


def test_an_emotion_is_told_in_a_voice_that_was_never_heard(trained: EmotionEncoder) -> None:
    takes = said_by("xyz")
    right = probabilities(trained, takes).argmax(axis=1) == [take.emotion for take in takes]
    assert right.mean() > 0.8


def test_an_emotion_that_only_the_later_layer_shows_is_told() -> None:
    random = np.random.default_rng(0)

    def deafened(takes: list[Take]) -> list[Take]:
        blind = random.normal(0.0, 1.0, (len(takes), *takes[0].heard.emotion.shape))
        return [
            replace(take, heard=replace(take.heard, emotion=rows))
            for take, rows in zip(takes, blind, strict=True)
        ]

    encoder = EmotionEncoder(SETTINGS.dropout)
    pretrain_emotion(encoder, EmotionTask(deafened(said_by("abcd")), SETTINGS, 0), 0, CPU)
    takes = deafened(said_by("xyz"))
    right = probabilities(encoder, takes).argmax(axis=1) == [take.emotion for take in takes]
    assert right.mean() > 0.6


def test_the_calibrated_classifier_is_as_sure_of_strangers_as_it_may_be(
    trained: EmotionEncoder,
) -> None:
    """A classifier made far too sure, and partial to one emotion, is put right."""
    encoder = EmotionEncoder(SETTINGS.dropout)
    encoder.load_state_dict(trained.state_dict())
    encoder.eval()
    strangers = said_by("xyz")

    def surprise() -> float:
        shares = probabilities(encoder, strangers)
        own = shares[np.arange(len(strangers)), [take.emotion or 0 for take in strangers]]
        return float(-np.log(np.maximum(own, 1e-9)).mean())

    before = surprise()
    calibrate_emotion(encoder, said_by("abcd"), SETTINGS, 0)
    assert surprise() < before


def test_one_voice_is_too_few_to_calibrate(trained: EmotionEncoder) -> None:
    before = trained.classifier.weight.detach().clone()
    calibrate_emotion(trained, said_by("a"), replace(SETTINGS, steps=1), 0)
    assert torch.equal(trained.classifier.weight, before)
