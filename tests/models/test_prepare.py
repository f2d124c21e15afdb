from pathlib import Path
from typing import Any

import numpy as np
import pytest
from wave_file import write_wave

from evp.core.errors import FaceNotFoundError
from evp.core.progress import finish
from evp.core.records import FloatArray
from evp.models.speech import prepare as module
from evp.models.speech.datasets import Recording
from evp.models.speech.prepare import prepare
from evp.models.speech.utterances import Heard

RATE = 16_000


class Ear:
    """Hears how long a sound is, and counts."""

    def __init__(self) -> None:
        self.heard = 0

    def analyse(self, samples: FloatArray) -> Heard:
        self.heard += 1
        rows = np.zeros((len(samples) // 320, 384), np.float16)
        return Heard(np.zeros((2 * len(rows), 12)), rows, rows, np.ones(2 * len(rows), bool))


def recording(folder: Path, name: str, has_face: bool) -> Recording:
    noise = np.random.default_rng(0).standard_normal(2 * RATE)
    path = write_wave(folder / f"{name}.wav", 0.09 * noise, RATE)
    return Recording(path, "made", "a", "", None, has_face)


@pytest.fixture
def face(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What is found in every picture."""
    found = {
        "times": np.arange(50) / 25,
        "expression": np.zeros((50, 52)),
        "neutral": np.zeros((478, 3)),
    }
    monkeypatch.setattr(module, "_face_arrays", lambda _: found)
    return found


def test_faces_get_copies_of_their_sound_voices_alone_do_not(
    tmp_path: Path, face: dict[str, Any]
) -> None:
    both = [recording(tmp_path, "face", True), recording(tmp_path, "voice", False)]
    first, second = finish(prepare(both, Ear(), tmp_path / "kept", 2))  # type: ignore[arg-type]
    assert len(first.copies) == 2
    assert not second.copies
    for copy in first.copies:
        assert copy.speed != 1.0
        assert len(copy.heard.content) * copy.speed == pytest.approx(100, abs=2)


def test_what_was_analysed_once_is_kept_and_copies_can_be_added(
    tmp_path: Path, face: dict[str, Any]
) -> None:
    ear, one = Ear(), [recording(tmp_path, "face", True)]
    finish(prepare(one, ear, tmp_path / "kept"))  # type: ignore[arg-type]
    assert ear.heard == 1
    made = finish(prepare(one, ear, tmp_path / "kept", 1))[0]  # type: ignore[arg-type]
    assert ear.heard == 2
    again = finish(prepare(one, ear, tmp_path / "kept", 1))[0]  # type: ignore[arg-type]
    assert ear.heard == 2
    assert again.copies[0].speed == made.copies[0].speed


def test_a_video_without_a_face_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Recording) -> None:
        raise FaceNotFoundError("no face")

    monkeypatch.setattr(module, "_face_arrays", refuse)
    one = [recording(tmp_path, "face", True)]
    assert finish(prepare(one, Ear(), tmp_path / "kept", 2)) == []  # type: ignore[arg-type]
