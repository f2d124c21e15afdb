"""How long and on what each part of the speech networks is trained."""

from __future__ import annotations

from dataclasses import dataclass

from .disentangle import DisentangleSettings
from .fit_landmarks import LandmarkSettings
from .hear_emotion import EmotionSettings


@dataclass(frozen=True)
class Recipe:
    """The settings of a training.

    Attributes:
        copies: varied copies that are made of the sound of every face.
        disentangle: of Ec and Ee.
        landmarks: of the landmark network.
    """

    copies: int
    disentangle: DisentangleSettings
    landmarks: LandmarkSettings


OPEN = Recipe(2, DisentangleSettings(), LandmarkSettings())

RECIPES: dict[str, Recipe] = {
    "quick": Recipe(
        0,
        DisentangleSettings(steps=20, emotion=EmotionSettings(steps=200, calibrate=False)),
        LandmarkSettings(steps=20),
    ),
    "base": OPEN,
    "open": OPEN,
    "research": Recipe(2, DisentangleSettings(steps=700), LandmarkSettings(steps=600)),
    "long": Recipe(2, DisentangleSettings(steps=10_000), LandmarkSettings(steps=6_000)),
}
"""``open`` and ``research`` are what the shipped sets are made by, the latter of more voices and
faces; their cards name the recordings. ``quick`` only shows that data can be read."""
