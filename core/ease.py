"""A step that begins and ends smoothly."""

from __future__ import annotations

import numpy as np

from .records import FloatArray


def ease(value: FloatArray | float, edges: tuple[float, float] = (0.0, 1.0)) -> FloatArray:
    """0 up to the first edge, 1 from the second one, a cubic between them."""
    share = np.clip((value - edges[0]) / (edges[1] - edges[0]), 0.0, 1.0)
    eased: FloatArray = share * share * (3 - 2 * share)
    return eased
