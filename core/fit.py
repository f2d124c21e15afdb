"""Stage *fit*: the head model nailed to the track; one identity for the shot, a pose per frame.

First identity, pose and expression are solved together on some frames spread over the shot,
then the person's own residual shape and own way of making each expression, then pose and expression
of every frame in overlapping blocks with a prior on their change over time, so memory does not grow
with the shot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .errors import FaceNotFoundError, InputError
from .face.carry import carry_to_head
from .face.fit_setup import (
    choose_frames,
    default_weights,
    look_at,
    rough_poses,
)
from .face.head import load_head
from .face.own_shapes import explain, lacking, on_the_head
from .face.reader import read_expression
from .face.smoothing import calm_track
from .face.solver import (
    Observation,
    Person,
    State,
    Weights,
    place,
    solve_offset,
    step_all,
    step_frames,
    without_rigid,
)
from .face.topology import EYE_CORNERS
from .progress import Job, Progress
from .records import Camera, FaceFit, FloatArray, IntArray, Track

FOCAL_IN_WIDTHS = 2.2
"""The focal length that is assumed where nobody gives one: a face alone does not show it."""
_IDENTITY_STEPS = 6
_OFFSET_ROUNDS = 3
_OFFSET_STIFFNESS = np.array([0.1, 0.1, 0.5])
_SHAPE_ROUNDS = 2
_FRAME_STEPS = 4


@dataclass(frozen=True)
class FitSettings:
    """How to fit.

    Attributes:
        smoothing: strength of the prior on change over time; 0 fits each frame by itself.
        neutral_frame: a frame, counted from 0 within the shot, in which the face is at rest; None
            finds the most neutral frames by itself.
        identity_frames: at most so many frames decide the identity.
        block: frames solved at once.
        overlap: frames that neighbouring blocks share on each side.
    """

    smoothing: float = 1.0
    neutral_frame: int | None = None
    identity_frames: int = 160
    block: int = 200
    overlap: int = 12


@dataclass(frozen=True)
class PersonShape:
    """A person: identity (50,), offset (V, 3) and own shapes (52, V, 3), as in ``FaceFit``."""

    identity: FloatArray
    offset: FloatArray
    own_shapes: FloatArray | None = None


def default_camera(width: int, height: int, focal: float | None = None) -> Camera:
    """The camera that is assumed where nobody gives one, or gives no more than ``focal`` pixels."""
    focal = FOCAL_IN_WIDTHS * width if focal is None else focal
    return Camera(focal, np.array([width / 2, height / 2]), width, height)


def fit_face(
    plate_size: tuple[int, int],
    track: Track,
    settings: FitSettings | None = None,
    camera: Camera | None = None,
    times: FloatArray | None = None,
    known: PersonShape | None = None,
) -> Job[FaceFit]:
    """Fit the head to a track.

    Args:
        plate_size: width and height of the plate, pixels.
        track: the face of each frame.
        settings: how to fit.
        camera: a known camera, used as given; None for ``default_camera``.
        times: (T,) seconds of each frame; None for 25 frames per second.
        known: the person's shape from another shot; None to find it in this one.

    Returns:
        The fit; generator steps yield progress.

    Raises:
        FaceNotFoundError: no frame of the track has a face.
        InputError: the neutral frame has no face, or the camera is of another picture shape or
            moves through fewer frames than the shot has.
    """
    settings = settings or FitSettings()
    head = load_head()
    frames = len(track.landmarks)
    camera = _check_camera(camera, plate_size, frames)
    clock = np.arange(frames) / 25.0 if times is None else np.asarray(times, dtype=float)
    found = track.found & np.isfinite(track.landmarks[:, :, :2]).all((1, 2))
    valid = np.flatnonzero(found)
    if not len(valid):
        raise FaceNotFoundError("No frame of the shot shows a face; choose other frames.")
    neutral = settings.neutral_frame
    if neutral is not None and not (0 <= neutral < frames and found[neutral]):
        raise InputError(f"The neutral frame {neutral} of the shot has no face; choose another.")
    yield Progress("fit", 0, len(valid), "identity")

    track = calm_track(track, clock, settings.smoothing)
    track = replace(track, scores=read_expression(track))
    weights = default_weights(head)
    if known is None:
        chosen = choose_frames(track, valid, settings.identity_frames, neutral)
        known = yield from _solve_person(track, chosen, neutral, camera, weights, len(valid))
    person = Person(
        head.landmarks(head.shape(known.identity, known.offset)),
        head.landmarks(head.shapes(known.own_shapes)),
        head.landmark_identity_basis,
    )

    rotation = np.tile(np.diag([1.0, -1.0, -1.0]), (frames, 1, 1))
    translation, expression = np.zeros((frames, 3)), np.zeros((frames, 52))
    error = np.full(frames, np.nan)
    for start in range(0, len(valid), settings.block):
        stop = min(start + settings.block, len(valid))
        low = max(0, start - settings.overlap)
        rows = valid[low : min(len(valid), stop + settings.overlap)]
        state, seen = _start(track, rows, clock, person, camera, None)
        for _ in range(_FRAME_STEPS):
            state = step_frames(person, state, seen, camera, weights, settings.smoothing)
        kept = slice(start - low, stop - low)
        here = rows[kept]
        rotation[here] = state.rotation[kept]
        translation[here] = state.translation[kept]
        expression[here] = state.expression[kept]
        error[here] = _errors(person, state, seen, camera)[kept]
        yield Progress("fit", stop, len(valid), "pose and expression")

    nearest = _nearest(valid, frames)
    return FaceFit(
        camera=camera,
        identity=known.identity,
        offset=known.offset,
        rotation=rotation[nearest],
        translation=translation[nearest],
        expression=expression[nearest],
        valid=found,
        error=error,
        own_shapes=known.own_shapes,
    )


def _check_camera(camera: Camera | None, size: tuple[int, int], frames: int) -> Camera:
    if camera is None:
        return default_camera(*size)
    if not np.isfinite(camera.focal) or camera.focal <= 0:
        raise InputError("The camera's focal length is not a positive number; give another.")
    scale = size[0] / camera.width
    if abs(camera.height * scale - size[1]) > 1.5:
        raise InputError(
            f"The camera is made for {camera.width}x{camera.height} pixels and the plate has "
            f"{size[0]}x{size[1]}; give a camera of the plate's shape."
        )
    world = camera.world
    if world is not None and len(world) < frames:
        raise InputError(
            f"The camera moves through {len(world)} frames and the shot has {frames}; give its "
            "motion for the whole shot."
        )
    world = None if world is None else world[:frames]
    return Camera(camera.focal * scale, np.asarray(camera.centre) * scale, *size, world)


def _nearest(valid: IntArray, frames: int) -> IntArray:
    """The nearest valid frame of each frame."""
    after = np.searchsorted(valid, np.arange(frames)).clip(max=len(valid) - 1)
    before = (after - 1).clip(min=0)
    number = np.arange(frames)
    closer = np.abs(valid[before] - number) <= np.abs(valid[after] - number)
    nearest: IntArray = np.where(closer, valid[before], valid[after])
    return nearest


def _start(
    track: Track,
    rows: IntArray,
    clock: FloatArray | None,
    person: Person,
    camera: Camera,
    neutral: int | None,
) -> tuple[State, Observation]:
    """First poses and the observation of some frames; without a clock they are not coupled."""
    pixels = track.landmarks[rows, :, :2].astype(np.float64)
    scores = np.nan_to_num(track.scores[rows].astype(np.float64))
    rotation, translation = rough_poses(pixels, person.neutral, camera)
    state = State(rotation, translation, scores.copy())
    seen = look_at(track, rows, clock, state, person, camera, neutral)
    return state, seen


def _solve_person(
    track: Track, rows: IntArray, neutral: int | None, camera: Camera, weights: Weights, total: int
) -> Job[PersonShape]:
    """The person's shape from some frames."""
    head = load_head()
    basis = head.landmark_identity_basis
    shapes = head.landmark_expression_basis
    average = head.landmarks(head.neutral)
    state, seen = _start(track, rows, None, Person(average, shapes, basis), camera, neutral)
    identity = np.zeros(len(basis))
    for number in range(_IDENTITY_STEPS):
        person = Person(average + np.tensordot(identity, basis, axes=1), shapes, basis)
        identity, state = step_all(person, identity, state, seen, camera, weights)
        yield Progress("fit", 0, total, f"identity, step {number + 1}")
    offset = np.zeros_like(head.neutral)
    for number in range(_OFFSET_ROUNDS):
        person = Person(head.landmarks(head.shape(identity, offset)), shapes, basis)
        state = step_frames(person, state, seen, camera, weights, 0.0)
        shift = solve_offset(person, state, seen, camera, weights, _OFFSET_STIFFNESS)
        # A shift of the whole face as one piece is pose, not shape.
        offset = offset + carry_to_head(head, without_rigid(shift, person.neutral))
        yield Progress("fit", 0, total, f"personal shape, step {number + 1}")
    own = np.zeros_like(shapes)
    for number in range(_SHAPE_ROUNDS):
        person = Person(head.landmarks(head.shape(identity, offset)), shapes + own, basis)
        state = step_frames(person, state, seen, camera, weights, 0.0)
        missing = lacking(person, state, seen, camera, weights)
        missing += np.tensordot(state.expression, own, axes=1)
        own, rest = explain(state.expression, missing)
        offset = offset + carry_to_head(head, without_rigid(rest, person.neutral))
        yield Progress("fit", 0, total, f"personal shapes, step {number + 1}")
    return PersonShape(identity, offset, on_the_head(head, own))


def _errors(person: Person, state: State, seen: Observation, camera: Camera) -> FloatArray:
    """(T,) mean distance of all landmarks, as a share of IOD."""
    _, points = place(person, state)
    distance = np.linalg.norm(camera.project(points) - seen.pixels, axis=-1)
    corners = np.linalg.norm(np.subtract(*person.neutral[list(EYE_CORNERS)]))
    size = camera.focal * corners / state.translation[:, 2]
    share: FloatArray = distance.mean(1) / size
    return share
