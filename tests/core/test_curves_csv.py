import csv
from fractions import Fraction
from pathlib import Path

import numpy as np

from evp.core.arkit import SHAPE_NAMES
from evp.core.curves_csv import timecode, write_curves
from evp.core.records import Plate


def test_curves_open_elsewhere_with_names_numbers_and_timecode(tmp_path: Path):
    plate = Plate(Path("a.mp4"), 8, 8, Fraction(24), np.arange(3) / 24, first_frame=1001)
    expression = np.zeros((3, 52))
    expression[1, SHAPE_NAMES.index("jawOpen")] = 0.25
    write_curves(tmp_path / "curves.csv", plate, expression)
    with (tmp_path / "curves.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["frame"] for row in rows] == ["1001", "1002", "1003"]
    assert [float(row["jawOpen"]) for row in rows] == [0.0, 0.25, 0.0]
    assert rows[0]["timecode"] == "00:00:41:17"
    assert set(SHAPE_NAMES) <= rows[0].keys()


def test_timecode_counts_at_the_rounded_rate():
    assert timecode(24 * 3600 + 5, Fraction(24000, 1001)) == "01:00:00:05"
