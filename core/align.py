"""Put the performed expression into the plate's head pose (paper, section 3.3).

The paper keeps the predicted expression and the plate's pose: ``l_p = s Pr R L + t``. Here the same
is done as a difference: the plate's tracked landmarks move by what the change of expression moves
the fitted head's projection, so a face that does not change lands on its own pixels exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arkit import SHAPE_INDEX, SHAPE_NAMES
from .ease import ease
from .face.fitted import fitted_points, points_for
from .face.topology import LIP_PAIRS, MIDDLE_LIDS, SIDE_LIP_PAIRS
from .records import AlignedFace, BoolArray, FaceFit, FloatArray, Performance, Track
from .settings import UpperFace

CLOSED_GAP = 0.015
"""Lips nearer than this share of the inter-ocular distance are drawn together until they touch."""

SHUTTING = (0.2, 0.8)
"""Shares of an eye's usual opening between which an emotion lets go of the lids in a blink."""

FADE_IN = 4.0
"""The rendered face is fully shown once a quarter of the change of expression is in."""


@dataclass(frozen=True)
class AlignSettings:
    """How plate and performance share the face.

    Attributes:
        upper_face: whose brows, squints and cheeks are shown: the plate's own, the emotion's on
            the rest the plate's have in the shot, or the sum of both. Blinks and gaze are always
            the plate's.
    """

    upper_face: UpperFace = "both"


def align(
    fit: FaceFit, track: Track, performance: Performance, settings: AlignSettings
) -> AlignedFace:
    """Give the plate's head the performed expression.

    All records cover the same T frames; ``track`` should be the smoothed one the fit was made from.
    """
    expression = mix_expression(fit, performance, settings)
    return align_points(fit, track, expression, points_for(fit, expression), performance.presence)


def align_points(
    fit: FaceFit,
    track: Track,
    expression: FloatArray,
    points: FloatArray,
    presence: FloatArray,
) -> AlignedFace:
    """Project new landmarks in the head's frame through the plate's camera.

    Args:
        fit: the plate's fit.
        track: the plate's landmarks.
        expression: (T, 52) ARKit weights of the new face.
        points: (T, 478, 3) landmarks of the new face, metres, head frame; from the expression, or
            measured on a head that an artist edited.
        presence: (T,) 0..1, how far the new face replaces the plate's.
    """
    valid = fit.valid & track.found
    new_points = fit.to_camera(points)
    shift = fit.camera.project(new_points) - fit.camera.project(fit.to_camera(fitted_points(fit)))
    plate_landmarks = np.where(valid[:, None, None], track.landmarks[..., :2], 0.0)
    landmarks = plate_landmarks + np.where(valid[:, None, None], shift, 0.0)
    moved = valid & (presence > 0.0)
    closed = _close_lips(
        landmarks[moved], fit.camera.project(new_points[moved]), fit.rotation[moved]
    )
    landmarks[moved] += presence[moved, None, None] * (closed - landmarks[moved])
    return AlignedFace(
        landmarks=landmarks,
        depth=new_points[..., 2],
        plate_landmarks=plate_landmarks,
        rotation=fit.rotation,
        expression=expression,
        plate_expression=fit.expression,
        valid=valid,
        changed=np.where(valid, np.clip(FADE_IN * presence, 0.0, 1.0), 0.0),
        confidence=np.where(valid, track.confidence, 0.0),
    )


def mix_expression(fit: FaceFit, performance: Performance, settings: AlignSettings) -> FloatArray:
    """Combine the plate's own weights (T, 52) with the performed ones, region by region."""
    plate, performed = fit.expression, _let_blink(fit, performance.expression)
    mixed = plate.copy()
    mixed[:, MOUTH_SHAPES] = performed[:, MOUTH_SHAPES]
    if settings.upper_face != "plate":
        own = plate[:, UPPER_SHAPES]
        if settings.upper_face == "emotion" and fit.valid.any():
            own = np.median(own[fit.valid], axis=0)
        mixed[:, UPPER_SHAPES] = np.clip(own + performed[:, UPPER_SHAPES], 0.0, 1.0)
    presence = performance.presence[:, None]
    blended: FloatArray = plate + presence * (mixed - plate)
    return blended


def _let_blink(fit: FaceFit, performed: FloatArray) -> FloatArray:
    """Lids that an emotion widens or narrows still meet where the plate's do."""
    performed = performed.copy()
    points = fitted_points(fit)
    for side, (upper, lower) in MIDDLE_LIDS.items():
        gap = points[:, upper, 1] - points[:, lower, 1]
        open_gap = np.median(gap[fit.valid]) if fit.valid.any() else 1.0
        shapes = [SHAPE_INDEX["eyeWide" + side], SHAPE_INDEX["eyeSquint" + side]]
        performed[:, shapes] *= ease(gap / max(float(open_gap), 1e-6), SHUTTING)[:, None]
    return performed


def _shape_mask(*prefixes: str) -> BoolArray:
    return np.array([name.startswith(prefixes) for name in SHAPE_NAMES])


MOUTH_SHAPES = _shape_mask("jaw", "mouth", "cheekPuff", "tongue")
UPPER_SHAPES = _shape_mask("brow", "eyeSquint", "eyeWide", "cheekSquint", "noseSneer")


def _close_lips(
    landmarks: FloatArray, model_landmarks: FloatArray, rotation: FloatArray
) -> FloatArray:
    """Keep lips from crossing, and let them touch where the fitted head's lips do.

    Args:
        landmarks: (T, 478, 2) plate pixels.
        model_landmarks: (T, 478, 2) plate pixels, projected from the head alone, whose neutral
            lips are closed.
        rotation: (T, 3, 3) camera from head.
    """
    landmarks = landmarks.copy()
    if len(landmarks) == 0:
        return landmarks
    down = -rotation[:, :2, 1]
    down = down / np.maximum(np.linalg.norm(down, axis=1, keepdims=True), 1e-6)
    eyes = landmarks[:, 33] - landmarks[:, 263]
    eye_distance = np.maximum(np.linalg.norm(eyes, axis=1, keepdims=True), 1e-6)
    upper, lower = np.array([*LIP_PAIRS, *SIDE_LIP_PAIRS]).T
    gap = np.einsum("tnd,td->tn", landmarks[:, lower] - landmarks[:, upper], down)
    model = np.einsum("tnd,td->tn", model_landmarks[:, lower] - model_landmarks[:, upper], down)
    wanted = np.maximum(gap, 0.0) * ease(model / (CLOSED_GAP * eye_distance))
    move = 0.5 * (gap - wanted)[..., None] * down[:, None]
    landmarks[:, upper] += move
    landmarks[:, lower] -= move
    return landmarks
