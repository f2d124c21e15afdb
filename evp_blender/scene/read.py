"""Read the face back from the evaluated scene: what an artist changed, exactly and nothing else.

What is read are the landmarks on the evaluated head, so shape keys, drivers, modifiers, sculpting,
moved keypoints, a moved head and a changed camera all count. Like ``core.align`` it works with
differences: the prediction's landmarks move by what the scene's head differs from the head as it
was built. Where nothing differs the prediction's own row is returned, bit for bit.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...core.arkit import SHAPE_NAMES
from ...core.errors import InputError
from ...core.face.fitted import points_for
from ...core.face.head import HeadModel
from ...core.progress import Job, Progress
from ...core.records import LANDMARK_COUNT, AlignedFace, BoolArray, FloatArray
from .camera import read_camera
from .records import ShotContent, ShotObjects
from .shown import shown
from .space import camera_from_object, to_camera

STILL_PIXELS = 0.01
"""A landmark that moved by less is where it was built: Blender's meshes have single precision."""

STILL_WEIGHT = 1e-4
"""A shape key or a rotation that differs by less is as it was built."""


@dataclass(frozen=True)
class SceneFace:
    """What the evaluated scene shows.

    Attributes:
        landmarks: (T, 478, 2) projected through the scene's camera, plate pixels.
        depth: (T, 478) metres from the camera.
        rotation: (T, 3, 3) camera from head.
        expression: (T, 52) values of the shape keys.
    """

    landmarks: FloatArray
    depth: FloatArray
    rotation: FloatArray
    expression: FloatArray


def read_aligned(
    scene: bpy.types.Scene, objects: ShotObjects, content: ShotContent, head: HeadModel
) -> Job[AlignedFace]:
    """Read the aligned face of the whole shot; the scene's current frame is restored.

    Args:
        scene: the scene that shows the shot.
        objects: its datablocks.
        content: the records the scene was built from; ``aligned`` is the prediction.
        head: the head model of the fit.

    Raises:
        InputError: the shot has no prediction yet, or its head or keypoints cannot be evaluated.
    """
    if content.aligned is None:
        raise InputError(f"The shot {content.name} has no performance yet; run Listen first.")
    seen = yield from read_scene(scene, objects, content)
    return apply_edits(seen, content, head)[0]


def apply_edits(
    seen: SceneFace, content: ShotContent, head: HeadModel
) -> tuple[AlignedFace, BoolArray]:
    """Put the scene's differences from the built head on the prediction.

    Returns:
        the aligned face, and (T,) whether a frame was edited.
    """
    fit, aligned = content.fit, content.aligned
    if aligned is None:
        raise InputError(f"The shot {content.name} has no performance yet; run Listen first.")
    built = fit.to_camera(points_for(fit, aligned.expression, head))
    shift = seen.landmarks - fit.camera.project(built)
    deeper = seen.depth - built[..., 2]
    moved = np.linalg.norm(shift, axis=-1) > STILL_PIXELS
    weighed = np.abs(seen.expression - aligned.expression) > STILL_WEIGHT
    turned = np.abs(seen.rotation - fit.rotation).max(axis=(1, 2)) > STILL_WEIGHT
    edited = aligned.valid & (moved.any(axis=1) | weighed.any(axis=1) | turned)
    moved &= edited[:, None]
    weighed &= edited[:, None]
    return dataclasses.replace(
        aligned,
        landmarks=aligned.landmarks + np.where(moved[..., None], shift, 0.0),
        depth=aligned.depth + np.where(moved, deeper, 0.0),
        rotation=np.where((turned & edited)[:, None, None], seen.rotation, aligned.rotation),
        expression=np.where(weighed, seen.expression, aligned.expression),
        changed=np.where(edited, 1.0, aligned.changed),
    ), edited


def read_scene(
    scene: bpy.types.Scene, objects: ShotObjects, content: ShotContent
) -> Job[SceneFace]:
    """Evaluate every frame of the shot."""
    count = len(content.fit.valid)
    landmarks = np.empty((count, LANDMARK_COUNT, 2))
    depth = np.empty((count, LANDMARK_COUNT))
    rotation = np.empty((count, 3, 3))
    expression = np.empty((count, len(SHAPE_NAMES)))
    shape_keys = objects.head.data.shape_keys
    keys: Any = {} if shape_keys is None else shape_keys.key_blocks
    columns = [keys.find(name) if keys else -1 for name in SHAPE_NAMES]
    if -1 in columns:
        missing = SHAPE_NAMES[columns.index(-1)]
        raise InputError(
            f"{objects.head.name}: the shape key {missing} is gone; run Build Scene to restore it."
        )
    values = np.empty(len(keys), dtype=np.float32)
    kept, subframe = scene.frame_current, scene.frame_subframe
    parts = (objects.camera, objects.head, objects.keypoints)
    try:
        with shown(scene, _layer(scene), parts):
            for index in range(count):
                if index % 10 == 0:
                    yield Progress("read scene", index, count)
                scene.frame_set(content.start + index)
                depsgraph = _depsgraph(scene)
                camera = objects.camera.evaluated_get(depsgraph)
                camera_matrix = np.array(camera.matrix_world)
                points = to_camera(_keypoints(objects, depsgraph), camera_matrix)
                lens = read_camera(camera, content.fit.camera.width, content.fit.camera.height)
                landmarks[index] = lens.project(points)
                depth[index] = points[:, 2]
                head_matrix = np.array(objects.head.evaluated_get(depsgraph).matrix_world)
                rotation[index] = camera_from_object(head_matrix, camera_matrix)
                keys.foreach_get("value", values)
                expression[index] = values[columns]
    finally:
        scene.frame_set(kept, subframe=subframe)
    return SceneFace(landmarks, depth, rotation, expression)


def _keypoints(objects: ShotObjects, depsgraph: Any) -> FloatArray:
    """The evaluated landmarks (478, 3) in Blender's world."""
    evaluated = objects.keypoints.evaluated_get(depsgraph)
    mesh = evaluated.data
    if len(mesh.vertices) != LANDMARK_COUNT:
        raise InputError(
            f"{objects.keypoints.name}: it has {len(mesh.vertices)} points in place of "
            f"{LANDMARK_COUNT}; undo the change, or delete the object and run Build Scene."
        )
    points = np.empty((LANDMARK_COUNT, 3), dtype=np.float32)
    mesh.vertices.foreach_get("co", points.ravel())
    matrix = np.array(evaluated.matrix_world)
    moved: FloatArray = points @ matrix[:3, :3].T + matrix[:3, 3]
    return moved


def _depsgraph(scene: bpy.types.Scene) -> Any:
    layer = _layer(scene)
    if scene == bpy.context.scene:
        return bpy.context.evaluated_depsgraph_get()
    layer.update()
    return layer.depsgraph


def _layer(scene: bpy.types.Scene) -> bpy.types.ViewLayer:
    """The view layer in which the scene is evaluated."""
    return bpy.context.view_layer if scene == bpy.context.scene else scene.view_layers[0]
