from pathlib import Path
from typing import Any

import numpy as np
import pytest
from wave_file import write_wave

from evp.cli.progress_bar import run_with_bar
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


def test_recordings_that_cannot_be_used_are_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(item: Recording) -> dict[str, Any]:
        if item.path.stem == "crowd":
            return {}
        raise FaceNotFoundError(f"{item.path}: no face was found.")

    monkeypatch.setattr(module, "_face_arrays", refuse)
    names = {"landscape": True, "crowd": True, "voice": False}
    some = [recording(tmp_path, name, has_face) for name, has_face in names.items()]
    some.append(Recording(tmp_path / "gone.wav", "made", "a", "", None, False))
    kept = run_with_bar(prepare(some, Ear(), tmp_path / "kept"))  # type: ignore[arg-type]
    assert [item.recording.path.stem for item in kept] == ["crowd", "voice"]
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("evp: ")]
    assert told[0] == f"evp: skipped {tmp_path}/landscape.wav: no face was found."
    assert (
        told[1]
        == f"evp: {tmp_path}/crowd.wav: less than 80% of its frames show a face; only heard."
    )
    assert told[2].startswith(f"evp: skipped {tmp_path}/gone.wav: ")
    assert len(told) == 3
