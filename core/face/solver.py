"""Gauss-Newton steps that fit pose, expression and identity to landmarks.

Residuals are in per cent of the inter-ocular distance. The parameters of a frame are a rotation
increment (3, radians, camera axes), a translation increment (3, decimetres) and the expression;
frames are coupled by a first-difference prior, so their system is block-banded, and the identity,
shared by all frames, is eliminated by its Schur complement.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import solveh_banded
from scipy.spatial.transform import Rotation

from ..arkit import SHAPE_NAMES
from ..records import Camera, FloatArray, IntArray

POSE = 6
TRANSLATION_UNIT = 0.1
"""Metres per unit of a translation increment, which makes it as stiff as a rotation."""
SIZE = POSE + len(SHAPE_NAMES)
_PIN = 1e9
"""Stiffness that holds a weight at its bound while the residuals push it outwards."""
_CHUNK = 4


@dataclass(frozen=True)
class Weights:
    """What the solver believes, as inverse variances against 1 (% of IOD)^2 of a landmark.

    Attributes:
        landmarks: (478,) trust in each landmark.
        pairs: (P, 2) landmarks whose distance from each other counts.
        gap: weight of those distances.
        robust: residual at which a landmark's weight has fallen to a half.
        scores: (52,) pull of the expression towards the detector's scores.
        identity: pull of the identity towards the average.
        rotation, translation: random walk of the pose, per frame of a 25th of a second.
        expression: (52,) the same for the expression.
    """

    landmarks: FloatArray
    pairs: IntArray
    gap: float
    robust: float
    scores: FloatArray
    identity: float
    rotation: float
    translation: float
    expression: FloatArray


@dataclass(frozen=True)
class Person:
    """A person's landmarks.

    Attributes:
        neutral: (478, 3).
        shapes: (52, 478, 3).
        identities: (50, 478, 3).
    """

    neutral: FloatArray
    shapes: FloatArray
    identities: FloatArray


@dataclass(frozen=True)
class Observation:
    """Frames to be explained.

    Attributes:
        pixels: (T, 478, 2).
        trust: (T, 478) 0..1, on top of ``Weights.landmarks``.
        scores: (T, 52) the expression expected beforehand.
        score_trust: (T,) multiplies ``Weights.scores``.
        steps: (T - 1,) seconds to the next frame; inf where frames are not coupled.
        scale: (T,) per cent of IOD per pixel.
    """

    pixels: FloatArray
    trust: FloatArray
    scores: FloatArray
    score_trust: FloatArray
    steps: FloatArray
    scale: FloatArray

    def part(self, rows: slice) -> Observation:
        """Some of the frames; ``steps`` stays as it is."""
        return replace(
            self,
            pixels=self.pixels[rows],
            trust=self.trust[rows],
            scores=self.scores[rows],
            score_trust=self.score_trust[rows],
            scale=self.scale[rows],
        )


@dataclass(frozen=True)
class State:
    """The frames' parameters: rotation (T, 3, 3), translation (T, 3), expression (T, 52)."""

    rotation: FloatArray
    translation: FloatArray
    expression: FloatArray

    def part(self, rows: slice | IntArray) -> State:
        """Some of the frames."""
        return State(self.rotation[rows], self.translation[rows], self.expression[rows])


@dataclass(frozen=True)
class Linear:
    """The frames' normal equations around a state.

    Attributes:
        hessian: (T, 58, 58).
        gradient: (T, 58).
        cross: (T, 58, 50) frame against identity; without identity the last axis is empty.
        identity_hessian: (50, 50), or empty.
        identity_gradient: (50,), or empty.
    """

    hessian: FloatArray
    gradient: FloatArray
    cross: FloatArray
    identity_hessian: FloatArray
    identity_gradient: FloatArray


def place(person: Person, state: State) -> tuple[FloatArray, FloatArray]:
    """Landmarks (T, 478, 3) turned into the camera's axes, without and with translation."""
    points = person.neutral + np.tensordot(state.expression, person.shapes, axes=1)
    turned = points @ state.rotation.transpose(0, 2, 1)
    return turned, turned + state.translation[:, None]


def residuals(person: Person, state: State, seen: Observation, camera: Camera) -> FloatArray:
    """(T, 478, 2) model minus observation, per cent of IOD."""
    _, points = place(person, state)
    difference: FloatArray = (camera.project(points) - seen.pixels) * seen.scale[:, None, None]
    return difference


def linearise(
    person: Person,
    state: State,
    seen: Observation,
    camera: Camera,
    weights: Weights,
    with_identity: bool,
) -> Linear:
    """Normal equations of landmarks, gaps and scores; no coupling between frames."""
    frames, count = state.expression.shape[0], len(person.identities) if with_identity else 0
    width = SIZE + count
    basis = np.concatenate([person.shapes, person.identities[:count]])
    basis = np.ascontiguousarray(basis.transpose(1, 2, 0), dtype=np.float32)
    hessian, gradient = np.zeros((frames, SIZE, SIZE)), np.zeros((frames, SIZE))
    cross = np.zeros((frames, SIZE, count))
    identity_hessian, identity_gradient = np.zeros((count, count)), np.zeros(count)
    # A few frames at a time stay in the processor's cache.
    for start in range(0, frames, _CHUNK):
        rows = slice(start, start + _CHUNK)
        weighted, target = _rows(person, state.part(rows), seen.part(rows), camera, weights, basis)
        normal = np.matmul(weighted.transpose(0, 2, 1), weighted)
        right = np.matmul(weighted.transpose(0, 2, 1), target[..., None])[..., 0]
        hessian[rows], gradient[rows] = normal[:, :SIZE, :SIZE], right[:, :SIZE]
        cross[rows] = normal[:, :SIZE, SIZE:width]
        identity_hessian += normal[:, SIZE:, SIZE:].sum(0)
        identity_gradient += right[:, SIZE:].sum(0)

    diagonal = np.arange(POSE, SIZE)
    pull = weights.scores * seen.score_trust[:, None]
    hessian[:, diagonal, diagonal] += pull
    gradient[:, POSE:] += pull * (state.expression - seen.scores)
    return Linear(hessian, gradient, cross, identity_hessian, identity_gradient)


def _rows(
    person: Person,
    state: State,
    seen: Observation,
    camera: Camera,
    weights: Weights,
    basis: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Weighted rows of landmarks and gaps: Jacobian (T, R, 58 + identities), residual (T, R)."""
    frames = len(state.expression)
    turned, points = place(person, state)
    landmarks = points.shape[1]
    error = (camera.project(points) - seen.pixels) * seen.scale[:, None, None]
    zoom = camera.focal / points[..., 2] * seen.scale[:, None]
    slope = np.zeros((frames, landmarks, 2, 3), dtype=np.float32)
    slope[..., 0, 0] = slope[..., 1, 1] = zoom
    slope[..., 0, 2] = -zoom * points[..., 0] / points[..., 2]
    slope[..., 1, 2] = -zoom * points[..., 1] / points[..., 2]
    first, second = weights.pairs.T
    rows = landmarks + len(first)
    jacobian = np.empty((frames, rows, 2, POSE + basis.shape[2]), dtype=np.float32)
    single = jacobian[:, :landmarks]
    around = turned.astype(np.float32)[..., None, :]
    single[..., 0] = slope[..., 2] * around[..., 1] - slope[..., 1] * around[..., 2]
    single[..., 1] = slope[..., 0] * around[..., 2] - slope[..., 2] * around[..., 0]
    single[..., 2] = slope[..., 1] * around[..., 0] - slope[..., 0] * around[..., 1]
    single[..., 3:6] = slope * np.float32(TRANSLATION_UNIT)
    in_head = np.matmul(slope, state.rotation[:, None].astype(np.float32))
    np.matmul(in_head, basis, out=single[..., POSE:])

    squared = (error**2).sum(-1)
    weight = weights.landmarks * seen.trust / (1 + squared / weights.robust**2) ** 2
    root = np.sqrt(weight)
    pair_root = np.sqrt(weights.gap * seen.trust[:, first] * seen.trust[:, second])
    gaps = single[:, first]
    gaps -= single[:, second]
    gaps *= pair_root[..., None, None].astype(np.float32)
    jacobian[:, landmarks:] = gaps
    single *= root[..., None, None].astype(np.float32)
    target = np.concatenate(
        [error * root[..., None], (error[:, first] - error[:, second]) * pair_root[..., None]],
        axis=1,
    ).astype(np.float32)
    return jacobian.reshape(frames, 2 * rows, -1), target.reshape(frames, 2 * rows)


def couple(
    state: State, linear: Linear, seen: Observation, weights: Weights, smoothing: float
) -> tuple[FloatArray, FloatArray]:
    """Add the first-difference prior.

    Returns:
        The banded matrix for ``solveh_banded`` (lower form) and the gradient (T * 58,).
    """
    frames = len(state.expression)
    hessian, gradient = linear.hessian.copy(), linear.gradient.copy()
    stiffness = np.concatenate(
        [np.full(3, weights.rotation), np.full(3, weights.translation), weights.expression]
    )
    strength = smoothing * 0.04 / seen.steps[:, None] * stiffness
    turn = state.rotation[1:] @ state.rotation[:-1].transpose(0, 2, 1)
    change = np.concatenate(
        [
            Rotation.from_matrix(turn).as_rotvec() if frames > 1 else np.zeros((0, 3)),
            np.diff(state.translation, axis=0) / TRANSLATION_UNIT,
            np.diff(state.expression, axis=0),
        ],
        axis=1,
    )
    diagonal = np.arange(SIZE)
    hessian[1:, diagonal, diagonal] += strength
    hessian[:-1, diagonal, diagonal] += strength
    gradient[1:] += strength * change
    gradient[:-1] -= strength * change
    _pin(state, hessian, gradient)
    band = np.zeros((SIZE + 1, frames * SIZE))
    for offset in range(SIZE):
        rows = np.arange(offset, SIZE)
        band[offset].reshape(frames, SIZE)[:, : SIZE - offset] = hessian[:, rows, rows - offset]
    band[SIZE].reshape(frames, SIZE)[:-1] = -strength
    return band, gradient.ravel()


def step_frames(
    person: Person,
    state: State,
    seen: Observation,
    camera: Camera,
    weights: Weights,
    smoothing: float = 1.0,
) -> State:
    """One step of pose and expression with the person known."""
    linear = linearise(person, state, seen, camera, weights, with_identity=False)
    band, gradient = couple(state, linear, seen, weights, smoothing)
    return advance(state, -solveh_banded(band, gradient, lower=True, check_finite=False))


def step_all(
    person: Person,
    identity: FloatArray,
    state: State,
    seen: Observation,
    camera: Camera,
    weights: Weights,
) -> tuple[FloatArray, State]:
    """One step of identity, pose and expression; frames are not coupled."""
    linear = linearise(person, state, seen, camera, weights, with_identity=True)
    stiffness = np.concatenate([np.full(POSE, 1e-6), np.full(SIZE - POSE, 1e-3)])
    hessian, gradient = linear.hessian + np.diag(stiffness), linear.gradient.copy()
    _pin(state, hessian, gradient)
    solved = np.linalg.solve(hessian, np.concatenate([linear.cross, gradient[..., None]], axis=2))
    count = len(identity)
    prior = weights.identity * len(state.expression)
    schur = linear.identity_hessian + prior * np.eye(count)
    schur -= np.einsum("tpi,tpj->ij", linear.cross, solved[..., :count])
    right = linear.identity_gradient + prior * identity
    right -= np.einsum("tpi,tp->i", linear.cross, solved[..., count])
    moved = -np.linalg.solve(schur, right)
    frames = -(solved[..., count] + solved[..., :count] @ moved)
    return identity + moved, advance(state, frames.ravel())


def _pin(state: State, hessian: FloatArray, gradient: FloatArray) -> None:
    """Hold weights that lie on a bound of 0..1 and would leave it (projected Newton)."""
    weights, slope = state.expression, gradient[:, POSE:]
    held = ((weights <= 0) & (slope > 0)) | ((weights >= 1) & (slope < 0))
    frame, shape = np.nonzero(held)
    hessian[frame, POSE + shape, POSE + shape] += _PIN
    slope[held] = 0.0


def advance(state: State, step: FloatArray) -> State:
    """Add a step of all frames (T * 58,) to the state."""
    step = step.reshape(-1, SIZE)
    turn = Rotation.from_rotvec(step[:, :3]).as_matrix()
    return replace(
        state,
        rotation=turn @ state.rotation,
        translation=state.translation + step[:, 3:6] * TRANSLATION_UNIT,
        expression=np.clip(state.expression + step[:, POSE:], 0.0, 1.0),
    )


def solve_offset(
    person: Person,
    state: State,
    seen: Observation,
    camera: Camera,
    weights: Weights,
    stiffness: FloatArray,
) -> FloatArray:
    """The shift (478, 3) of each neutral landmark that explains the residuals, metres.

    Args:
        person: landmarks now.
        state: all frames.
        seen: observations.
        camera: pinhole.
        weights: trust in the landmarks.
        stiffness: (3,) pull towards zero along each axis of the head, (% of IOD)^2 per
            (centimetre)^2, per frame.
    """
    _, points = place(person, state)
    error = (camera.project(points) - seen.pixels) * seen.scale[:, None, None]
    zoom = camera.focal / points[..., 2] * seen.scale[:, None]
    slope = np.zeros((*points.shape[:2], 2, 3))
    slope[..., 0, 0] = slope[..., 1, 1] = zoom
    slope[..., 0, 2] = -zoom * points[..., 0] / points[..., 2]
    slope[..., 1, 2] = -zoom * points[..., 1] / points[..., 2]
    slope = slope @ state.rotation[:, None] * 0.01
    weight = weights.landmarks * seen.trust / (1 + (error**2).sum(-1) / weights.robust**2) ** 2
    hessian = np.einsum("tl,tlki,tlkj->lij", weight, slope, slope)
    hessian += len(points) * np.diag(stiffness)
    gradient = np.einsum("tl,tlki,tlk->li", weight, slope, error)
    shift: FloatArray = -0.01 * np.linalg.solve(hessian, gradient[..., None])[..., 0]
    return shift


def without_rigid(shift: FloatArray, points: FloatArray) -> FloatArray:
    """A small shift (N, 3) of points (N, 3) without its rigid part."""
    centred = points - points.mean(0)
    spin = np.zeros((len(points), 3, 3))
    for axis, unit in enumerate(np.eye(3)):
        spin[:, :, axis] = np.cross(unit, centred)
    design = np.concatenate([spin, np.tile(np.eye(3), (len(points), 1, 1))], axis=2)
    flat = design.reshape(-1, 6)
    motion = np.linalg.lstsq(flat, shift.ravel(), rcond=None)[0]
    rest: FloatArray = shift - (flat @ motion).reshape(-1, 3)
    return rest
