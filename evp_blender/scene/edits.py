"""Show a face that an artist edited in another scene: the way back of ``read.apply_edits``.

A shot's folder keeps what is rendered of the edits: weights, the head's rotation, landmarks.
Weights and pose become keys of the take. What they do not explain of the landmarks, from sculpting
or moved keypoints, becomes a few shape keys of the keypoints, each with a curve.
"""

from __future__ import annotations

import dataclasses

import bpy
import numpy as np

from ...core.arkit import SHAPE_NAMES
from ...core.face.fitted import points_for
from ...core.face.head import HeadModel
from ...core.records import AlignedFace, BoolArray, FaceFit, FloatArray
from .. import compat
from .actions import Curves, shape_path, write_take
from .camera import pose_curves
from .head import take_fingerprint
from .names import take_name
from .records import ShotContent, ShotObjects
from .space import head_matrices, head_to_object

EXACT = 5e-6
"""Metres to which the keypoints' shape keys give the displacements of landmarks."""


def show_edits(
    objects: ShotObjects, content: ShotContent, edited: AlignedFace, head: HeadModel, take: int
) -> None:
    """Key an edited face on a scene that was built just now from its prediction.

    Args:
        objects: the scene's datablocks.
        content: what they were built from; ``aligned`` is the prediction.
        edited: the face as the artist left it.
        head: the head model of the fit.
        take: the take that was built.
    """
    pose, displacement = explain_edits(content, edited, head)
    weights = {(shape_path(n), 0): edited.expression[:, i] for i, n in enumerate(SHAPE_NAMES)}
    matrices = head_matrices(pose.rotation, pose.translation, pose.camera.world)
    _key_again(objects.head.data.shape_keys, weights, content.start)
    _key_again(objects.head, pose_curves(matrices), content.start)
    _key_displacement(objects.keypoints, content, displacement, take)


def explain_edits(
    content: ShotContent, edited: AlignedFace, head: HeadModel
) -> tuple[FaceFit, FloatArray]:
    """Where the edits leave the head, and what its weights and pose leave over.

    Returns:
        the fit with the edited pose, and (T, 478, 3) displacements of landmarks, metres, head
        frame.
    """
    fit, aligned = content.fit, content.aligned
    assert aligned is not None
    built = fit.to_camera(points_for(fit, aligned.expression, head))
    pixels = fit.camera.project(built) + edited.landmarks - aligned.landmarks
    depth = built[..., 2:] + (edited.depth - aligned.depth)[..., None]
    seen = np.concatenate([(pixels - fit.camera.centre) * depth / fit.camera.focal, depth], axis=-1)
    moved: BoolArray = (edited.landmarks != aligned.landmarks).any(axis=(1, 2))
    points = points_for(fit, edited.expression, head)
    turned = dataclasses.replace(fit, rotation=edited.rotation)
    shift = np.median(seen - turned.to_camera(points), axis=1)
    pose = dataclasses.replace(turned, translation=fit.translation + moved[:, None] * shift)
    left = np.einsum("tji,tnj->tni", pose.rotation, seen - pose.to_camera(points))
    return pose, left * moved[:, None, None]


def _key_again(owner: bpy.types.ID, curves: Curves, start: int) -> None:
    """Give a take's curves other values."""
    channels = compat.animation_curves(owner)
    assert channels is not None
    for (path, index), values in curves.items():
        curve = channels.find(path, index=index)
        frames = start + np.arange(len(values))
        curve.keyframe_points.foreach_set("co", np.stack([frames, values], axis=1).ravel())
        curve.update()


def _key_displacement(
    keypoints: bpy.types.Object, content: ShotContent, displacement: FloatArray, take: int
) -> None:
    """Shape keys and curves that make the displacements.

    A correction that comes and goes is one key, on however many frames it shows.
    """
    left = head_to_object(displacement).reshape(len(displacement), -1)
    values, sizes, directions = np.linalg.svd(left, full_matrices=False)
    count = 0
    while np.abs(left).max() > EXACT:
        left = left - np.outer(values[:, count] * sizes[count], directions[count])
        count += 1
    if count == 0:
        return
    keypoints.shape_key_add(name="Basis")
    keys = keypoints.data.shape_keys
    basis = np.empty(left.shape[1], dtype=np.float32)
    keys.key_blocks[0].points.foreach_get("co", basis)
    curves: Curves = {}
    for index in range(count):
        largest = values[np.abs(values[:, index]).argmax(), index]
        key = keypoints.shape_key_add(name=f"Edits {index + 1}", from_mix=False)
        key.slider_min = -1.0
        moved = basis + largest * sizes[index] * directions[index]
        key.points.foreach_set("co", moved.astype(np.float32))
        curves[shape_path(key.name), 0] = values[:, index] / largest
    name, stamp = take_name(content.name, take), take_fingerprint(content)
    write_take(keys, name, "keypoints", curves, content.start, lambda path: True, stamp)
