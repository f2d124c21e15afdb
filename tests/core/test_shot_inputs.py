import dataclasses
from fractions import Fraction
from pathlib import Path

import numpy as np

from evp.core.records import Plate
from evp.core.shot_inputs import plate_notes

PLATE = Plate(Path("plate.mov"), 720, 576, Fraction(25), np.arange(4) / 25)


def test_a_plain_plate_needs_no_words_and_an_odd_one_gets_them():
    assert plate_notes(PLATE) == []
    odd = dataclasses.replace(PLATE, width=721, pixel_aspect=Fraction(16, 15), interlaced=True)
    size, aspect, fields = plate_notes(odd)
    assert "odd" in size
    assert "16:15" in aspect
    assert "deinterlace" in fields
