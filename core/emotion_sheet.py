"""One line in all eight emotions on a drawn head: what the blocking looks like before any plate."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cached_property

import cv2
import numpy as np

from .arkit import SHAPE_INDEX
from .expressions import BOTH_SIDES
from .face.head import HeadModel, load_head
from .face.portrait import Painter
from .lay_script import lay_script
from .listen import listen
from .networks import SpeechNetwork
from .perform import PerformSettings, perform
from .progress import Job, Progress
from .records import EMOTIONS, Camera, FloatArray, PixelArray, Speech
from .transcript import Script

RATE = 25.0
COLUMNS = 4
DISTANCE = 0.9
"""Metres from the camera to the head."""

SPAN = 0.175
"""Metres of the head's surroundings that a tile shows."""

TURN = 0.2
"""Radians the head is turned by: a frontal face hides what happens in depth."""

MIDDLE = -0.035
"""Height of the tile's middle in the head's frame, metres."""

BLINKS = 3.4
"""Seconds between two blinks."""

BLINK = (0.5, 1.0, 1.0, 0.7, 0.4, 0.15)
"""How far the lids are closed, frame by frame."""


class EmotionSheet:
    """Draws expressions on the project's head in square tiles."""

    def __init__(self, size: int) -> None:
        """Choose the size.

        Args:
            size: pixels along a tile's side.
        """
        self.size = size
        self.head: HeadModel = load_head()
        self.painter = Painter(self.head)
        cos, sin = np.cos(TURN), np.sin(TURN)
        turned = np.array([[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]])
        self.rotation = np.diag([1.0, -1.0, -1.0]) @ turned

    @cached_property
    def camera(self) -> Camera:
        """A pinhole in front of the face."""
        focal = self.size * DISTANCE / SPAN
        return Camera(focal, np.full(2, self.size / 2), self.size, self.size)

    def tile(self, expression: FloatArray, text: str = "") -> PixelArray:
        """The head with an expression (52,): (S, S, 3) uint8 RGB."""
        points = self.head.vertices(self.head.neutral, expression) - [0.0, MIDDLE, 0.0]
        seen = points @ self.rotation.T + [0.0, 0.0, DISTANCE]
        pixels: PixelArray = np.ascontiguousarray(self.painter.draw(seen, self.camera).pixels)
        place, scale = (self.size // 24, self.size // 10), self.size / 440
        cv2.putText(pixels, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1, 16)
        return pixels

    def frames(self, expressions: FloatArray) -> Iterator[PixelArray]:
        """Every frame of a performance (8, T, 52), see ``frame``."""
        for moment in np.moveaxis(expressions, 1, 0):
            yield self.frame(moment)

    def frame(self, expressions: FloatArray) -> PixelArray:
        """All emotions at one moment (8, 52), four beside each other: (2 S, 4 S, 3) uint8 RGB."""
        tiles = [self.tile(e, name) for e, name in zip(expressions, EMOTIONS, strict=True)]
        rows = [
            np.concatenate(tiles[first : first + COLUMNS], axis=1)
            for first in range(0, len(tiles), COLUMNS)
        ]
        return np.concatenate(rows, axis=0)

    def strip(self, expressions: FloatArray) -> PixelArray:
        """A row per emotion, a column per moment (8, K, 52): (8 S, K S, 3) uint8 RGB."""
        rows = [
            np.concatenate(
                [self.tile(e, "" if column else name) for column, e in enumerate(row)], axis=1
            )
            for row, name in zip(expressions, EMOTIONS, strict=True)
        ]
        return np.concatenate(rows, axis=0)


def perform_emotions(
    speech: Speech, network: SpeechNetwork, script: Script | None = None
) -> Job[FloatArray]:
    """The line in each emotion at full intensity, 25 frames a second: (8, T, 52) ARKit weights.

    Args:
        speech: the line.
        network: speech to landmarks.
        script: what the line says, where that is known.

    Raises:
        InputError: the speech is too short for the script.
    """
    head = load_head()
    times = np.arange(0.0, speech.duration, 1.0 / RATE)
    code = listen(speech, times, network)
    neutral = head.landmarks(head.neutral)
    laid = None
    if script is not None:
        laid = lay_script(script, network.sounds(speech.samples), speech.offset)
    made = []
    for done, weights in enumerate(np.eye(len(EMOTIONS))):
        yield Progress("perform", done, len(EMOTIONS), EMOTIONS[done])
        rows = np.tile(weights, (len(times), 1))
        settings = PerformSettings(rate=RATE)
        performance = perform(code, rows, neutral, network, settings, script=laid, times=times)
        made.append(performance.expression)
    return np.stack(made)


def with_blinks(expressions: FloatArray) -> FloatArray:
    """The line (8, T, 52) with lids that close now and then, each emotion's at another time.

    In a shot blinks are the plate's; a drawn head without them stares.
    """
    blinking = expressions.copy()
    acted = [
        SHAPE_INDEX[action + side] for action in ("eyeWide", "eyeSquint") for side in BOTH_SIDES
    ]
    lids = [SHAPE_INDEX["eyeBlinkLeft"], SHAPE_INDEX["eyeBlinkRight"]]
    for line, shift in zip(blinking, np.arange(1, len(blinking) + 1) / len(blinking), strict=True):
        closed = np.zeros(len(line) + len(BLINK))
        for first in np.arange(shift * BLINKS, len(line) / RATE, BLINKS):
            closed[round(first * RATE) :][: len(BLINK)] = BLINK
        closed = closed[: len(line), None]
        line[:, lids] = closed
        line[:, acted] *= 1.0 - closed
    return blinking


def telling_moments(expressions: FloatArray, count: int) -> list[int]:
    """Frames for a strip: in each of ``count`` equal parts of the line the widest open mouth,
    then the most closed, by turns.

    Args:
        expressions: (8, T, 52) of ``perform_emotions``.
        count: how many, fewer for a shorter line.
    """
    neutral = expressions[EMOTIONS.index("neutral")]
    moved = load_head().displacement(neutral)
    opening = moved[:, 13, 1] - moved[:, 14, 1]
    edges = np.linspace(0, len(neutral), min(count, len(neutral)) + 1).astype(int)
    return [
        int(first + (opening[first:last].argmin() if turn % 2 else opening[first:last].argmax()))
        for turn, (first, last) in enumerate(itertools.pairwise(edges))
    ]
