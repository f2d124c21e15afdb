"""Expression curves as CSV, one row per frame, to open elsewhere."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from pathlib import Path

from .arkit import SHAPE_NAMES
from .files import replace_file
from .records import FloatArray, Plate


def write_curves(path: Path, plate: Plate, expression: FloatArray) -> None:
    """Write frame number, timecode, seconds and the 52 ARKit weights of every frame.

    Args:
        path: the file.
        plate: gives numbers, times and rate.
        expression: (T, 52) weights 0..1.

    Raises:
        OutputError: the folder cannot be written.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["frame", "timecode", "seconds", *SHAPE_NAMES])
    for number, time, weights in zip(plate.frame_numbers, plate.times, expression, strict=True):
        values = [f"{weight:.5f}" for weight in weights]
        table.writerow([number, timecode(number, plate.rate), f"{time:.6f}", *values])
    replace_file(path, text.getvalue().encode())


def timecode(number: int, rate: Fraction) -> str:
    """Non-drop timecode ``HH:MM:SS:FF`` of a frame number, counted at the rounded rate."""
    whole = max(1, round(rate))
    seconds, frame = divmod(number, whole)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frame:02}"
