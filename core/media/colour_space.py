"""Plates in any colour space of an OpenColorIO config: to the working space and back."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, MissingDependencyError
from ..records import ColourSpace, FloatArray, PixelArray
from .colour import to_encoded, to_linear

if TYPE_CHECKING:
    import PyOpenColorIO

BUILT_IN_CONFIG = "ocio://studio-config-latest"
"""The ACES studio config that OpenColorIO carries: ACES, camera logs, linear and display spaces."""

LINEAR = "Linear Rec.709 (sRGB)"
DISPLAY = "sRGB - Display"
"""Where a scene's and a display's spaces meet the working space, names of the built-in config."""


def colour_space(name: str, config: str | None = None) -> ColourSpace:
    """Look a colour space up.

    Args:
        name: any name, alias or role of the config.
        config: path or ``ocio://`` address of a config; None takes ``$OCIO``, or else the built-in
            ACES studio config.

    Raises:
        InputError: the config cannot be read or has no such space, or the space is not one of
            colours.
        MissingDependencyError: OpenColorIO is not installed.
    """
    address = config or os.environ.get("OCIO") or BUILT_IN_CONFIG
    loaded = _load(address)
    space = loaded.getColorSpace(name)
    if space is None:
        names = ", ".join(loaded.getColorSpaceNames())
        raise InputError(
            f"The colour space {name!r} is not in the config {address}; give one of: {names}."
        )
    if space.isData():
        raise InputError(
            f"The colour space {name!r} of {address} holds data, not colours; name the space the "
            "plate was recorded in."
        )
    # The name the config itself uses: an alias and its space must not make two different shots.
    found = ColourSpace(space.getName(), address, loaded.getCacheID())
    _processor(found, True)
    return found


def to_working(pixels: PixelArray, space: ColourSpace) -> FloatArray:
    """Recorded pixels (H, W, 3), integers or floats, as linear light with sRGB primaries."""
    values = _floats(pixels)
    _processor(space, True).applyRGB(values)
    return to_linear(values).astype(np.float32) if _is_display(space) else values


def from_working(linear: FloatArray, space: ColourSpace) -> FloatArray:
    """Linear light with sRGB primaries (H, W, 3) in the plate's own space; whole range 0..1."""
    values = _floats(to_encoded(linear) if _is_display(space) else linear)
    _processor(space, False).applyRGB(values)
    return values


def _floats(pixels: PixelArray) -> FloatArray:
    """A float32 copy that may be changed in place, integers scaled to 0..1."""
    if np.issubdtype(pixels.dtype, np.integer):
        return pixels.astype(np.float32) * np.float32(1.0 / np.iinfo(pixels.dtype).max)
    return np.array(pixels, dtype=np.float32, order="C")


@lru_cache(maxsize=4)
def _load(address: str) -> PyOpenColorIO.Config:
    try:
        import PyOpenColorIO
    except ImportError as error:
        raise MissingDependencyError(
            "A colour space was given, but OpenColorIO is not installed; pip install opencolorio."
        ) from error
    try:
        return PyOpenColorIO.Config.CreateFromFile(address)
    except (PyOpenColorIO.Exception, PyOpenColorIO.ExceptionMissingFile) as error:
        reason = str(error).strip().rstrip(".")
        raise InputError(f"The OpenColorIO config {address} cannot be read ({reason}).") from error


def _is_display(space: ColourSpace) -> bool:
    import PyOpenColorIO

    found = _load(space.config).getColorSpace(space.name)
    return bool(found.getReferenceSpaceType() == PyOpenColorIO.REFERENCE_SPACE_DISPLAY)


@lru_cache(maxsize=8)
def _processor(space: ColourSpace, forward: bool) -> PyOpenColorIO.CPUProcessor:
    import PyOpenColorIO

    config = _load(space.config)
    # A display's space meets a display's: a view transform between the two would change the look.
    target = DISPLAY if _is_display(space) else LINEAR
    try:
        if forward:
            steps = config.GetProcessorToBuiltinColorSpace(config, space.name, target)
        else:
            steps = config.GetProcessorFromBuiltinColorSpace(target, config, space.name)
        return steps.getDefaultCPUProcessor()
    except PyOpenColorIO.Exception as error:
        reason = str(error).strip().rstrip(".")
        raise InputError(
            f"The colour space {space.name!r} of {space.config} cannot be converted ({reason})."
        ) from error
