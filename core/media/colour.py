"""Colour conversions between a movie's YUV, display-encoded RGB, and linear light."""

from __future__ import annotations

import numpy as np
from av.video.reformatter import Interpolation

from ..records import FloatArray, PixelArray

ACCURATE = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INP
    | Interpolation.FULL_CHR_H_INT
)
"""Without all of these flags swscale's RGB/YUV round trip darkens the picture by 1 to 2 of 255."""


def to_linear(encoded: FloatArray) -> FloatArray:
    """Decode sRGB values to linear light (IEC 61966-2-1); values below 0 pass through scaled."""
    low = encoded <= 0.04045
    high = ((np.maximum(encoded, 0.04045) + 0.055) / 1.055) ** 2.4
    linear: FloatArray = np.where(low, encoded / 12.92, high)
    return linear


def to_encoded(linear: FloatArray) -> FloatArray:
    """Encode linear light as sRGB; the inverse of ``to_linear``, also above 1."""
    low = linear <= 0.0031308
    high = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    encoded: FloatArray = np.where(low, linear * 12.92, high)
    return encoded


def display_8_bit(pixels: PixelArray) -> PixelArray:
    """Plate pixels of any depth as display-encoded uint8; float pixels are linear light."""
    if pixels.dtype == np.uint8:
        return pixels
    encoded = pixels / 65535.0 if pixels.dtype == np.uint16 else to_encoded(pixels)
    return np.rint(np.clip(encoded, 0.0, 1.0) * 255.0).astype(np.uint8)
