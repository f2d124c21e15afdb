"""Emotion curves: from an option, from a keyframe file, and their checks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .errors import InputError
from .records import EMOTIONS, EmotionCurve, FloatArray

NEUTRAL = EMOTIONS.index("neutral")


def parse_emotion(text: str) -> EmotionCurve:
    """Read an emotion that holds for the whole shot, e.g. ``happy``, ``happy:0.8,surprised:0.2``.

    What is missing to a sum of 1 is neutral.

    Raises:
        InputError: an unknown name, a weight that is no number in 0..1, or a sum above 1.
    """
    weights: dict[str, Any] = {}
    for part in text.split(","):
        name, colon, value = part.strip().partition(":")
        weights[name.strip()] = value.strip() if colon else 1.0
    return EmotionCurve(np.zeros(1), emotion_weights(weights, f"--emotion {text}")[None])


def read_emotion_curve(path: Path) -> EmotionCurve:
    """Read a JSON list of keyframes: ``[{"time": 0, "neutral": 1}, {"time": 2.5, "sad": 0.7}]``.

    Times are seconds from the shot's first frame; between keyframes the weights are linear.

    Raises:
        InputError: the file is missing, is not such a list, or a keyframe makes no sense.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: the emotion curve cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise InputError(f"{path}: the emotion curve is not valid JSON ({error}).") from error
    if isinstance(content, dict):
        content = content.get("keyframes")
    if not isinstance(content, list) or not all(isinstance(key, dict) for key in content):
        raise InputError(f'{path}: expected a list of keyframes like {{"time": 0, "happy": 0.8}}.')
    return emotion_curve(content, str(path))


def emotion_curve(keyframes: Sequence[Mapping[str, Any]], source: str) -> EmotionCurve:
    """Make a curve of keyframes that each hold ``time`` and emotion weights.

    Raises:
        InputError: no keyframe, times that do not ascend, or weights that make no sense.
    """
    if not keyframes:
        raise InputError(f"{source}: the emotion curve has no keyframe; give at least one.")
    times = []
    weights = []
    for number, keyframe in enumerate(keyframes, start=1):
        where = f"{source}, keyframe {number}"
        rest = {name: value for name, value in keyframe.items() if name != "time"}
        times.append(_number(keyframe.get("time"), f"{where}: time"))
        weights.append(emotion_weights(rest, where))
        if len(times) > 1 and times[-1] <= times[-2]:
            raise InputError(f"{where}: its time must be later than the keyframe's before it.")
    return EmotionCurve(np.array(times), np.stack(weights))


def emotion_weights(weights: Mapping[str, Any], source: str) -> FloatArray:
    """Weights (8,) in the order of ``EMOTIONS`` that sum to 1, the rest being neutral.

    Raises:
        InputError: an unknown emotion, a weight outside 0..1, or a sum above 1.
    """
    vector = np.zeros(len(EMOTIONS))
    for name, value in weights.items():
        if name not in EMOTIONS:
            raise InputError(
                f"{source}: there is no emotion {name!r}; choose from {', '.join(EMOTIONS)}."
            )
        weight = _number(value, f"{source}: {name}")
        if not 0.0 <= weight <= 1.0:
            raise InputError(f"{source}: the weight of {name} is {weight:g}; it must be in 0..1.")
        vector[EMOTIONS.index(name)] = weight
    total = float(vector.sum())
    if total > 1.0 + 1e-6:
        raise InputError(f"{source}: the weights sum to {total:g}; they must not exceed 1.")
    vector[NEUTRAL] += max(0.0, 1.0 - total)
    return vector


def _number(value: Any, where: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if isinstance(value, bool) or not np.isfinite(number):
        raise InputError(f"{where} is {value!r}; it must be a number.")
    return number
