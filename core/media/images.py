"""Read and write single images: 8-bit, 16-bit, and float EXR with named layers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import OpenEXR

from ..errors import InputError, OutputError
from ..records import FloatArray, PixelArray

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".exr"})


def read_image(path: Path) -> PixelArray:
    """Read an image as (H, W, 3) RGB: uint8, uint16, or float32 for EXR. Alpha is dropped.

    Raises:
        InputError: the file is missing or damaged.
    """
    if path.suffix.lower() == ".exr":
        return _read_exr(path)
    # cv2.imread cannot open non-ASCII paths on every platform; decoding from memory can.
    try:
        encoded = np.fromfile(path, dtype=np.uint8)
        pixels = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED) if encoded.size else None
    except OSError as error:
        raise InputError(f"{path}: the image cannot be read ({error.strerror}).") from error
    if pixels is None:
        raise InputError(f"{path}: the file is not an image that can be read.")
    if pixels.dtype not in (np.uint8, np.uint16):
        pixels = pixels.astype(np.float32)
    if pixels.ndim == 2:
        return np.repeat(pixels[..., None], 3, axis=2)
    return np.ascontiguousarray(pixels[..., 2::-1])


def image_size(path: Path) -> tuple[int, int]:
    """Width and height of an image in pixels."""
    height, width = read_image(path).shape[:2]
    return width, height


def image_bit_depth(path: Path) -> int:
    """Bits per channel as ``Plate.bit_depth`` counts them: 8, 16 or 32."""
    return read_image(path).dtype.itemsize * 8


def write_image(path: Path, pixels: PixelArray) -> None:
    """Write (H, W, 3) RGB or (H, W) grey, uint8 or uint16, as PNG, under a temporary name first.

    Raises:
        OutputError: the folder cannot be written.
    """
    ordered = pixels[..., ::-1] if pixels.ndim == 3 else pixels
    ok, encoded = cv2.imencode(path.suffix, np.ascontiguousarray(ordered))
    if not ok:
        raise OutputError(f"{path}: the image could not be encoded as {path.suffix}.")
    replace_file(path, encoded.tobytes())


def write_exr(
    path: Path, layers: Mapping[str, FloatArray], attributes: Mapping[str, str]
) -> None:
    """Write a multilayer EXR, ZIP-compressed, under a temporary name first.

    Args:
        path: the file.
        layers: channel name to (H, W) float16 or float32, e.g. ``"beauty.R"``.
        attributes: extra header entries.

    Raises:
        OutputError: the folder cannot be written.
    """
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    header.update(attributes)
    channels = {name: np.ascontiguousarray(plane) for name, plane in layers.items()}
    partial = path.with_name(f".{path.name}.{os.getpid()}.part.exr")
    try:
        with OpenEXR.File(header, channels) as file:
            file.write(os.fspath(partial))
        os.replace(partial, path)
    except (OSError, RuntimeError) as error:
        partial.unlink(missing_ok=True)
        raise OutputError(f"{path}: the EXR frame cannot be written ({error}).") from error


def replace_file(path: Path, content: bytes) -> None:
    """Write a file under a temporary name beside it, then rename it into place.

    Raises:
        OutputError: the folder cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(f"{path}: the file cannot be written ({error.strerror}).") from error


def _read_exr(path: Path) -> PixelArray:
    try:
        with OpenEXR.File(os.fspath(path), separate_channels=True) as file:
            channels = {name: channel.pixels for name, channel in file.channels().items()}
    except (OSError, RuntimeError) as error:
        raise InputError(f"{path}: the EXR file cannot be read ({error}).") from error
    if {"R", "G", "B"} <= channels.keys():
        planes = [channels[name] for name in "RGB"]
    elif "Y" in channels:
        planes = [channels["Y"]] * 3
    else:
        names = ", ".join(sorted(channels))
        raise InputError(f"{path}: the EXR has no R, G, B channels (it has {names}).")
    return np.stack(planes, axis=-1).astype(np.float32)
