from typing import Any

import numpy as np
from jaw_network import Jaw

from evp.core.arkit import SHAPE_INDEX
from evp.core.emotion_sheet import (
    EmotionSheet,
    perform_emotions,
    telling_moments,
    with_blinks,
)
from evp.core.expressions import EXPRESSIONS
from evp.core.face.head import load_head
from evp.core.listen import place_speech
from evp.core.progress import finish
from evp.core.records import EMOTIONS, FloatArray
from evp.core.solve_shapes import ShapeSolver
from evp.core.speech_sounds import SOUND_INDEX, SOUNDS
from evp.core.transcript import Script


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


def test_a_drawn_head_blinks_now_and_then_and_its_mouth_goes_on() -> None:
    """Ten seconds: two or three blinks each, never all at once; acted eyes close too."""
    line = np.repeat(EXPRESSIONS[:, None], 250, axis=1)
    blinking = with_blinks(line)
    closed = blinking[:, :, SHAPE_INDEX["eyeBlinkRight"]] == 1.0
    starts = np.diff(closed.astype(int), axis=1, prepend=0) == 1
    assert set(starts.sum(axis=1)) <= {2, 3}
    assert closed.sum(axis=0).max() < len(EMOTIONS)
    for action in ("eyeWideLeft", "eyeSquintRight"):
        assert not blinking[:, :, SHAPE_INDEX[action]][closed].any()
    mouth = [index for name, index in SHAPE_INDEX.items() if name.startswith(("mouth", "jaw"))]
    np.testing.assert_array_equal(blinking[..., mouth], line[..., mouth])


def test_a_line_whose_words_are_known_closes_its_lips_in_every_emotion() -> None:
    class Humming(Jaw):
        def hear(self, samples: FloatArray, times: FloatArray) -> tuple[FloatArray, ...]:
            count = len(times)
            flat = np.full((count, 8), 0.125)
            return np.full((count, 256), 0.3), np.zeros((count, 128)), flat, np.zeros(count)

        def voices(self, samples: FloatArray) -> FloatArray:
            return np.ones(len(samples) // 160)

        def sounds(self, samples: FloatArray) -> FloatArray:
            likely = np.full((50, len(SOUNDS)), 1e-3)
            likely[:, SOUND_INDEX["a"]] = likely[20:24, SOUND_INDEX["m"]] = 0.9
            likely[20:24, SOUND_INDEX["a"]] = 1e-3
            return np.asarray(np.log(likely))

    word = tuple(SOUND_INDEX[name] for name in "ama")
    script = Script(word, ("a", "m", "a"), ("ama",) * 3, (0, 0, 0))
    buzz = 0.2 * np.sign(np.sin(2 * np.pi * 120 * np.arange(16_000) / 16_000)).astype(np.float32)
    network: Any = Humming()
    made = finish(perform_emotions(place_speech(buzz), network, script))
    moved = load_head().displacement(made.reshape(-1, 52))
    gaps = ShapeSolver.lip_gaps(moved).mean(axis=1).reshape(len(EMOTIONS), -1)
    assert gaps[:, round(0.43 * 25)].max() < 0.0006
    assert gaps[:, round(0.8 * 25)].min() > 0.004
