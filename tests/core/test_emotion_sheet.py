import numpy as np

from evp.core.arkit import SHAPE_INDEX
from evp.core.emotion_sheet import EmotionSheet, telling_moments
from evp.core.expressions import EXPRESSIONS
from evp.core.records import EMOTIONS


def opened(weights: list[float]) -> np.ndarray:
    """(8, T, 52) a mouth that opens so far in each frame, in every emotion."""
    expressions = np.zeros((8, len(weights), 52))
    expressions[:, :, SHAPE_INDEX["jawOpen"]] = weights
    return expressions


def test_every_emotion_has_its_row_and_looks_its_own() -> None:
    sheet = EmotionSheet(64)
    strip = sheet.strip(np.repeat(EXPRESSIONS[:, None], 2, axis=1))
    assert strip.shape == (8 * 64, 2 * 64, 3)
    unlabelled = strip[:, 64:].reshape(8, 64, 64, 3).astype(int)
    neutral = unlabelled[EMOTIONS.index("neutral")]
    for name, tile in zip(EMOTIONS, unlabelled, strict=True):
        assert (name == "neutral") == (np.abs(tile - neutral).max() < 8)


def test_a_movie_frame_shows_all_eight() -> None:
    frames = list(EmotionSheet(32).frames(opened([0.0, 0.5])))
    assert [frame.shape for frame in frames] == [(64, 128, 3)] * 2
    assert (frames[0] != frames[1]).any()


def test_a_strip_shows_open_and_closed_mouths_by_turns() -> None:
    line = opened([0.1, 0.6, 0.2, 0.3, 0.0, 0.4, 0.3, 0.5, 0.2])
    assert telling_moments(line, 3) == [1, 4, 7]
    assert telling_moments(opened([0.1, 0.2]), 5) == [0, 1]
