"""Find the shots of a scene."""

from __future__ import annotations

import uuid
from typing import Any

import bpy

from ...core.errors import InputError


def active_shot(scene: bpy.types.Scene) -> Any | None:
    """The shot chosen in the list, or None where there is none."""
    shots = scene.evp.shots
    return shots[scene.evp.active] if 0 <= scene.evp.active < len(shots) else None


def named_shot(scene: bpy.types.Scene, name: str) -> Any:
    """The shot of that name; the active one where the name is empty.

    Raises:
        InputError: there is no such shot.
    """
    if not name:
        shot = active_shot(scene)
        if shot is None:
            raise InputError("There is no shot in this scene; add one with the + button.")
        return shot
    for shot in scene.evp.shots:
        if shot.name == name:
            return shot
    have = ", ".join(shot.name for shot in scene.evp.shots) or "none"
    raise InputError(f"There is no shot named {name!r} in this scene; it has {have}.")


def identified_shot(scene_name: str, identity: str) -> tuple[bpy.types.Scene, Any]:
    """Scene and shot by what survives undo and renaming.

    Raises:
        InputError: scene or shot were deleted.
    """
    scene = bpy.data.scenes.get(scene_name)
    if scene is not None:
        for shot in scene.evp.shots:
            if shot.identity == identity:
                return scene, shot
    raise InputError("The shot was deleted while it was being worked on; nothing more is done.")


def clips_in_use(besides: str = "") -> set[str]:
    """Names of the clips that are the plate of a shot, ``besides`` the shot of that identity.

    A clip stands at one place in time, so two shots cannot share one.
    """
    return {
        shot.clip.name
        for scene in bpy.data.scenes
        for shot in scene.evp.shots
        if shot.clip is not None and shot.identity != besides
    }


def new_shot(scene: bpy.types.Scene, name: str) -> Any:
    """Append a shot with a name of its own and choose it; the first rules the scene's format."""
    taken = {shot.name for shot in scene.evp.shots}
    wanted = name or f"sh{10 * (len(scene.evp.shots) + 1):03d}"
    unique, number = wanted, 1
    while unique in taken:
        number += 1
        unique = f"{wanted}_{number}"
    is_first = len(scene.evp.shots) == 0
    shot = scene.evp.shots.add()
    shot.match_scene = is_first
    shot.name = unique
    shot.identity = uuid.uuid4().hex[:12]
    scene.evp.active = len(scene.evp.shots) - 1
    return shot
