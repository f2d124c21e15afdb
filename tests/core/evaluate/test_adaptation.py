import numpy as np
import pytest
from jaw_network import Jaw

from evp.core.arkit import SHAPE_INDEX
from evp.core.evaluate.adaptation import evaluate_adaptation, halve
from evp.core.evaluate.speech import TalkingFace
from evp.core.face.head import load_head
from evp.core.progress import finish
from evp.core.records import SAMPLE_RATE, FloatArray

FRAMES, RATE = 600, 25
HOP = SAMPLE_RATE // RATE


class Loudness(Jaw):
    """A network that hears the level of each frame's sound, and opens the jaw by it."""

    def hear(self, samples: FloatArray, times: FloatArray) -> tuple[FloatArray, ...]:
        frames = len(times)
        levels = np.abs(samples[: frames * HOP]).reshape(frames, HOP).mean(axis=1)
        content = np.zeros((frames, 256))
        content[:, 0] = levels
        return content, np.zeros((frames, 128)), np.full((frames, 8), 0.125), np.zeros(frames)

    def voices(self, samples: FloatArray) -> FloatArray:
        return np.ones(len(samples) // 160)


@pytest.fixture
def clip() -> TalkingFace:
    """Somebody who opens the jaw by less than the network thinks, and purses the lips with it."""
    head, random = load_head(), np.random.default_rng(0)
    opening = np.convolve(random.uniform(0.0, 0.6, FRAMES), np.full(3, 1 / 3), "same")
    expression = np.zeros((FRAMES, 52))
    expression[:, SHAPE_INDEX["jawOpen"]] = 0.8 * opening
    expression[:, SHAPE_INDEX["mouthPucker"]] = 0.9 * opening
    samples = np.repeat(opening, HOP) * np.where(np.arange(FRAMES * HOP) % 40 < 20, 1, -1)
    return TalkingFace(
        name="clip",
        speaker="someone",
        samples=samples.astype(np.float32),
        times=np.arange(FRAMES) / RATE,
        displacement=head.displacement(expression),
        valid=np.ones(FRAMES, bool),
        neutral=head.landmarks(head.neutral),
    )


def test_each_half_has_its_own_sound(clip: TalkingFace) -> None:
    first, second = halve(clip)
    np.testing.assert_array_equal(np.concatenate([first.samples, second.samples]), clip.samples)
    assert second.times[0] == 0.0
    np.testing.assert_array_equal(second.displacement, clip.displacement[FRAMES // 2 :])


def test_what_one_half_teaches_brings_the_other_nearer(clip: TalkingFace) -> None:
    scores = finish(evaluate_adaptation([clip], Loudness()))  # type: ignore[arg-type]
    assert [score.name for score in scores] == ["clip, first half", "clip, second half"]
    for score in scores:
        assert score.learnt
        assert score.m_ld < 0.8 * score.plain_m_ld
        assert score.nearer == pytest.approx(1.0 - score.m_ld / score.mean_m_ld)
        assert 0.7 < score.amplitude < 1.0
