import dataclasses
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from evp.core.errors import InputError
from evp.core.records import Plate
from evp.core.settings import ShotSettings
from evp.core.shot_inputs import ShotInputs, plate_notes

PLATE = Plate(Path("plate.mov"), 720, 576, Fraction(25), np.arange(4) / 25)


def test_a_plain_plate_needs_no_words_and_an_odd_one_gets_them():
    assert plate_notes(PLATE) == []
    odd = dataclasses.replace(PLATE, width=721, pixel_aspect=Fraction(16, 15), interlaced=True)
    size, aspect, fields = plate_notes(odd)
    assert "odd" in size
    assert "16:15" in aspect
    assert "deinterlace" in fields and "yadif" in fields


def test_only_frames_of_the_shot_can_be_asked_for(make_movie):
    inputs = ShotInputs(ShotSettings(plate=make_movie(count=8), frames=(3, 6)))
    assert list(inputs.numbers(None)) == [3, 4, 5, 6]
    assert list(inputs.numbers([4, 5])) == [4, 5]
    with pytest.raises(InputError, match="Frame 7 was asked for, but the shot has frames 3-6"):
        inputs.numbers(range(5, 9))


def test_a_shot_without_speech_says_what_to_do(make_movie):
    inputs = ShotInputs(ShotSettings(plate=make_movie(count=2)))
    with pytest.raises(InputError, match="has no speech yet; choose one"):
        _ = inputs.provenance
