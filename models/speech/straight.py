"""The straight path: from what the listener hears about a moment to landmark displacements.

It stands beside the LSTM. One matrix, solved by ridge regression, holds for voices and ways of
speaking that the LSTM, which learns by heart more easily, has never met.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor, nn

from ...core.records import FloatArray
from .landmarks import COMPONENTS
from .listener import WIDTH
from .utterances import rows_at

OFFSETS = (-0.10, -0.05, 0.0, 0.05, 0.10)
"""Seconds around a moment at which the listener's features are looked at."""

AROUND_SIZE = len(OFFSETS) * WIDTH


class StraightPath(nn.Module):
    """Features around a moment (..., 1920) to components (..., 24)."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(AROUND_SIZE, COMPONENTS)

    def forward(self, around: Tensor) -> Tensor:
        """Predict components; see ``LandmarkNetwork.basis``."""
        components: Tensor = self.layer(around)
        return components


def features_around(
    features: FloatArray, times: FloatArray, shift: FloatArray | float = 0.0
) -> FloatArray:
    """What is heard around each time: (T, 1920) float32; the ends repeat beyond the sound.

    Args:
        features: (N, 384) of the listener, 50 rows a second.
        times: (T,) seconds.
        shift: (384,) how far this voice lies from the average one; it is taken off.
    """
    moments = np.asarray(times, np.float64)[:, None] + np.array(OFFSETS)
    around = rows_at(features, moments) - shift
    return around.reshape(len(moments), AROUND_SIZE).astype(np.float32)
