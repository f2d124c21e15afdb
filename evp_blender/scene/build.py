"""Build a shot's scene, or bring the one that is there up to date, in place."""

from __future__ import annotations

import bpy

from ...core.errors import InputError
from ...core.face.head import HeadModel
from .. import compat
from .camera import build_camera, match_scene
from .collection import shot_collection
from .head import build_head, take_fingerprint
from .keypoints import build_keypoints
from .names import FINGERPRINT_KEY, find, take_name
from .plate import load_clip, place_clip
from .records import ShotContent, ShotObjects


def build_scene(
    scene: bpy.types.Scene,
    content: ShotContent,
    head: HeadModel,
    take: int,
    match: bool = True,
) -> ShotObjects:
    """Build camera, head and landmarks of a shot in its collection.

    What is the add-on's own is updated; an artist's objects, shape keys, curves, drivers and
    constraints stay as they are, and so do the curves of a take that was built before.

    Args:
        scene: gets the collection.
        content: the shot's records.
        head: the head model the fit was made with.
        take: number of the action that gets the curves; see ``next_take``.
        match: give the scene the plate's size, rate and range, and this camera.

    Raises:
        InputError: the plate cannot be opened.
    """
    clip = content.clip or load_clip(content.plate.path)
    place_clip(clip, content.plate, content.start)
    collection = shot_collection(scene, content.identity, content.name)
    camera = build_camera(collection, content, clip, take)
    head_object = build_head(collection, content, head, take)
    keypoints = build_keypoints(collection, content, head, head_object)
    if match:
        match_scene(scene, content, collection, camera)
    return ShotObjects(collection, camera, head_object, keypoints, clip)


def find_shot(scene: bpy.types.Scene, identity: str) -> ShotObjects | None:
    """The shot's objects in this scene, or None before it was built (or where some are gone)."""
    collection = find(scene.collection.children_recursive, identity, "collection")
    if collection is None:
        return None
    camera = find(collection.all_objects, identity, "camera")
    head = find(collection.all_objects, identity, "head")
    keypoints = find(collection.all_objects, identity, "keypoints")
    if camera is None or head is None or keypoints is None:
        return None
    clip = next(
        (b.clip for b in camera.data.background_images if b.source == "MOVIE_CLIP" and b.clip),
        None,
    )
    return ShotObjects(collection, camera, head, keypoints, clip)


def next_take(content: ShotContent, newest: int) -> int:
    """The take that holds this very prediction, or a new one after the newest."""
    wanted = take_fingerprint(content)
    for take in range(newest, 0, -1):
        action = bpy.data.actions.get(take_name(content.name, take)) or bpy.data.actions.get(
            take_name(content.name, take) + " head"
        )
        if action is not None and action.get(FINGERPRINT_KEY) == wanted:
            return take
    return newest + 1


def show_take(objects: ShotObjects, shot: str, take: int) -> bool:
    """Put a take's action back on the head; whether that take exists.

    Raises:
        InputError: the head has no shape keys any more.
    """
    name = take_name(shot, take)
    if bpy.data.actions.get(name) is None and bpy.data.actions.get(f"{name} head") is None:
        return False
    if objects.head.data.shape_keys is None:
        raise InputError(
            f"{objects.head.name}: its shape keys are gone; run Build Scene to restore them."
        )
    compat.assign_action(objects.head, name, "head")
    compat.assign_action(objects.head.data.shape_keys, name, "shape keys")
    return True
