from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from evp.core.deliver import composite_frames, exr_layers, frame_path, place_sound
from evp.core.media.images import image_pixel_aspect, image_text, read_image, write_exr
from evp.core.media.plate import open_plate, read_frames
from evp.core.progress import finish
from evp.core.provenance import provenance


@pytest.mark.parametrize("frame_format", ["png", "exr"])
def test_a_frame_without_a_face_is_the_plate(make_movie, tmp_path: Path, frame_format):
    plate = open_plate(make_movie(count=3))
    (tmp_path / "frames").mkdir()
    job = composite_frames(
        plate,
        "hash",
        tmp_path,
        tmp_path / "frames",
        [2, 3],
        frame_format,
        provenance({"plate": "p"}),
    )
    paths = finish(job)
    assert [path.name for path in paths] == [f"frame.000{n}.{frame_format}" for n in (2, 3)]
    assert image_text(paths[0], "plate_sha256") == "p"
    wanted = list(read_frames(plate, 1, 3))
    for path, pixels in zip(paths, wanted, strict=True):
        if frame_format == "png":
            assert np.array_equal(read_image(path), pixels)


def test_an_exr_plates_pixels_keep_their_shape(tmp_path: Path):
    grey = np.full((4, 6), 0.18, np.float32)
    for number in (1, 2):
        shape = Fraction(16, 15)
        write_exr(tmp_path / f"plate.{number}.exr", dict.fromkeys("RGB", grey), {}, shape)
    plate = open_plate(tmp_path / "plate.1.exr")
    assert plate.pixel_aspect == Fraction(16, 15)
    written = finish(composite_frames(plate, "hash", tmp_path, tmp_path, [1, 2], "exr", {}))
    assert image_pixel_aspect(written[1]) == Fraction(16, 15)
    written = finish(composite_frames(plate, "hash", tmp_path, tmp_path, [1], "png", {}))
    assert image_pixel_aspect(written[0]) == 1


def test_valid_frames_are_left_and_damaged_ones_are_written_again(make_movie, tmp_path: Path):
    plate = open_plate(make_movie(count=3))
    arguments = (plate, "hash", tmp_path, tmp_path, [1, 2, 3], "png", {})
    finish(composite_frames(*arguments))
    stamps = [frame_path(tmp_path, n, "png").stat().st_mtime_ns for n in (1, 2, 3)]
    frame_path(tmp_path, 2, "png").write_bytes(b"")
    finish(composite_frames(*arguments))
    after = [frame_path(tmp_path, n, "png").stat().st_mtime_ns for n in (1, 2, 3)]
    assert [a == b for a, b in zip(stamps, after, strict=True)] == [True, False, True]
    assert read_image(frame_path(tmp_path, 2, "png")).shape == (48, 64, 3)


def test_a_frame_without_a_face_says_which_speech_it_goes_with_now(make_movie, tmp_path: Path):
    plate = open_plate(make_movie(count=2))
    for audio in ("one", "two"):
        metadata = provenance({"plate": "p", "audio": audio})
        finish(composite_frames(plate, "hash", tmp_path, tmp_path, [1, 2], "png", metadata))
        assert image_text(frame_path(tmp_path, 2, "png"), "audio_sha256") == audio


def test_every_frame_has_every_layer_also_without_a_face():
    layers = exr_layers(np.full((4, 6, 3), 128, np.uint8), None)
    assert {"R", "G", "B", "face.R", "matte.V", "edges.V", "mouth.V", "warp.X"} <= layers.keys()
    assert "confidence.V" in layers
    assert layers["R"].dtype == np.float16 and abs(float(layers["R"][0, 0]) - 0.2158) < 1e-3
    assert not layers["matte.V"].any()


def test_the_sound_lies_where_it_was_put():
    sound = np.ones((48000, 2), np.float32)
    late = place_sound(sound, 0.5, 2.0)
    assert len(late) == 96000 and late[23999, 0] == 0 and late[24000, 0] == 1
    assert late[71999, 0] == 1 and late[72000, 0] == 0
    early = place_sound(sound, -0.25, 0.5)
    assert len(early) == 24000 and early.all()


def test_the_rate_of_the_plate_is_kept(make_movie):
    assert open_plate(make_movie(rate=Fraction(24000, 1001))).rate == Fraction(24000, 1001)
