"""What the solver starts from: weights, first poses, and which frames decide the identity."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from ..arkit import SHAPE_INDEX, SHAPE_NAMES
from ..records import LANDMARK_COUNT, Camera, FloatArray, IntArray, Track
from .head import HeadModel
from .solver import Observation, Person, State, Weights
from .topology import (
    CANONICAL,
    EYE_CORNERS,
    IRIS_LEFT,
    IRIS_RIGHT,
    LID_PAIRS,
    LIP_PAIRS,
    MOUTH_CORNERS,
    SILHOUETTE,
    SKIN_COUNT,
    TRIANGLES,
)

_IRIS_CENTRE, _IRIS_RING = 4.0, 0.5
_LEAST_TRUST = 0.3
_OUTSIDE_TRUST = 0.03
"""Landmarks beyond the plate's edge are guessed from the rest of the face."""
_NEUTRAL_SHARE = 0.1
"""The calmest tenth of the frames says how the face looks at rest."""


def default_weights(head: HeadModel) -> Weights:
    """The solver's beliefs, tuned on recorded and on drawn faces."""
    landmarks = np.maximum(head.landmark_stability, _LEAST_TRUST)
    for ring in (IRIS_RIGHT, IRIS_LEFT):
        landmarks[ring[0]] = _IRIS_CENTRE
        landmarks[list(ring[1:])] = _IRIS_RING
    around_mouth = np.array([name.startswith(("jaw", "mouth")) for name in SHAPE_NAMES])
    eyes = np.array([name.startswith(("eyeLook", "eyeBlink")) for name in SHAPE_NAMES])
    scores = np.where(around_mouth, 300.0, np.where(eyes, 120.0, 200.0))
    scores[SHAPE_INDEX["tongueOut"]] = 1e4
    return Weights(
        landmarks=landmarks,
        pairs=np.array([*LID_PAIRS, *LIP_PAIRS, MOUTH_CORNERS]),
        gap=20.0,
        robust=8.0,
        scores=scores,
        identity=1.0,
        rotation=2e4,
        translation=2e4,
        expression=np.full(len(SHAPE_NAMES), 4.0),
    )


def rough_poses(
    pixels: FloatArray, neutral: FloatArray, camera: Camera
) -> tuple[FloatArray, FloatArray]:
    """Rotation (T, 3, 3) and translation (T, 3) of a rigid face (478, 3) seen at (T, 478, 2)."""
    used = np.setdiff1d(np.arange(SKIN_COUNT), SILHOUETTE)[::3]
    points = np.ascontiguousarray(neutral[used])
    matrix = np.array(
        [[camera.focal, 0, camera.centre[0]], [0, camera.focal, camera.centre[1]], [0, 0, 1.0]]
    )
    no_distortion = np.zeros(4)
    rotation, translation = np.empty((len(pixels), 3, 3)), np.empty((len(pixels), 3))
    for index, seen in enumerate(pixels):
        _, turn, shift = cv2.solvePnP(
            points,
            np.ascontiguousarray(seen[used]),
            matrix,
            no_distortion,
            flags=cv2.SOLVEPNP_SQPNP,
        )
        rotation[index], translation[index] = cv2.Rodrigues(turn)[0], shift.ravel()
    return rotation, translation


@cache
def canonical_normals() -> FloatArray:
    """(478, 3) which way each landmark's skin faces, head frame; the irises face forward."""
    a, b, c = CANONICAL[TRIANGLES].transpose(1, 0, 2)
    face = np.cross(b - a, c - a)
    normals = np.zeros((LANDMARK_COUNT, 3))
    for corner in range(3):
        np.add.at(normals, TRIANGLES[:, corner], face)
    normals[SKIN_COUNT:] = [0, 0, 1]
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return normals


def look_at(
    track: Track,
    rows: IntArray,
    clock: FloatArray | None,
    state: State,
    person: Person,
    camera: Camera,
    neutral: int | None,
) -> Observation:
    """The observation of some frames, given rough poses.

    Landmarks that face away from the camera or lie outside the plate are guesses of the detector
    and are trusted less; so are the irises behind closing lids. Without a clock the frames are not
    coupled.
    """
    pixels = track.landmarks[rows, :, :2].astype(np.float64)
    scores = np.nan_to_num(track.scores[rows].astype(np.float64))
    ray = state.translation / np.linalg.norm(state.translation, axis=1, keepdims=True)
    facing = -np.einsum("tij,lj,ti->tl", state.rotation, canonical_normals(), ray)
    trust = np.clip(0.1 + 1.6 * facing, 0.05, 1.0)
    for ring, name in ((IRIS_RIGHT, "eyeBlinkRight"), (IRIS_LEFT, "eyeBlinkLeft")):
        open_share = np.clip(1.2 - 1.6 * scores[:, SHAPE_INDEX[name]], 0.02, 1.0)
        trust[:, list(ring)] *= open_share[:, None]
    outside = ((pixels < 0) | (pixels > [camera.width, camera.height])).any(axis=2)
    trust[outside] *= _OUTSIDE_TRUST
    corners = np.linalg.norm(np.subtract(*person.neutral[list(EYE_CORNERS)]))
    scale = 100.0 * state.translation[:, 2] / (camera.focal * corners)
    if clock is None:
        steps = np.full(max(len(rows) - 1, 0), np.inf)
    else:
        steps = np.maximum(np.diff(clock[rows]), 1e-3)
        steps = np.where(np.diff(track.segment[rows]) != 0, np.inf, steps)
    score_trust = np.ones(len(rows))
    if clock is None:
        calm = np.argsort(scores.sum(1))[: max(1, int(len(rows) * _NEUTRAL_SHARE))]
        score_trust[calm] = 4.0
        if neutral is not None:
            score_trust[rows == neutral] = 200.0
            scores[rows == neutral] = 0.0
    return Observation(pixels, trust, scores, score_trust, steps, scale)


def choose_frames(track: Track, valid: IntArray, count: int, neutral: int | None) -> IntArray:
    """Frames that decide the identity: half evenly spread, half as different as possible."""
    if len(valid) <= count:
        return valid
    chosen = set(valid[np.linspace(0, len(valid) - 1, count // 2).astype(int)].tolist())
    if neutral is not None:
        chosen.add(neutral)
    pixels = track.landmarks[valid, :, :2]
    _right, _left = EYE_CORNERS
    centre = pixels.mean(1)
    size = np.linalg.norm(pixels - centre[:, None], axis=2).mean(1)
    # Where the nose sits between the outlines shows the turn of the head.
    turn = (pixels[:, 1] - centre) / size[:, None]
    feature = np.concatenate([turn * 3, np.nan_to_num(track.scores[valid])], axis=1)
    distance = np.full(len(valid), np.inf)
    for row in np.flatnonzero(np.isin(valid, list(chosen))):
        distance = np.minimum(distance, ((feature - feature[row]) ** 2).sum(1))
    while len(chosen) < count:
        row = int(distance.argmax())
        chosen.add(int(valid[row]))
        distance = np.minimum(distance, ((feature - feature[row]) ** 2).sum(1))
    return np.array(sorted(chosen))
