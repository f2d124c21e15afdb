"""Put a rendered face back on its plate: the inverse of its crop, inside its matte only."""

from __future__ import annotations

import cv2
import numpy as np

from .crop import apply, crop_pixels, encoded_unit, invert
from .media.colour import to_linear
from .media.colour_space import from_working, to_working
from .records import ColourSpace, FloatArray, Frame, PixelArray
from .warp import sample

DETAIL_LIMIT = 0.06
"""Change of colour at which the plate's finest detail no longer belongs to the new picture."""

LOST_GRAIN = 0.45
"""Grain to add where the picture came through a crop: measured, .75 to .8 of it is left there."""

GRAIN_SIZE, GRAIN_LIMIT = 1.2, 3.0
"""Size of what counts as grain, plate pixels, and its largest value in standard deviations."""

MARGIN = 8
"""Plate pixels kept around the crop for interpolation."""


def composite_frame(
    pixels: PixelArray, frame: Frame, colour: ColourSpace | None = None
) -> PixelArray:
    """The plate's frame with the new face.

    Skin is taken from the plate at the plate's own sampling, through the frame's warp; the picture
    adds what the warp cannot bring. So a crop that is smaller than the face does not soften it.

    Args:
        pixels: (H, W, 3) uint8, uint16 or float32, as recorded.
        frame: the rendered face.
        colour: the space of the pixels; None for sRGB integers and linear floats.

    Returns:
        Pixels of the same type and shape; bit for bit the plate outside the matte.
    """
    result = pixels.copy()
    region = _matte_region(pixels, frame)
    if region is None:
        return result
    working = pixels if colour is None else to_working(pixels, colour)
    face, matte = _face_and_matte(working, frame, region)
    result[region] = _over(face, matte, pixels[region], working[region], colour)
    return result


def plate_layers(
    pixels: PixelArray, frame: Frame | None, colour: ColourSpace | None = None
) -> dict[str, PixelArray]:
    """All layers at the plate's size, for a multilayer file or a compositor.

    Args:
        pixels: (H, W, 3) the plate's frame, as recorded.
        frame: the rendered face; None where there is none, which gives the plate and empty layers.
        colour: the space of the pixels; None for sRGB integers and linear floats.

    Returns:
        ``beauty`` and ``face`` (H, W, 3) of the plate's type; ``matte``, ``edges``, ``mouth`` and
        ``confidence`` (H, W) float32; ``warp`` (H, W, 2) float32, an ST map: for each pixel the
        place it came from, 0..1 over the plate, y up. ``beauty`` is ``face`` over the plate by
        ``matte``, up to rounding.
    """
    height, width = pixels.shape[:2]
    x = np.broadcast_to(np.arange(width, dtype=np.float32) + 0.5, (height, width))
    y = np.broadcast_to((np.arange(height, dtype=np.float32) + 0.5)[:, None], (height, width))
    places = np.stack([x, y], axis=-1)
    empty = np.zeros((height, width), dtype=np.float32)
    layers: dict[str, PixelArray] = {
        "beauty": pixels.copy(),
        "face": pixels.copy(),
        "matte": empty,
        "edges": empty.copy(),
        "mouth": empty.copy(),
        "confidence": empty.copy(),
    }
    if frame is not None:
        layers["confidence"] += np.float32(frame.confidence)
        region = _region(pixels, frame.crop, len(frame.matte))
        if region is not None:
            working = pixels if colour is None else to_working(pixels, colour)
            face, matte = _face_and_matte(working, frame, region)
            inside = lift(np.ones_like(frame.matte), frame.crop, region) > 0.5
            layers["face"][region] = np.where(
                inside[..., None], _like(face, pixels, colour), pixels[region]
            )
            plate = pixels[region], working[region]
            layers["beauty"][region] = _over(face, matte, *plate, colour)
            layers["matte"][region] = matte
            layers["edges"][region] = lift(frame.edges, frame.crop, region)
            layers["mouth"][region] = lift(frame.mouth, frame.crop, region)
            places[region] += lift(_offset(frame), frame.crop, region)
    places[..., 0] /= width
    places[..., 1] = 1.0 - places[..., 1] / height
    layers["warp"] = places
    return layers


def _face_and_matte(
    pixels: PixelArray, frame: Frame, region: tuple[slice, slice]
) -> tuple[FloatArray, FloatArray]:
    """The new picture and its matte at the plate's sampling, within a region."""
    size = len(frame.matte)
    field = _offset(frame) @ frame.crop[:, :2].T.astype(np.float32)
    warped = sample(crop_pixels(pixels, frame.crop, size), field)
    change = cv2.GaussianBlur(np.abs(frame.face - warped).max(axis=-1), (0, 0), size / 170)
    keep = np.clip(1.0 - change / DETAIL_LIMIT, 0.0, 1.0)
    face = lift(frame.face, frame.crop, region, cv2.INTER_CUBIC)
    moved, grain = _native_warp(pixels, frame, region)
    share = lift(keep, frame.crop, region)[..., None]
    face = face + share * (moved - lift(warped, frame.crop, region, cv2.INTER_CUBIC))
    # What does not come from right here went through a crop, which wore its grain down.
    face = face + (1.0 - share) * LOST_GRAIN * grain
    return face, np.clip(lift(frame.matte, frame.crop, region), 0.0, 1.0)


def _over(
    face: FloatArray,
    matte: FloatArray,
    pixels: PixelArray,
    working: PixelArray,
    colour: ColourSpace | None,
) -> PixelArray:
    """The face over the plate's pixels, as recorded and as worked in; bit for bit without matte."""
    plate = encoded_unit(working)
    mixed = _like(plate + matte[..., None] * (face - plate), pixels, colour)
    return np.where((matte > 0.0)[..., None], mixed, pixels)


def _native_warp(
    pixels: PixelArray, frame: Frame, region: tuple[slice, slice]
) -> tuple[FloatArray, FloatArray]:
    """The plate moved through the frame's warp at the plate's own sampling, and its grain.

    Interpolation between pixels averages grain away, about a fifth of it. So the grain is moved by
    whole pixels, and only the picture under it is interpolated.
    """
    top, left = region[0].start, region[1].start
    offset = lift(_offset(frame), frame.crop, region)
    reach = int(np.ceil(np.abs(offset).max())) + MARGIN
    height, width = pixels.shape[:2]
    y0, y1 = max(0, top - reach), min(height, region[0].stop + reach)
    x0, x1 = max(0, left - reach), min(width, region[1].stop + reach)
    source = encoded_unit(pixels[y0:y1, x0:x1])
    x = offset[..., 0] + np.arange(left - x0, left - x0 + offset.shape[1], dtype=np.float32)
    y = offset[..., 1] + np.arange(top - y0, top - y0 + offset.shape[0], dtype=np.float32)[:, None]
    limit = _grain_limit(pixels, frame)
    grain = np.clip(_fine(source), -limit, limit)
    moved: FloatArray = cv2.remap(  # type: ignore[assignment]
        source - grain, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    carried: FloatArray = cv2.remap(  # type: ignore[assignment]
        grain, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
    )
    return moved + carried, carried


def _grain_limit(pixels: PixelArray, frame: Frame) -> FloatArray:
    """(3,) what edges and texture exceed and grain does not, where the matte lies."""
    region = _matte_region(pixels, frame)
    if region is None:
        return np.zeros(3, dtype=np.float32)
    usual = np.median(np.abs(_fine(encoded_unit(pixels[region]))), axis=(0, 1))
    limit: FloatArray = (GRAIN_LIMIT * 1.4826 * usual).astype(np.float32)
    return limit


def _fine(source: FloatArray) -> FloatArray:
    """What of a picture (H, W, 3) is as fine as grain."""
    return source - cv2.GaussianBlur(source, (0, 0), GRAIN_SIZE)


def _offset(frame: Frame) -> FloatArray:
    """Where each crop pixel's texture came from, relative to itself, in plate pixels."""
    return (frame.warp - crop_places(frame.crop, len(frame.matte))).astype(np.float32)


def crop_places(crop: FloatArray, size: int) -> FloatArray:
    """The plate position of every crop pixel's centre: (size, size, 2) float32."""
    line = np.arange(size) + 0.5
    grid = np.stack(np.meshgrid(line, line), axis=-1)
    places: FloatArray = apply(invert(crop), grid).astype(np.float32)
    return places


def _matte_region(pixels: PixelArray, frame: Frame) -> tuple[slice, slice] | None:
    """The plate's rows and columns that the matte reaches; None where there are none."""
    rows, columns = np.nonzero(frame.matte.any(axis=1))[0], np.nonzero(frame.matte.any(axis=0))[0]
    if len(rows) == 0:
        return None
    box = (columns[0] - 1, rows[0] - 1, columns[-1] + 2, rows[-1] + 2)
    return _box_region(pixels, frame.crop, box)


def _region(pixels: PixelArray, crop: FloatArray, size: int) -> tuple[slice, slice] | None:
    """The plate's rows and columns that the crop covers; None where it lies outside."""
    return _box_region(pixels, crop, (0, 0, size, size))


def _box_region(
    pixels: PixelArray, crop: FloatArray, box: tuple[int, int, int, int]
) -> tuple[slice, slice] | None:
    """The plate's rows and columns around a box (left, top, right, bottom) of the crop."""
    left, top, right, bottom = box
    square = [(left, top), (right, top), (left, bottom), (right, bottom)]
    corners = apply(invert(crop), np.array(square, dtype=float))
    height, width = pixels.shape[:2]
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, (width, height))
    right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, (width, height))
    if right <= left or bottom <= top:
        return None
    return slice(int(top), int(bottom)), slice(int(left), int(right))


def lift(
    plane: FloatArray,
    crop: FloatArray,
    region: tuple[slice, slice],
    interpolation: int = cv2.INTER_LINEAR,
) -> FloatArray:
    """Fetch a crop plane at the plate's pixels of a region; 0 outside the crop."""
    rows, columns = region
    moved = np.array(crop, dtype=np.float64)
    moved[:, 2] += moved[:, :2] @ (columns.start + 0.5, rows.start + 0.5) - 0.5
    lifted: FloatArray = cv2.warpAffine(  # type: ignore[assignment]
        np.ascontiguousarray(plane, dtype=np.float32),
        moved,
        (columns.stop - columns.start, rows.stop - rows.start),
        flags=interpolation | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(0.0, 0.0, 0.0, 0.0),
    )
    return lifted


def _like(encoded: FloatArray, pixels: PixelArray, colour: ColourSpace | None) -> PixelArray:
    """Display-encoded values in the plate's own space and type."""
    if colour is not None:
        encoded = from_working(to_linear(encoded), colour)
    if np.issubdtype(pixels.dtype, np.integer):
        top = np.iinfo(pixels.dtype).max
        return np.rint(np.clip(encoded, 0.0, 1.0) * top).astype(pixels.dtype)
    floats: PixelArray = (encoded if colour else to_linear(encoded)).astype(pixels.dtype)
    return floats
