"""Named groups of the 478 landmarks, and the lines that show the sketch between them."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.face import topology

REGIONS: dict[str, Sequence[int]] = {
    "face_oval": topology.FACE_OVAL,
    "lips_outer": topology.LIPS_OUTER,
    "lips_inner": topology.LIPS_INNER,
    "eye_right": topology.EYE_RIGHT,
    "eye_left": topology.EYE_LEFT,
    "iris_right": topology.IRIS_RIGHT,
    "iris_left": topology.IRIS_LEFT,
    "brow_right": topology.BROW_RIGHT,
    "brow_left": topology.BROW_LEFT,
    "nose": (168, 6, 197, 195, 5, 4, 1, 19, 94, 2, 98, 97, 326, 327),
}
"""Left and right are the subject's; each but the last goes round in order."""


def sketch_lines() -> list[tuple[int, int]]:
    """Pairs of landmarks to connect: the outlines of eyes, irises, brows, lips and face."""
    lines: list[tuple[int, int]] = []
    for region, points in REGIONS.items():
        if region == "nose":
            continue
        # The first point of an iris is its middle.
        ring = [int(point) for point in (points[1:] if region.startswith("iris") else points)]
        lines += zip(ring, [*ring[1:], ring[0]], strict=True)
    return lines
