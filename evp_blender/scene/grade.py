"""The compositor's nodes that fit a rendered face to its plate: edge, colour and grain.

Each takes the artist's amount from a socket; at 0 what comes out is what went in, bit for bit.
"""

from __future__ import annotations

from typing import Any

from .wiring import Wiring

RIM_PIXELS = 8
"""How far into the matte its rim reaches, where face and plate show the same skin."""

MOST_GAIN = 4.0
"""Largest factor on a channel; one over it is the smallest."""

GRAIN_PIXELS = 3
"""What a blur of this size takes away is grain, or the edge of something."""

EDGE = 3.0
"""Fine detail that is stronger than this many times the mean is an edge, not grain."""


def feather_inwards(wiring: Wiring, matte: Any, size: Any) -> Any:
    """Soften a matte's edge towards its inside: outside the matte there is no rendered face.

    Args:
        wiring: the group.
        matte: 0..1.
        size: socket, pixels.
    """
    soft = wiring.blur(matte, size, "Feather")
    missing = wiring.math("MINIMUM", wiring.math("SUBTRACT", soft, matte), 0.0)
    return wiring.math(
        "ADD", matte, wiring.math("MULTIPLY", missing, 2.0), clamp=True, label="Feathered matte"
    )


def match_colour(wiring: Wiring, face: Any, plate: Any, matte: Any, amount: Any) -> Any:
    """Give the face the plate's colour: a gain per channel, measured along the matte's rim."""
    inside = wiring.math("SUBTRACT", 1.0, wiring.blur(matte, RIM_PIXELS), clamp=True)
    rim = wiring.math("MULTIPLY", matte, inside, label="Rim")
    wanted = wiring.blend("MULTIPLY", plate, rim, label="Plate at the rim")
    have = wiring.blend("MULTIPLY", face, rim, label="Face at the rim")
    gains = []
    for channel in ("RED", "GREEN", "BLUE"):
        # The offset makes the gain 1 where no rim is seen.
        top = wiring.math("ADD", wiring.mean(wanted, channel), 1e-7)
        bottom = wiring.math("ADD", wiring.mean(have, channel), 1e-7)
        gain = wiring.math("DIVIDE", top, bottom, label=f"{channel.capitalize()} gain")
        gain = wiring.math("MAXIMUM", wiring.math("MINIMUM", gain, MOST_GAIN), 1.0 / MOST_GAIN)
        share = wiring.math("MULTIPLY", wiring.math("SUBTRACT", gain, 1.0), amount)
        gains.append(wiring.math("ADD", share, 1.0))
    return wiring.blend("MULTIPLY", face, wiring.combine(*gains), label="Colour match")


def match_grain(wiring: Wiring, face: Any, plate: Any, matte: Any, amount: Any) -> Any:
    """Add the plate's own grain, as much as the face has less of it than the plate under it."""
    soft_plate = wiring.blur(plate, GRAIN_PIXELS, "Plate without grain")
    soft_face = wiring.blur(face, GRAIN_PIXELS, "Face without grain")
    strengths, flats = [], []
    size = wiring.math("MAXIMUM", wiring.mean(matte), 1e-7)
    for image, soft in ((plate, soft_plate), (face, soft_face)):
        strength = _grey(wiring, wiring.blend("DIFFERENCE", image, soft))
        inside = wiring.math("MULTIPLY", strength, matte)
        typical = wiring.math("DIVIDE", wiring.mean(inside), size)
        limit = wiring.math("MULTIPLY", typical, EDGE)
        strengths.append(inside)
        flats.append(wiring.math("LESS_THAN", strength, limit, label="No edge"))
    flat = wiring.math("MULTIPLY", *flats)
    there, have = (
        wiring.mean(wiring.math("MULTIPLY", inside, flat), label=name)
        for inside, name in zip(strengths, ("Grain of the plate", "Grain of the face"), strict=True)
    )
    share = wiring.math("DIVIDE", have, wiring.math("MAXIMUM", there, 1e-9))
    rest = wiring.math("SUBTRACT", 1.0, wiring.math("MULTIPLY", share, share), clamp=True)
    missing = wiring.math("POWER", rest, 0.5, label="Missing grain")
    grain = wiring.blend("SUBTRACT", plate, soft_plate, label="Grain")
    grain = wiring.blend("MULTIPLY", grain, flats[0])
    return wiring.blend("ADD", face, grain, wiring.math("MULTIPLY", amount, missing), "Grain added")


def _grey(wiring: Wiring, colour: Any) -> Any:
    """One value of a colour; linking a colour to a value converts it."""
    return wiring.math("ADD", colour, 0.0)
