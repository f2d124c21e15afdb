from pathlib import Path

import numpy as np
import pytest

from evp.core.errors import InputError, OutputError
from evp.core.media.colour import to_encoded, to_linear
from evp.core.media.images import image_text, read_image, write_exr, write_png


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_png_comes_back_bit_for_bit_with_its_text(tmp_path: Path, dtype: type):
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (7, 5, 3)).astype(dtype)
    write_png(tmp_path / "a.png", pixels, {"comment": "synthetic", "key": "abc"})
    assert np.array_equal(read_image(tmp_path / "a.png"), pixels)
    assert image_text(tmp_path / "a.png", "key") == "abc"
    assert image_text(tmp_path / "a.png", "other") is None


def test_exr_carries_layers_and_header(tmp_path: Path):
    plane = np.random.default_rng(0).random((6, 4)).astype(np.float32) * 4
    layers = {"R": plane, "G": plane + 1, "B": plane - 1, "matte.V": plane.astype(np.float16)}
    write_exr(tmp_path / "a.exr", layers, {"key": "abc"})
    assert np.array_equal(read_image(tmp_path / "a.exr")[..., 1], plane + 1)
    assert image_text(tmp_path / "a.exr", "key") == "abc"


def test_every_8_bit_value_survives_linear_half_floats():
    values = np.arange(256) / 255.0
    half = to_linear(values).astype(np.float16).astype(np.float32)
    assert np.array_equal(np.rint(to_encoded(half) * 255), np.arange(256))


def test_damaged_images_are_named(tmp_path: Path):
    for name in ("a.png", "a.exr"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
        with pytest.raises(InputError, match=name):
            read_image(tmp_path / name)


def test_a_folder_that_is_not_there_leaves_nothing_behind(tmp_path: Path):
    with pytest.raises(OutputError):
        write_png(tmp_path / "no" / "a.png", np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(OutputError):
        write_exr(tmp_path / "no" / "a.exr", {"R": np.zeros((2, 2), np.float32)}, {})
    assert list(tmp_path.iterdir()) == []
