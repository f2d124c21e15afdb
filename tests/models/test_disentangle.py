from pathlib import Path

import numpy as np
import pytest

from evp.core.errors import InputError
from evp.core.progress import finish
from evp.models.speech.disentangle import (
    DisentangleSettings,
    disentangle,
    draw_pairs,
)
from evp.models.speech.hear_emotion import EmotionSettings
from evp.models.speech.takes import Take
from evp.models.speech.utterances import Heard


def take(speaker: str, sentence: str, emotion: int | None, seed: int) -> Take:
    random = np.random.default_rng(seed)
    rows = 60 + 4 * (seed % 5)
    heard = Heard(
        random.standard_normal((rows, 12)).astype(np.float32),
        random.standard_normal((rows // 2, 384)).astype(np.float16),
        random.standard_normal((rows // 2, 384)).astype(np.float16),
        np.ones(rows, bool),
    )
    return Take(heard, "made", speaker, sentence, emotion)


def corpus() -> list[Take]:
    takes = [
        take(speaker, sentence, emotion, 7 * number + emotion)
        for number, (speaker, sentence) in enumerate(
            [("a", "1"), ("a", "2"), ("b", "1"), ("b", "2"), ("c", "1")]
        )
        for emotion in (0, 4, 5)
    ]
    return [*takes, take("d", "", None, 99)]


def test_pairs_are_one_sentence_of_one_voice_in_the_groups_two_emotions() -> None:
    takes = corpus()
    groups = draw_pairs(takes, 2, 0)
    assert {key[1] for key in groups} == {"a", "b"}
    for (_, speaker, first_name, second_name), pairs in groups.items():
        assert first_name != second_name
        assert len({takes[pair.first].emotion for pair in pairs}) == 1
        assert len({takes[pair.second].emotion for pair in pairs}) == 1
        for pair in pairs:
            first, second = takes[pair.first], takes[pair.second]
            assert first.speaker == second.speaker == speaker
            assert first.sentence == second.sentence
            assert first.emotion != second.emotion
            assert len(pair.first_rows) == len(pair.second_rows)
            assert pair.first_rows[-1] == len(first.heard.mfcc) - 1
            assert pair.second_rows[-1] == len(second.heard.mfcc) - 1


def test_training_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    checkpoint = tmp_path / "d.safetensors"
    takes = corpus()
    settings = DisentangleSettings(
        steps=2, quadruples=2, windows=2, emotion=EmotionSettings(steps=3)
    )
    finish(disentangle(takes, settings, checkpoint))
    longer = DisentangleSettings(steps=3, quadruples=2, windows=2, emotion=EmotionSettings(steps=3))
    steps = [progress.done for progress in disentangle(takes, longer, checkpoint)]
    assert steps == [3]


def test_data_without_pairs_are_refused_before_anything_is_trained(tmp_path: Path) -> None:
    takes = [take("a", "1", 0, 1), take("a", "1", 4, 2), take("b", "2", 0, 3)]
    with pytest.raises(InputError, match="two sentences in two emotions"):
        finish(disentangle(takes, DisentangleSettings(), tmp_path / "d.safetensors"))
