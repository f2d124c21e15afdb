from pathlib import Path

import numpy as np
import pytest
import soundfile

from evp.core.errors import InputError
from evp.core.media.audio import read_audio


def tone(rate: int, channels: int) -> np.ndarray:
    wave = 0.5 * np.sin(2 * np.pi * 220 * np.arange(rate) / rate)
    return np.stack([wave] * channels, axis=1).astype(np.float32)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (48000, 2), (44100, 1)])
def test_any_format_rate_and_channel_count_becomes_the_same_speech(
    tmp_path: Path, suffix: str, rate: int, channels: int
):
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, tone(rate, channels), rate)
    samples = read_audio(path)
    assert samples.ndim == 1 and samples.dtype == np.float32
    assert abs(len(samples) - 16000) <= 2000
    middle = samples[4000:12000]
    peak = np.argmax(np.abs(np.fft.rfft(middle)))
    assert abs(peak * 16000 / len(middle) - 220) < 4
    assert 0.25 < np.sqrt((middle**2).mean()) < 0.45


def test_stereo_is_kept_for_delivery(tmp_path: Path):
    sound = tone(48000, 2)
    sound[:, 1] = 0
    soundfile.write(tmp_path / "a.wav", sound, 48000)
    samples = read_audio(tmp_path / "a.wav", rate=48000, channels=2)
    assert samples.shape == (48000, 2)
    assert np.abs(samples[:, 1]).max() == 0


def test_the_sound_of_a_video_can_drive(make_movie):
    assert len(read_audio(make_movie(sound=True))) > 15000


def test_a_video_without_sound_is_refused(make_movie):
    with pytest.raises(InputError, match="no sound"):
        read_audio(make_movie(sound=False))


def test_empty_and_damaged_files_are_refused(tmp_path: Path):
    soundfile.write(tmp_path / "empty.wav", np.zeros((0, 1)), 16000)
    (tmp_path / "bad.wav").write_bytes(b"not sound")
    with pytest.raises(InputError, match=r"empty\.wav"):
        read_audio(tmp_path / "empty.wav")
    with pytest.raises(InputError, match=r"bad\.wav"):
        read_audio(tmp_path / "bad.wav")
    with pytest.raises(InputError, match="no such file"):
        read_audio(tmp_path / "none.wav")
