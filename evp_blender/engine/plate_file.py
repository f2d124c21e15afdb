"""The plate's facts beside the shot, so that a scene can be built without a video decoder."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np

from ...core.errors import InputError
from ...core.files import replace_file
from ...core.records import Plate

FILE_NAME = "plate.json"


def write_plate(folder: Path, plate: Plate) -> None:
    """Keep a plate's record in the shot's folder."""
    values = {
        "path": str(plate.path.absolute()),
        "width": plate.width,
        "height": plate.height,
        "rate": str(plate.rate),
        "times": plate.times.tolist(),
        "first_frame": plate.first_frame,
        "skip": plate.skip,
        "bit_depth": plate.bit_depth,
        "has_audio": plate.has_audio,
        "order": None if plate.order is None else plate.order.tolist(),
    }
    replace_file(folder / FILE_NAME, json.dumps(values).encode())


def read_plate(folder: Path) -> Plate:
    """Read a plate that ``write_plate`` kept.

    Raises:
        InputError: the shot was not tracked yet, or the file is damaged.
    """
    path = folder / FILE_NAME
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        order = values["order"]
        return Plate(
            path=Path(values["path"]),
            width=values["width"],
            height=values["height"],
            rate=Fraction(values["rate"]),
            times=np.array(values["times"], dtype=np.float64),
            first_frame=values["first_frame"],
            skip=values["skip"],
            bit_depth=values["bit_depth"],
            has_audio=values["has_audio"],
            order=None if order is None else np.array(order, dtype=np.int64),
        )
    except OSError as error:
        raise InputError(f"{folder}: nothing has been tracked in this shot; run Track.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: the plate's facts are damaged; run Track again.") from error
