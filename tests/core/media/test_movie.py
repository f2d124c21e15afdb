from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from evp.core.errors import OutputError
from evp.core.media.movie import write_movie
from evp.core.media.plate import open_plate, read_frames


def gradient(width: int, height: int) -> np.ndarray:
    x = np.linspace(20, 230, width)[None, :, None]
    y = np.linspace(0, 1, height)[:, None, None]
    return (x * (0.5 + 0.5 * y) * np.array([1.0, 0.8, 0.6])).astype(np.uint8)


def test_colour_and_times_survive(tmp_path: Path):
    frames = [gradient(64, 48)] * 6
    times = np.array([0.0, 0.04, 0.08, 0.16, 0.2, 0.24])
    list(write_movie(tmp_path / "a.mp4", frames, times, Fraction(25), None, {}))
    plate = open_plate(tmp_path / "a.mp4")
    assert np.allclose(plate.times, times, atol=1e-4)
    difference = next(read_frames(plate)).astype(float) - frames[0]
    assert np.abs(difference.mean(axis=(0, 1))).max() < 0.5
    assert np.abs(difference).mean() < 1.5


def test_pixels_that_are_not_square_stay_so(tmp_path: Path):
    times = np.arange(3) / 25
    path = tmp_path / "a.mp4"
    wide = Fraction(32, 27)
    list(write_movie(path, [gradient(64, 48)] * 3, times, Fraction(25), None, {}, wide))
    assert open_plate(path).pixel_aspect == wide


def test_an_odd_size_and_sound_and_provenance_are_written(tmp_path: Path):
    sound = np.zeros((24000, 2), np.float32)
    path = tmp_path / "a.mp4"
    times = np.arange(10) / 24
    list(
        write_movie(path, [gradient(41, 35)] * 10, times, Fraction(24), sound, {"comment": "said"})
    )
    with av.open(str(path)) as movie:
        assert movie.metadata["comment"] == "said"
        assert (movie.streams.video[0].width, movie.streams.video[0].height) == (42, 36)
        assert movie.streams.audio[0].rate == 48000


def test_a_stopped_movie_leaves_no_file(tmp_path: Path):
    frames = [gradient(32, 32)] * 5
    writer = write_movie(tmp_path / "a.mp4", frames, np.arange(5) / 25, Fraction(25), None, {})
    next(writer)
    writer.close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path):
    with pytest.raises(OutputError, match="cannot be written"):
        list(
            write_movie(
                tmp_path / "no" / "a.mp4",
                [gradient(32, 32)],
                np.zeros(1),
                Fraction(25),
                None,
                {},
            )
        )
