"""The shot's head and camera for other programs: USD, Alembic or FBX."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from bpy.props import StringProperty

from ...core.errors import InputError, OutputError
from ..compat import PATH_OPTIONS
from ..operator_parts import SHOT, AsksForFile, NeedsShot, ToldRefusal
from ..scene.build import find_shot
from ..scene.records import ShotObjects
from ..scene.shown import shown
from ..shots.access import named_shot


def export_head(scene: bpy.types.Scene, objects: ShotObjects, path: Path) -> None:
    """Write head and camera over the scene's frame range; the suffix chooses the format.

    USD and FBX carry the 52 shapes as blend shapes, Alembic the moving vertices.

    Raises:
        InputError: the suffix is none of .usd, .usda, .usdc, .usdz, .abc, .fbx.
        OutputError: the file cannot be written.
    """
    writers: dict[str, Callable[[str, bpy.types.Scene], Any]] = {
        ".abc": _write_alembic,
        ".fbx": _write_fbx,
        **dict.fromkeys((".usd", ".usda", ".usdc", ".usdz"), _write_usd),
    }
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise InputError(f"{path}: choose a file that ends in {', '.join(sorted(writers))}.")
    layer = bpy.context.view_layer
    selected, active = list(bpy.context.selected_objects), layer.objects.active
    for item in selected:
        item.select_set(False)
    exported = (objects.head, objects.camera)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with shown(scene, layer, exported):
            try:
                for item in exported:
                    item.select_set(True)
                layer.objects.active = objects.head
                writer(str(path), scene)
            finally:
                for item in exported:
                    item.select_set(False)
    except (OSError, RuntimeError) as error:
        reason = str(error).strip().rstrip(".")
        raise OutputError(f"{path}: the head cannot be exported ({reason}).") from error
    finally:
        for item in selected:
            item.select_set(True)
        layer.objects.active = active
    if not path.is_file():
        raise OutputError(f"{path}: the head cannot be written there; choose another folder.")


def _write_usd(path: str, scene: bpy.types.Scene) -> None:
    bpy.ops.wm.usd_export(
        filepath=path, selected_objects_only=True, export_animation=True, export_shapekeys=True
    )


def _write_alembic(path: str, scene: bpy.types.Scene) -> None:
    bpy.ops.wm.alembic_export(
        filepath=path,
        start=scene.frame_start,
        end=scene.frame_end,
        selected=True,
        as_background_job=False,
    )


def _write_fbx(path: str, scene: bpy.types.Scene) -> None:
    bpy.ops.export_scene.fbx(
        filepath=path,
        use_selection=True,
        object_types={"MESH", "CAMERA"},
        bake_anim=True,
        bake_anim_use_all_actions=False,
        bake_anim_use_nla_strips=False,
        bake_anim_simplify_factor=0.0,
        use_mesh_modifiers=False,
    )


class EVP_OT_export_head(AsksForFile, NeedsShot, ToldRefusal, bpy.types.Operator):
    """Export the shot's head and camera."""

    bl_idname = "evp.export_head"
    bl_label = "Export Head"
    bl_description = "Write head and camera as USD, Alembic or FBX, by the file's suffix"
    __annotations__ = {
        "filepath": StringProperty(
            name="File", subtype="FILE_PATH", default="//head.usdc", options=PATH_OPTIONS
        ),
        "shot": SHOT,
    }

    def carry_out(self, context: bpy.types.Context) -> None:
        """Export it."""
        shot = named_shot(context.scene, self.shot)
        objects = find_shot(context.scene, shot.identity)
        if objects is None:
            raise InputError(f"The shot {shot.name} is not in this scene; run Build Scene.")
        export_head(context.scene, objects, Path(bpy.path.abspath(self.filepath)))


def register() -> None:
    """Register the operator."""
    bpy.utils.register_class(EVP_OT_export_head)


def unregister() -> None:
    """Take the operator away."""
    bpy.utils.unregister_class(EVP_OT_export_head)
