"""Where the landmarks of a fitted person lie."""

from __future__ import annotations

import numpy as np

from ..records import FaceFit, FloatArray
from .head import HeadModel, load_head


def neutral_landmarks(fit: FaceFit, head: HeadModel | None = None) -> FloatArray:
    """The fitted person's landmarks at rest (478, 3), head frame, metres.

    Args:
        fit: the person.
        head: the model that was fitted; the project's where not given.
    """
    head = head or load_head()
    return head.landmarks(head.shape(fit.identity, fit.offset))


def points_for(fit: FaceFit, expression: FloatArray, head: HeadModel | None = None) -> FloatArray:
    """The fitted person's landmarks (T, 478, 3) with an expression, head frame, metres.

    Args:
        fit: the person.
        expression: (T, 52) ARKit weights.
        head: the model that was fitted; the project's where not given.
    """
    head = head or load_head()
    shapes = head.landmarks(head.shapes(fit.own_shapes))
    points: FloatArray = neutral_landmarks(fit, head) + np.tensordot(expression, shapes, axes=1)
    return points


def fitted_points(fit: FaceFit) -> FloatArray:
    """The fitted person's landmarks (T, 478, 3) with the fitted expression, head frame, metres."""
    return points_for(fit, fit.expression)


def projected_points(fit: FaceFit) -> FloatArray:
    """The fitted landmarks in plate pixels (T, 478, 2)."""
    return fit.camera.project(fit.to_camera(fitted_points(fit)))
