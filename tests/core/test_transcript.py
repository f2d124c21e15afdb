from pathlib import Path

import pytest

from evp.core.errors import InputError
from evp.core.speech_sounds import SOUNDS
from evp.core.transcript import read_transcript, script_of


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_is_read_in_the_usual_encodings(tmp_path: Path, encoding: str):
    path = tmp_path / "line.txt"
    path.write_text("Größe,\r\n und  mehr.\n", encoding=encoding)
    assert read_transcript(path) == "Größe, und mehr."


def test_directions_in_brackets_are_not_spoken(tmp_path: Path):
    path = tmp_path / "line.txt"
    path.write_text("(sighs) Hello [beat] again.")
    assert read_transcript(path) == "Hello again."


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \n (laughs) ", "empty"),
        (b"RIFF\x00\x00\x00WAVE", "no text"),
        (b"\xe9t\xe9", "no text"),
        (b"a" * 1_000_001, "too long"),
    ],
)
def test_what_is_no_transcript_is_refused(tmp_path: Path, content: bytes, reason: str):
    path = tmp_path / "line.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"line.txt.*{reason}"):
        read_transcript(path)


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"):
        read_transcript(tmp_path / "none.txt")


def test_sounds_belong_to_the_words_as_written():
    script = script_of("“Bob,” said Pam: 3 maps.", "en")
    assert [SOUNDS[sound] for sound in script.sounds][:3] == ["p", "o", "p"]
    assert list(dict.fromkeys(script.words)) == ["Bob", "said", "Pam", "3", "maps"]
    assert script.begins[0] == 0 and script.begins[-1] == 4


def test_signs_alone_hold_no_words():
    with pytest.raises(InputError, match="no words"):
        script_of("... ?!", "en")
