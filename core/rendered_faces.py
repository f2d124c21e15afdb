"""Rendered faces on disk: one file per frame, small enough to keep, whole or not there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from .composite import crop_places
from .errors import EvpError
from .files import replace_file
from .records import Frame
from .store import DAMAGE, KEY

OFFSET_STEPS = 32.0
"""Steps per plate pixel at which the warp is stored."""

FASTEST = 1
"""Level of compression."""


def face_path(folder: Path, number: int) -> Path:
    """Where a rendered face lies."""
    return folder / f"face.{number:04d}.npz"


def save_frame(path: Path, frame: Frame, key: str, fine: bool = False) -> None:
    """Write a rendered face, nothing where the matte is empty; ``fine``: in more than 8 bits."""
    kept = cv2.dilate((frame.matte > 0.0).astype(np.uint8), np.ones((9, 9), np.uint8))[..., None]
    offset = (frame.warp - crop_places(frame.crop, len(frame.matte))) * kept
    face = frame.face * kept
    arrays = {
        KEY: np.array(key),
        "number": np.array(frame.number),
        "crop": np.asarray(frame.crop, dtype=np.float64),
        "face": face.astype(np.float16) if fine else np.rint(face * 255).astype(np.uint8),
        "matte": np.rint(frame.matte * 65535).astype(np.uint16),
        "edges": np.rint(frame.edges * 255).astype(np.uint8),
        "offset": np.rint(np.clip(offset * OFFSET_STEPS, -32767, 32767)).astype(np.int16),
        "mouth": np.rint(frame.mouth * 255).astype(np.uint8),
        "confidence": np.array(frame.confidence),
        "covered": np.array(frame.covered),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            part = io.BytesIO()
            np.save(part, array)
            # A ZipInfo has a level of its own; the archive's does not count for it.
            info = zipfile.ZipInfo(f"{name}.npy")
            archive.writestr(info, part.getvalue(), zipfile.ZIP_DEFLATED, FASTEST)
    replace_file(path, buffer.getvalue())


def load_frame(path: Path) -> Frame:
    """Read a rendered face.

    Raises:
        EvpError: the file is missing or damaged.
    """
    try:
        with np.load(path) as arrays:
            crop = arrays["crop"]
            face, matte = arrays["face"], arrays["matte"].astype(np.float32) / 65535.0
            offset = arrays["offset"].astype(np.float32) / OFFSET_STEPS
            face = face / np.float32(255) if face.dtype == np.uint8 else face.astype(np.float32)
            return Frame(
                number=int(arrays["number"]),
                crop=crop,
                face=face,
                matte=matte,
                edges=arrays["edges"].astype(np.float32) / 255.0,
                warp=crop_places(crop, len(matte)) + offset,
                mouth=arrays["mouth"].astype(np.float32) / 255.0,
                confidence=float(arrays["confidence"]),
                covered=float(arrays["covered"]),
            )
    except DAMAGE as error:
        raise EvpError(f"{path}: this rendered face is missing or damaged; render it again.") from (
            error
        )


def covered_numbers(folder: Path, numbers: Sequence[int]) -> tuple[list[int], list[int]]:
    """Rendered frames with something before the face.

    Returns:
        Those whose mouth is behind it, which pass through, and those that it covers in part.
    """
    hidden, partly = [], []
    for number in numbers:
        path = face_path(folder, number)
        if path.is_file():
            with np.load(path) as arrays:
                if float(arrays["confidence"]) == 0.0:
                    hidden.append(number)
                elif float(arrays["covered"]) > 0.0:
                    partly.append(number)
    return hidden, partly
