from __future__ import annotations

import numpy as np
import pytest
from synthetic_faces import draw, face_points

from evp.core.composite import composite_frame, crop_places, plate_layers
from evp.core.crop import crop_pixels, encoded_unit
from evp.core.media.colour import to_encoded, to_linear
from evp.core.media.colour_space import colour_space, to_working
from evp.core.records import Frame
from evp.core.warp import sample

CROP = np.array([[1.4, 0.12, -60.0], [-0.12, 1.4, 10.0]])
SIZE = 128


def frame_with(face: np.ndarray, matte: np.ndarray, offset: tuple[float, float] = (0, 0)) -> Frame:
    empty = np.zeros((SIZE, SIZE), dtype=np.float32)
    warp = crop_places(CROP, SIZE) + np.array(offset, dtype=np.float32)
    return Frame(7, CROP, face, matte, empty, warp, empty, 0.9)


def soft_matte() -> np.ndarray:
    y, x = np.mgrid[:SIZE, :SIZE] - SIZE / 2
    return np.clip(1.5 - np.hypot(x, y) / 30, 0, 1).astype(np.float32)


def plate(kind: str) -> np.ndarray:
    picture = draw(face_points())
    if kind == "uint16":
        return picture.astype(np.uint16) * 257
    return (picture / np.float32(64)) ** 2 if kind == "float32" else picture


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32"])
def test_outside_the_matte_the_plate_is_bit_for_bit_itself(kind: str) -> None:
    pixels = plate(kind)
    red = np.full((SIZE, SIZE, 3), (0.9, 0.1, 0.1), dtype=np.float32)
    result = composite_frame(pixels, frame_with(red, soft_matte()))
    assert result.dtype == pixels.dtype and result.shape == pixels.shape
    outside = plate_layers(pixels, frame_with(red, soft_matte()))["matte"] == 0
    assert 0.5 < outside.mean() < 0.99
    np.testing.assert_array_equal(result[outside], pixels[outside])
    assert (result != pixels).any()


@pytest.mark.parametrize(
    ("space", "kind"), [("ACEScg", "float32"), ("ARRI LogC3 (EI800)", "uint16")]
)
def test_a_plate_in_another_space_stays_in_it(space: str, kind: str) -> None:
    colour = colour_space(space)
    pixels = plate(kind)
    red = np.full((SIZE, SIZE, 3), (0.9, 0.1, 0.1), dtype=np.float32)
    frame = frame_with(red, soft_matte())
    result = composite_frame(pixels, frame, colour)
    matte = plate_layers(pixels, frame, colour)["matte"]
    assert result.dtype == pixels.dtype and pixels[matte == 0].max() > 1
    np.testing.assert_array_equal(result[matte == 0], pixels[matte == 0])
    # Seen through the space, the new pixels are the red that was rendered.
    seen = to_encoded(to_working(result, colour)[matte == 1])
    assert np.abs(np.median(seen, axis=0) - (0.9, 0.1, 0.1)).max() < 0.004


def test_an_unchanged_face_gives_the_plate_back_under_a_full_matte() -> None:
    pixels = plate("uint8")
    face = crop_pixels(pixels, CROP, SIZE)
    inside = np.zeros((SIZE, SIZE), np.float32)
    inside[8:-8, 8:-8] = 1.0
    result = composite_frame(pixels, frame_with(face, inside))
    assert np.abs(result.astype(int) - pixels).max() <= 1


def test_skin_keeps_the_sampling_of_the_plate_through_a_small_crop() -> None:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 255, (160, 200, 3)).astype(np.uint8)
    small = np.array([[0.4, 0.0, 0.0], [0.0, 0.4, 0.0]])
    face = crop_pixels(pixels, small, 64)
    matte = np.ones((64, 64), np.float32)
    empty = np.zeros((64, 64), np.float32)
    frame = Frame(1, small, face, matte, empty, crop_places(small, 64), empty, 1.0)
    result = composite_frame(pixels, frame)
    assert np.abs(result.astype(int) - pixels)[20:-20, 20:-60].max() <= 1


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("source", ["the plate", "a rendered crop"])
def test_the_new_face_carries_the_grain_of_the_plate(kind: str, source: str) -> None:
    noise = np.random.default_rng(3).normal(0.0, 0.04, (160, 200, 3))
    encoded = np.clip(0.5 + noise, 0.0, 1.0)
    pixels = {
        "uint8": np.rint(encoded * 255).astype(np.uint8),
        "uint16": np.rint(encoded * 65535).astype(np.uint16),
        "float32": to_linear(encoded).astype(np.float32),
    }[kind]
    crop = crop_pixels(pixels, CROP, SIZE)
    # Half a pixel off is where interpolation wears grain down most.
    if source == "the plate":
        face = sample(crop, np.full((SIZE, SIZE, 2), 0.5, np.float32) @ CROP[:, :2].T.astype("f4"))
    else:
        face = np.roll(crop, (9, 11), axis=(0, 1)) + 0.2
    frame = frame_with(face, soft_matte(), (0.5, 0.5))
    result = encoded_unit(composite_frame(pixels, frame))
    matte = plate_layers(pixels, frame)["matte"]
    assert result[matte == 1].std() / result[matte == 0].std() == pytest.approx(1.0, abs=0.12)


def test_steps_finer_than_eight_bits_survive() -> None:
    ramp = np.linspace(20000, 20400, 200)[None, :, None]
    pixels = np.broadcast_to(np.rint(ramp), (160, 200, 3)).astype(np.uint16)
    frame = frame_with(crop_pixels(pixels, CROP, SIZE), soft_matte())
    result = composite_frame(pixels, frame)
    assert np.abs(result.astype(int) - pixels).max() < 20
    inside = plate_layers(pixels, frame)["matte"] == 1
    assert len(np.unique(result[inside])) > 15


def test_every_frame_has_all_layers_also_without_a_face() -> None:
    pixels = plate("uint8")
    empty = plate_layers(pixels, None)
    full = plate_layers(pixels, frame_with(np.ones((SIZE, SIZE, 3), np.float32), soft_matte()))
    assert list(empty) == list(full)
    np.testing.assert_array_equal(empty["beauty"], pixels)
    assert not empty["matte"].any()
    height, width = pixels.shape[:2]
    assert empty["warp"][0, 0] == pytest.approx([0.5 / width, 1 - 0.5 / height])


def test_a_crop_beside_the_plate_changes_nothing() -> None:
    pixels = plate("uint8")
    away = np.array([[1.0, 0.0, 5000.0], [0.0, 1.0, 5000.0]])
    ones = np.ones((SIZE, SIZE), np.float32)
    frame = Frame(1, away, np.ones((SIZE, SIZE, 3), np.float32), ones, ones,
                  crop_places(away, SIZE), ones, 1.0)  # fmt: skip
    np.testing.assert_array_equal(composite_frame(pixels, frame), pixels)
