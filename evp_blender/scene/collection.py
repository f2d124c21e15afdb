"""A shot's collection, found again or made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

from .names import find, mark, shot_name


def shot_collection(scene: bpy.types.Scene, identity: str, name: str) -> bpy.types.Collection:
    """The shot's collection in this scene; an artist may have renamed or moved it."""
    collection = find_collection(scene, identity)
    if collection is None:
        collection = bpy.data.collections.new(shot_name(name))
        mark(collection, identity, "collection")
        scene.collection.children.link(collection)
    return collection


def find_collection(scene: bpy.types.Scene, identity: str) -> bpy.types.Collection | None:
    """The shot's collection, or None before the scene was built."""
    return find(scene.collection.children_recursive, identity, "collection")


def shot_object(
    collection: bpy.types.Collection,
    identity: str,
    name: str,
    role: str,
    make_data: Callable[[str], Any],
) -> tuple[bpy.types.Object, bool]:
    """The shot's object of that role, and whether it was made just now.

    A new one gets the data that ``make_data`` makes of a name, in the shot's collection.
    """
    found = find(collection.all_objects, identity, role)
    if found is not None:
        return found, False
    full_name = shot_name(name, role)
    made = bpy.data.objects.new(full_name, make_data(full_name))
    mark(made, identity, role)
    collection.objects.link(made)
    return made, True


def find_object(scene: bpy.types.Scene, identity: str, role: str) -> bpy.types.Object | None:
    """The shot's object of that role, or None before the scene was built."""
    collection = find_collection(scene, identity)
    return None if collection is None else find(collection.all_objects, identity, role)
