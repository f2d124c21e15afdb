"""Take out of the file what the add-on made for a shot, and nothing else."""

from __future__ import annotations

import re
from typing import Any

import bpy

from .. import compat
from .collection import find_collection
from .compositor import find_group
from .names import FINGERPRINT_KEY, SHOT_KEY, shot_name


def remove_shot(scene: bpy.types.Scene, identity: str, name: str) -> None:
    """Remove a shot's objects with their data, its takes, node group, images and speech strip.

    What something of the artist's still uses stays, and so does the plate's clip.

    Args:
        scene: the scene that shows the shot.
        identity: of the shot.
        name: of the shot.
    """
    collection = find_collection(scene, identity)
    objects = [] if collection is None else list(collection.all_objects)
    ours: list[Any] = [item for item in objects if item.get(SHOT_KEY) == identity]
    group = find_group(identity)
    ours += [] if group is None else [group]
    left = [block for block in _used_by(ours) if block.name.startswith(shot_name(""))]
    left += [action for action in bpy.data.actions if _is_take(action, name)]
    for strip in list(compat.sequencer_strips(scene).values()):
        if strip.get(SHOT_KEY) == identity:
            left.append(strip.sound)
            compat.remove_strip(scene, strip)
    bpy.data.batch_remove(ours)
    if collection is not None and not collection.all_objects:
        bpy.data.collections.remove(collection)
    # Objects let go of their data, the data of what they use.
    while free := {block for block in left if block.users == int(block.use_fake_user)}:
        left = [block for block in left if block not in free]
        bpy.data.batch_remove(free)


def _used_by(blocks: list[Any]) -> set[Any]:
    """The datablocks that some use, and those that these use."""
    users = bpy.data.user_map()
    found, grown = set(blocks), True
    while grown:
        more = {block for block, by in users.items() if block not in found and by & found}
        found |= more
        grown = bool(more)
    return found - set(blocks)


def _is_take(action: bpy.types.Action, name: str) -> bool:
    """Whether an action is one of the shot's takes, which are kept though nothing uses them."""
    pattern = re.escape(shot_name(name)) + r" t\d{3,}( .*)?"
    return FINGERPRINT_KEY in action and re.fullmatch(pattern, action.name) is not None
