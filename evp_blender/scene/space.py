"""The one place where frames of reference change between the project's and Blender's.

The records use OpenCV's camera frame (x right, y down, z forward) and a head frame with y up and z
out of the face. In Blender z is up, a camera looks along its own -z, and a character faces -y. The
records' world, the camera's frame of a still plate, becomes Blender's world so that a still camera
stands at the origin and looks along +y; a frontal head then stands unrotated before it.
"""

from __future__ import annotations

import numpy as np

from ...core.records import FloatArray

WORLD = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""Blender's world from the records' camera frame."""

CAMERA_AXES = np.diag([1.0, -1.0, -1.0])
"""The records' camera frame from a Blender camera's own."""

OBJECT_FROM_HEAD = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""The head object's own frame (faces -y, z up) from the records' head frame."""


def head_to_object(points: FloatArray) -> FloatArray:
    """Take points or displacements (..., 3) of the head frame into the head object's own frame."""
    moved: FloatArray = points @ OBJECT_FROM_HEAD.T
    return moved


def head_matrices(
    rotation: FloatArray, translation: FloatArray, world: FloatArray | None
) -> FloatArray:
    """World matrices (T, 4, 4) of the head object.

    Args:
        rotation: (T, 3, 3) camera from head.
        translation: (T, 3) camera from head, metres.
        world: (T, 4, 4) world from camera in the records' axes; None for a still camera.
    """
    camera_from_head = _rigid(rotation, translation)
    if world is not None:
        camera_from_head = world @ camera_from_head
    return _lift(WORLD) @ camera_from_head @ _lift(OBJECT_FROM_HEAD.T)


def camera_matrices(world: FloatArray | None) -> FloatArray:
    """World matrices (T, 4, 4) of the camera object, or (1, 4, 4) for a still camera."""
    if world is None:
        world = np.eye(4)[None]
    moved: FloatArray = _lift(WORLD) @ world @ _lift(CAMERA_AXES)
    return moved


def world_from_camera(matrices: FloatArray) -> FloatArray:
    """The records' ``Camera.world`` (T, 4, 4) from matrices of a Blender camera, scale removed."""
    moved: FloatArray = _lift(WORLD.T) @ without_scale(matrices) @ _lift(CAMERA_AXES)
    return moved


def to_camera(points: FloatArray, camera_matrix: FloatArray) -> FloatArray:
    """Take Blender world points (N, 3) into the records' frame of a camera with that matrix."""
    axes = without_scale(camera_matrix)
    moved: FloatArray = (points - axes[:3, 3]) @ axes[:3, :3] @ CAMERA_AXES
    return moved


def camera_from_object(object_matrix: FloatArray, camera_matrix: FloatArray) -> FloatArray:
    """The rotation (3, 3) camera from head of a head object seen by a camera, without scale."""
    axes = without_scale(camera_matrix)[:3, :3]
    head = without_scale(object_matrix)[:3, :3]
    rotation: FloatArray = CAMERA_AXES @ axes.T @ head @ OBJECT_FROM_HEAD
    return rotation


def without_scale(matrix: FloatArray) -> FloatArray:
    """Rotation and translation of matrices (..., 4, 4) whose axes may be scaled."""
    result = np.array(matrix, dtype=np.float64)
    result[..., :3, :3] /= np.linalg.norm(result[..., :3, :3], axis=-2, keepdims=True)
    return result


def quaternions(matrices: FloatArray) -> FloatArray:
    """Rotations (T, 4) as w, x, y, z of matrices (T, 4, 4), the sign continuous over time."""
    rotation = matrices[:, :3, :3]
    xx, yy, zz = rotation[:, 0, 0], rotation[:, 1, 1], rotation[:, 2, 2]
    squares = np.stack([xx + yy + zz, xx - yy - zz, yy - xx - zz, zz - xx - yy], axis=-1)
    largest = np.argmax(squares, axis=-1)
    xy, yx = rotation[:, 0, 1], rotation[:, 1, 0]
    xz, zx = rotation[:, 0, 2], rotation[:, 2, 0]
    yz, zy = rotation[:, 1, 2], rotation[:, 2, 1]
    root = np.sqrt(np.maximum(1.0 + np.max(squares, axis=-1), 1e-12))
    candidates = np.stack(
        [
            np.stack([root * root, zy - yz, xz - zx, yx - xy], axis=-1),
            np.stack([zy - yz, root * root, xy + yx, xz + zx], axis=-1),
            np.stack([xz - zx, xy + yx, root * root, yz + zy], axis=-1),
            np.stack([yx - xy, xz + zx, yz + zy, root * root], axis=-1),
        ],
        axis=1,
    )
    result = candidates[np.arange(len(matrices)), largest] / (2.0 * root[:, None])
    result /= np.linalg.norm(result, axis=-1, keepdims=True)
    flips = np.where(np.sum(result[1:] * result[:-1], axis=-1) < 0.0, -1.0, 1.0)
    result[1:] *= np.cumprod(flips)[:, None]
    return result


def _rigid(rotation: FloatArray, translation: FloatArray) -> FloatArray:
    matrices = np.tile(np.eye(4), (len(rotation), 1, 1))
    matrices[:, :3, :3] = rotation
    matrices[:, :3, 3] = translation
    return matrices


def _lift(rotation: FloatArray) -> FloatArray:
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    return matrix
