"""Training curves as a picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ...core.files import replace_file

WIDTH, HEIGHT, MARGIN = 720, 300, 40
COLOURS = ((40, 40, 200), (30, 140, 30), (200, 90, 20), (160, 40, 160), (20, 140, 190))


def draw_losses(path: Path, losses: Sequence[dict[str, object]]) -> None:
    """Draw one panel per stage, one line per loss, as a PNG.

    Args:
        path: the picture.
        losses: rows of ``stage``, ``step`` and ``losses``, a text such as ``cross 0.5 self 0.4``.
    """
    stages: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in losses:
        words = str(row["losses"]).split()
        for name, value in zip(words[::2], words[1::2], strict=False):
            stages[str(row["stage"])][name].append(float(value))
    panels = [_panel(stage, curves) for stage, curves in stages.items()]
    if not panels:
        return
    _, encoded = cv2.imencode(".png", np.concatenate(panels))
    replace_file(path, encoded.tobytes())


def _panel(stage: str, curves: dict[str, list[float]]) -> np.ndarray:
    picture = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    top = max(max(values) for values in curves.values()) or 1.0
    cv2.putText(picture, f"{stage}, highest {top:.3f}", (MARGIN, 24), 0, 0.5, (0, 0, 0), 1, 16)
    for number, (name, values) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        x = np.linspace(MARGIN, WIDTH - 150, len(values))
        y = HEIGHT - MARGIN - np.array(values) / top * (HEIGHT - 2 * MARGIN)
        line = np.stack([x, y], axis=1).astype(np.int32)
        cv2.polylines(picture, [line], False, colour, 1, cv2.LINE_AA)
        place = (WIDTH - 140, MARGIN + 20 * number)
        cv2.putText(picture, f"{name} {values[-1]:.3f}", place, 0, 0.42, colour, 1, cv2.LINE_AA)
    return picture
