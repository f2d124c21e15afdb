import numpy as np
import pytest
from jaw_network import Jaw

from evp.core.arkit import SHAPE_INDEX
from evp.core.face.head import load_head
from evp.core.perform import PerformSettings
from evp.core.records import EMOTIONS, FloatArray, SpeechManner
from evp.core.solve_shapes import ShapeSolver
from evp.core.stream import SpeechStream

RATE = 16_000
PIECE = 3200


class Loudness(Jaw):
    """A network that opens the jaw as far as it is loud."""

    fingerprint = "loudness"

    def hear(
        self, samples: FloatArray, times: FloatArray, voice: FloatArray | None = None
    ) -> tuple[FloatArray, ...]:
        place = np.clip((times * RATE).astype(int), 0, len(samples) - 1)
        loud = np.convolve(np.abs(samples), np.ones(320) / 320, "same")[place]
        content = np.repeat(loud[:, None], 256, axis=1)
        count = len(times)
        return content, np.zeros((count, 128)), np.full((count, 8), 0.125), np.zeros(count)

    def voices(self, samples: FloatArray) -> FloatArray:
        return np.ones(-(-len(samples) // 160))


def stream(emotion: FloatArray | None = None) -> SpeechStream:
    head = load_head()
    neutral = head.landmarks(head.neutral)
    settings = PerformSettings(rate=25.0)
    return SpeechStream(Loudness(), neutral, settings, emotion, 0.4)  # type: ignore[arg-type]


def sound(seconds: float) -> FloatArray:
    time = np.arange(round(seconds * RATE)) / RATE
    return np.asarray(0.4 * np.sin(2 * np.pi * 200 * time) * np.sin(2 * np.pi * time) ** 2)


def pieces(samples: FloatArray) -> list[FloatArray]:
    return [samples[at : at + PIECE] for at in range(0, len(samples), PIECE)]


def test_a_frame_comes_as_soon_as_its_look_ahead_was_heard() -> None:
    line, given = stream(), 0
    for number, piece in enumerate(pieces(sound(2.0)), start=1):
        given += len(line.feed(piece))
        assert given == max(0, round((0.2 * number - 0.4) * 25))
    assert given + len(line.finish()) == 50
    assert len(line.finish()) == 0


def test_pieces_of_any_size_follow_the_sound_without_seams() -> None:
    samples = sound(3.0)
    together = stream()
    whole = np.concatenate([together.feed(samples), together.finish()])
    line = stream()
    parts = np.concatenate([*(line.feed(piece) for piece in pieces(samples)), line.finish()])
    assert parts.shape == whole.shape == (75, 52)
    gaps = [ShapeSolver.lip_gaps(load_head().displacement(e)).mean(axis=1) for e in (whole, parts)]
    assert gaps[0].std() > 5e-4
    np.testing.assert_allclose(gaps[1][10:], gaps[0][10:], atol=2e-4)


def test_a_line_longer_than_the_memory_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evp.core.stream.REMEMBERED", 2.0)
    monkeypatch.setattr("evp.core.stream.HEARD_AGAIN", 2.0)
    line = stream()
    parts = np.concatenate([line.feed(piece) for piece in pieces(sound(6.0))])
    assert len(parts) == 140
    seconds = parts[25:125].reshape(4, 25, 52)
    for later in seconds[1:]:
        np.testing.assert_allclose(later, seconds[0], atol=0.02)


def test_the_emotion_can_change_while_it_runs() -> None:
    happy, angry = np.eye(8)[EMOTIONS.index("happy")], np.eye(8)[EMOTIONS.index("angry")]
    line = stream(happy)
    before = line.feed(sound(1.0))
    line.emotion = angry
    after = line.feed(sound(1.0))
    brow, smile = SHAPE_INDEX["browDownLeft"], SHAPE_INDEX["mouthSmileLeft"]
    assert before[:, smile].mean() > 0.4 > 0.1 > after[:, smile].mean()
    assert before[:, brow].mean() < 0.2 < 0.5 < after[:, brow].mean()


def test_the_plates_person_speaks_in_their_own_manner() -> None:
    shapes = np.zeros((256, len(SHAPE_INDEX)))
    shapes[0, SHAPE_INDEX["mouthSmileLeft"]] = 0.5
    line, plain = stream(), stream()
    line.manner = SpeechManner(shapes, np.zeros((256, 3)), 0.0, 1.0, True, "")
    smile = SHAPE_INDEX["mouthSmileLeft"]
    own, usual = (made.feed(sound(2.0))[:, smile].max() for made in (line, plain))
    assert own > usual + 0.05
