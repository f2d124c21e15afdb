from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from evp.core.errors import InputError
from evp.core.media.colour import to_encoded
from evp.core.media.colour_space import colour_space, from_working, to_working
from evp.core.media.images import write_exr, write_png
from evp.core.media.plate import open_plate, read_frames
from evp.core.settings import ShotSettings
from evp.core.shot_inputs import open_shot_plate


@pytest.fixture
def settings_for(tmp_path: Path) -> Callable[[Path, str], ShotSettings]:
    """A shot of a lone image in a colour space; its speech is shorter than the image lasts."""
    sound = tmp_path / "line.wav"
    soundfile.write(sound, 0.1 * np.sin(np.arange(4000) * 0.2), 16000)

    def make(plate: Path, space: str) -> ShotSettings:
        return ShotSettings(plate, sound, plate_rate=Fraction(1), colour_space=space)

    return make


@pytest.mark.parametrize("name", ["ACEScg", "ACEScct", "ARRI LogC4", "sRGB - Display"])
def test_there_and_back_gives_the_plate(name: str) -> None:
    pixels = np.random.default_rng(0).random((40, 30, 3), dtype=np.float32)
    space = colour_space(name)
    back = from_working(to_working(pixels, space), space)
    assert np.abs(back - pixels).max() < 5e-4
    assert not np.allclose(to_working(pixels, space), pixels, atol=0.05)


def test_acescg_becomes_linear_light_with_srgb_primaries() -> None:
    # A grey stays itself; AP1's own green lies outside sRGB's primaries.
    pixels = np.array([[[0.18, 0.18, 0.18], [4.0, 4.0, 4.0], [0.0, 1.0, 0.0]]], np.float32)
    linear = to_working(pixels, colour_space("ACEScg"))
    assert np.abs(linear[0, 0] - 0.18).max() < 1e-3 and np.abs(linear[0, 1] - 4.0).max() < 1e-2
    assert linear[0, 2, 1] > 1.0 and linear[0, 2, 0] < 0.0


def test_a_log_curve_is_opened() -> None:
    # ACEScct encodes 18 % grey as 0.4135884 (S-2016-001).
    grey = np.full((1, 1, 3), 0.4135884, np.float32)
    assert np.abs(to_working(grey, colour_space("ACEScct")) - 0.18).max() < 1e-3


def test_an_alias_and_a_role_name_the_same_space() -> None:
    assert colour_space("lin_ap1") == colour_space("scene_linear") == colour_space("ACEScg")


@pytest.mark.parametrize("name", ["no such space", "Raw"])
def test_a_space_that_cannot_be_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(InputError, match=f"The colour space '{name}'"):
        colour_space(name)


def test_a_config_that_is_missing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"config /nowhere\.ocio cannot be read"):
        colour_space("ACEScg", "/nowhere.ocio")
    monkeypatch.setenv("OCIO", "/elsewhere.ocio")
    with pytest.raises(InputError, match=r"/elsewhere\.ocio"):
        colour_space("ACEScg")


def test_frames_of_a_log_sequence_are_read_in_linear_light(
    tmp_path: Path, settings_for: Callable[[Path, str], ShotSettings]
) -> None:
    code = np.full((8, 8, 3), round(0.4135884 * 65535), np.uint16)
    write_png(tmp_path / "log.0001.png", code)
    _, plate = open_shot_plate(settings_for(tmp_path / "log.0001.png", "ACEScct"))
    assert np.abs(next(read_frames(plate)) - 0.18).max() < 1e-3
    assert np.array_equal(next(read_frames(plate.recorded)), code)


def test_an_acescg_exr_shows_the_trackers_the_same_face(
    tmp_path: Path, settings_for: Callable[[Path, str], ShotSettings]
) -> None:
    linear = np.random.default_rng(1).random((8, 8, 3), dtype=np.float32)
    there = from_working(linear, colour_space("ACEScg"))
    write_exr(tmp_path / "a.0001.exr", {c: there[..., i] for i, c in enumerate("RGB")}, {})
    _, plate = open_shot_plate(settings_for(tmp_path / "a.0001.exr", "ACEScg"))
    seen = next(read_frames(plate))
    assert np.abs(to_encoded(seen) - to_encoded(linear)).max() < 1e-3
    assert open_plate(tmp_path / "a.0001.exr").colour is None
