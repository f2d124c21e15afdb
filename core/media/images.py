"""Read and write single images: 8-bit, 16-bit, and float EXR with named layers."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import OpenEXR

from ..errors import InputError, OutputError
from ..files import discard, replace_file
from ..records import FloatArray, PixelArray

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".exr"})

JPEG_QUALITY = 82

PNG_TEXT_AT = 33
"""Bytes of a PNG's signature and header chunk; text chunks may follow."""


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


def write_png(path: Path, pixels: PixelArray, text: Mapping[str, str] | None = None) -> None:
    """Write (H, W, 3) RGB, (H, W, 4) RGBA or (H, W) grey, uint8 or uint16.

    Under a temporary name first.

    Args:
        path: the file.
        pixels: the picture.
        text: Latin-1 entries for the file's text chunks.

    Raises:
        OutputError: the folder cannot be written.
    """
    ordered = pixels if pixels.ndim == 2 else pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]
    ok, encoded = cv2.imencode(".png", np.ascontiguousarray(ordered))
    if not ok:
        raise OutputError(f"{path}: the image could not be encoded as PNG.")
    content = encoded.tobytes()
    chunks = b"".join(_text_chunk(name, value) for name, value in (text or {}).items())
    replace_file(path, content[:PNG_TEXT_AT] + chunks + content[PNG_TEXT_AT:])


def write_picture(path: Path, pixels: PixelArray) -> None:
    """Write (H, W, 3) uint8 RGB as PNG, or as JPEG where the name ends in .jpg.

    Raises:
        OutputError: the folder cannot be written.
    """
    if path.suffix.lower() not in (".jpg", ".jpeg"):
        write_png(path, pixels)
        return
    ordered = np.ascontiguousarray(pixels[..., ::-1])
    _, encoded = cv2.imencode(".jpg", ordered, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    replace_file(path, encoded.tobytes())


def image_text(path: Path, name: str) -> str | None:
    """One entry of a PNG's text chunks or an EXR's header; None where it cannot be read."""
    if not path.is_file():
        return None
    try:
        if path.suffix.lower() == ".exr":
            with OpenEXR.File(os.fspath(path), header_only=True) as file:
                value = file.header().get(name)
            return None if value is None else str(value)
        with path.open("rb") as file:
            head = file.read(4096)
    except (OSError, RuntimeError):
        return None
    start = head.find(b"tEXt" + name.encode("latin-1") + b"\0")
    if start < 4:
        return None
    length = struct.unpack(">I", head[start - 4 : start])[0]
    return head[start + 4 + len(name) + 1 : start + 4 + length].decode("latin-1")


def image_pixel_aspect(path: Path) -> Fraction:
    """Width of an image's pixels by their height: an EXR says it, others have square ones.

    Raises:
        InputError: the EXR cannot be read.
    """
    if path.suffix.lower() != ".exr":
        return Fraction(1)
    try:
        with OpenEXR.File(os.fspath(path), header_only=True) as file:
            said = float(file.header().get("pixelAspectRatio", 1.0))
    except (OSError, RuntimeError) as error:
        raise InputError(f"{path}: the EXR file cannot be read ({error}).") from error
    return Fraction(said).limit_denominator(1000) if 0.01 < said < 100.0 else Fraction(1)


def write_exr(
    path: Path,
    layers: Mapping[str, FloatArray],
    attributes: Mapping[str, str],
    pixel_aspect: Fraction = Fraction(1),
) -> None:
    """Write a multilayer EXR, ZIP-compressed, under a temporary name first.

    Args:
        path: the file.
        layers: channel name to (H, W) float16 or float32, e.g. ``"beauty.R"``.
        attributes: extra header entries.
        pixel_aspect: width of a pixel by its height.

    Raises:
        OutputError: the folder cannot be written.
    """
    header = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "pixelAspectRatio": float(pixel_aspect),
        **attributes,
    }
    channels = {name: np.ascontiguousarray(plane) for name, plane in layers.items()}
    partial = path.with_name(f".{path.name}.{os.getpid()}.part.exr")
    try:
        with OpenEXR.File(header, channels) as file:
            file.write(os.fspath(partial))
        os.replace(partial, path)
    except (OSError, RuntimeError) as error:
        raise OutputError(f"{path}: the EXR frame cannot be written ({error}).") from error
    finally:
        discard(partial)


def _text_chunk(name: str, value: str) -> bytes:
    body = b"tEXt" + name.encode("latin-1") + b"\0" + value.encode("latin-1", "replace")
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


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
