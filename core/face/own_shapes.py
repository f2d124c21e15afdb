"""A person's own way of making an expression: what the 52 shapes lack, learned within the shot."""

from __future__ import annotations

import numpy as np

from ..records import Camera, FloatArray
from .carry import carry_skin
from .head import HeadModel
from .solver import Observation, Person, State, Weights, place
from .topology import SKIN_COUNT

_PULL = 1.0
"""Pull of the corrections towards none, in frames in which a shape is at full weight."""


def lacking(
    person: Person, state: State, seen: Observation, camera: Camera, weights: Weights
) -> FloatArray:
    """What the landmarks lack to be where they are seen (T, 478, 3), metres, head frame.

    Along the line of sight they lack nothing. Landmarks that are not trusted or are far off lack
    less than they seem to; the irises belong to the gaze.
    """
    _, points = place(person, state)
    missing = seen.pixels - camera.project(points)
    squared = ((missing * seen.scale[:, None, None]) ** 2).sum(-1)
    trust = seen.trust / (1 + squared / weights.robust**2) ** 2
    trust[:, SKIN_COUNT:] = 0.0
    flat = missing * (trust * points[..., 2] / camera.focal)[..., None]
    lifted: FloatArray = flat @ state.rotation[:, :2]
    return lifted


def explain(expression: FloatArray, missing: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Corrections of the shapes (52, 478, 3) and of the face at rest (478, 3).

    A ridge regression from the expression to what is missing: a shape that hardly moves in the
    shot stays the head's.

    Args:
        expression: (T, 52).
        missing: (T, 478, 3) what the landmarks lack with the head's own shapes.
    """
    mean = expression.mean(0)
    moved = expression - mean
    average = missing.mean(0)
    change = (missing - average).reshape(len(missing), -1)
    normal = moved.T @ moved + _PULL * np.eye(moved.shape[1])
    shapes = np.linalg.solve(normal, moved.T @ change).reshape(-1, *average.shape)
    return shapes, average - np.tensordot(mean, shapes, axes=1)


def on_the_head(head: HeadModel, shapes: FloatArray) -> FloatArray:
    """Corrections of all vertices (52, V, 3) from those of the landmarks (52, 478, 3)."""
    return carry_skin(head, shapes).astype(np.float32)
