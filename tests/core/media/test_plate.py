import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from evp.core.errors import InputError
from evp.core.media.images import write_png
from evp.core.media.plate import extend_pingpong, open_plate, plate_files, read_frames


def levels(plate, start=0, stop=None):
    return [int(frame[0, 0, 0]) // 10 for frame in read_frames(plate, start, stop)]


def test_a_movie_gives_its_frames_in_order(make_movie):
    plate = open_plate(make_movie(count=8))
    assert (plate.width, plate.height, plate.rate, len(plate)) == (64, 48, 25, 8)
    assert levels(plate) == list(range(8))
    assert np.allclose(plate.times, np.arange(8) / 25)


def test_a_frame_range_counts_from_one_and_starts_its_own_clock(make_movie):
    plate = open_plate(make_movie(count=8), frames=(3, 6))
    assert levels(plate) == [2, 3, 4, 5]
    assert list(plate.frame_numbers) == [3, 4, 5, 6]
    assert plate.times[0] == 0


def test_seeking_gives_the_same_pixels_as_reading_through(make_movie):
    plate = open_plate(make_movie(count=12))
    whole = list(read_frames(plate))
    for start in range(12):
        assert np.array_equal(next(read_frames(plate, start, start + 1)), whole[start])


def test_a_range_outside_the_plate_is_refused_with_what_there_is(make_movie):
    with pytest.raises(InputError, match="frames 1-8"):
        open_plate(make_movie(count=8), frames=(5, 9))


def test_a_variable_frame_rate_keeps_its_own_times(make_movie):
    plate = open_plate(make_movie(count=4, stamps=[0, 1, 4, 5]))
    assert np.allclose(plate.times, np.array([0, 1, 4, 5]) / 25)
    assert levels(plate) == [0, 1, 2, 3]


def test_odd_sizes_are_kept(make_movie):
    plate = open_plate(make_movie(size=(41, 35)))
    assert next(read_frames(plate)).shape == (35, 41, 3)


def test_paths_with_spaces_and_other_letters_work(make_movie):
    assert len(open_plate(make_movie(name="Größe 漢字 1.mp4"))) == 8


def test_running_forth_and_back_shows_each_turning_frame_once(make_movie):
    plate = extend_pingpong(open_plate(make_movie(count=4)), 10 / 25)
    assert levels(plate) == [0, 1, 2, 3, 2, 1, 0, 1, 2, 3]
    assert levels(plate, 3, 6) == [3, 2, 1]
    assert np.allclose(np.diff(plate.times), 1 / 25)


def test_a_plate_of_one_frame_can_be_extended(make_movie):
    assert levels(extend_pingpong(open_plate(make_movie(count=1)), 0.2)) == [0] * 5


@pytest.mark.parametrize("pattern", ["shot.1003.png", "shot.####.png", "shot.%04d.png", "."])
def test_a_sequence_starts_at_its_own_number(tmp_path: Path, pattern: str):
    for number in range(1001, 1006):
        write_png(tmp_path / f"shot.{number}.png", np.full((8, 6, 3), number - 1001, np.uint8))
    plate = open_plate(tmp_path / pattern, frames=(1002, 1004), rate=Fraction(24000, 1001))
    assert [int(frame[0, 0, 0]) for frame in read_frames(plate)] == [1, 2, 3]
    assert plate.first_frame == 1002
    assert [file.name for file in plate_files(plate)] == [
        f"shot.{n}.png" for n in (1002, 1003, 1004)
    ]


def test_a_hole_in_a_sequence_is_named(tmp_path: Path):
    for number in (1, 2, 4):
        write_png(tmp_path / f"a{number}.png", np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(InputError, match="frame 3 of the sequence 1-4 is missing"):
        open_plate(tmp_path / "a1.png")


def test_a_photograph_is_a_plate_of_one_frame(tmp_path: Path):
    write_png(tmp_path / "face.png", np.zeros((4, 6, 3), np.uint8))
    plate = open_plate(tmp_path / "face.png")
    assert (len(plate), plate.width, plate.height) == (1, 6, 4)


@pytest.mark.parametrize("content", [b"", b"this is no movie"])
def test_a_file_that_is_no_movie_is_refused_in_one_sentence(tmp_path: Path, content: bytes):
    path = tmp_path / "broken.mp4"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"broken\.mp4"):
        open_plate(path)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(InputError, match="no such file"):
        open_plate(tmp_path / "nothing.mp4")


def test_a_movie_cut_short_says_where(make_movie):
    path = make_movie(count=40, size=(256, 256))
    plate = open_plate(path)
    short = path.with_name("short.mkv")
    short.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError):
        list(read_frames(open_plate(short)))
    assert len(plate) == 40


def test_a_phones_rotation_is_applied(make_movie):
    path = make_movie(count=2, size=(64, 48))
    content = bytearray(path.read_bytes())
    # The display matrix lies 44 bytes behind the name of the track header; this one turns by 90.
    matrix = content.index(b"tkhd") + 44
    content[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(content)
    plate = open_plate(path)
    assert (plate.width, plate.height) == (48, 64)
    assert next(read_frames(plate)).shape == (64, 48, 3)


def test_an_interlaced_movie_is_known_as_such(tmp_path: Path, make_movie):
    path = tmp_path / "fields.mov"
    with av.open(str(path), "w") as movie:
        video = movie.add_stream("mpeg2video", rate=25, options={"flags": "+ilme+ildct"})
        video.pix_fmt, video.width, video.height = "yuv420p", 64, 48
        for number in range(4):
            pixels = np.full((48, 64, 3), 40 * number, np.uint8)
            movie.mux(video.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        movie.mux(video.encode(None))
    assert open_plate(path).interlaced
    assert not open_plate(make_movie()).interlaced
