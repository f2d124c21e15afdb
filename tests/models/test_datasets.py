from pathlib import Path

import pytest

from evp.core.errors import InputError
from evp.core.records import EMOTIONS
from evp.models.speech.datasets import read_dataset


@pytest.mark.parametrize(
    ("name", "corpus", "speaker", "sentence", "emotion"),
    [
        ("Actor_05/03-01-06-01-02-01-05.wav", "ravdess", "05", "02", "fear"),
        ("Actor_05/01-01-02-01-02-01-05.mp4", "ravdess", "05", "02", "neutral"),
        ("1001_DFA_ANG_XX.flv", "crema-d", "1001", "DFA", "angry"),
        ("M003/video/front/contempt/level_2/001.mp4", "mead", "M003", "001", "contempt"),
        ("W009/audio/happy/level_3/017.m4a", "mead", "W009", "", "happy"),
        ("02-03-04_01.mp4", "javanese", "02", "03", "surprised"),
        ("s1/bbaf2n.mpg", "grid", "s1", "", None),
        ("anna/interview.mov", "plain", "anna", "", None),
    ],
)
def test_layouts_are_recognised(
    tmp_path: Path, name: str, corpus: str, speaker: str, sentence: str, emotion: str | None
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    (found,) = read_dataset(tmp_path)
    assert (found.corpus, found.speaker, found.sentence) == (corpus, speaker, sentence)
    assert found.emotion == (None if emotion is None else EMOTIONS.index(emotion))


@pytest.mark.parametrize(
    ("name", "intensity"),
    [
        ("03-01-06-01-02-01-05.wav", 2 / 3),
        ("03-01-06-02-02-01-05.wav", 1.0),
        ("1001_DFA_ANG_LO.flv", 1 / 3),
        ("1001_DFA_ANG_XX.flv", 1.0),
        ("M003/audio/happy/level_2/017.m4a", 2 / 3),
        ("02-03-04_01.mp4", 1.0),
    ],
)
def test_names_say_how_strongly_an_emotion_is_acted(
    tmp_path: Path, name: str, intensity: float
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    (found,) = read_dataset(tmp_path)
    assert found.intensity == pytest.approx(intensity)


def test_songs_side_views_and_notes_are_left_out(tmp_path: Path) -> None:
    for name in (
        "03-02-06-01-02-01-05.wav",
        "Actor_05/01-02-06-01-02-01-05.mp4",
        "Actor_05/02-01-06-01-02-01-05.mp4",
        "M003/video/left_60/angry/level_1/001.mp4",
        "M003/video/front/smiling/level_1/001.mp4",
        "notes.txt",
        "loose.wav",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    with pytest.raises(InputError, match="no recording"):
        read_dataset(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        read_dataset(tmp_path / "none")
