"""Colour management for plates, takes, and published versions."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import bpy
from bpy.props import IntProperty, StringProperty

from ...core.errors import InputError, OutputError
from ...core.shot import Shot
from ..compat import PATH_OPTIONS
from ..operator_parts import SHOT, NeedsShot, ToldRefusal
from ..scene.build import find_shot, show_take
from ..shots.access import named_shot
from ..shots.folder import safe_name, use_folder


class EVP_OT_standard_view(bpy.types.Operator):
    """Show the plate's colours as they are."""

    bl_idname = "evp.standard_view"
    bl_label = "Use Standard View"
    bl_description = (
        "Set the view transform to Standard with no look, which keeps a plate's colours"
    )
    bl_options = {"UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Set it."""
        view = context.scene.view_settings
        view.view_transform = "Standard"
        view.look = "None"
        view.exposure, view.gamma = 0.0, 1.0
        return {"FINISHED"}


def colour_warning(scene: bpy.types.Scene) -> str:
    """Why a plate would not look as recorded; empty where it does."""
    view = scene.view_settings
    if view.view_transform not in {"Standard", "Raw"}:
        return f"{view.view_transform} changes the plate's colours"
    if view.look not in {"", "None"} or view.exposure != 0.0 or view.gamma != 1.0:
        return "The view's look, exposure or gamma changes the plate's colours"
    return ""


class EVP_OT_show_take(NeedsShot, ToldRefusal, bpy.types.Operator):
    """Put an earlier take back on the head."""

    bl_idname = "evp.show_take"
    bl_label = "Show Take"
    bl_description = "Put the curves of another take on the head"
    bl_options = {"REGISTER", "UNDO"}
    __annotations__ = {"take": IntProperty(name="Take", default=1, min=1), "shot": SHOT}

    def carry_out(self, context: bpy.types.Context) -> None:
        """Show it."""
        shot = named_shot(context.scene, self.shot)
        objects = find_shot(context.scene, shot.identity)
        if objects is None or not show_take(objects, shot.name, self.take):
            raise InputError(
                f"The shot {shot.name} has no take {self.take}; it has takes 1 to "
                f"{shot.newest_take}."
            )
        shot.take = self.take


class EVP_OT_publish(NeedsShot, ToldRefusal, bpy.types.Operator):
    """Keep the rendered frames under a new version's name."""

    bl_idname = "evp.publish"
    bl_label = "Publish Version"
    bl_description = "Keep the rendered frames as a new version: <shot>_v003/<shot>_v003.1001.exr"
    __annotations__ = {
        "folder": StringProperty(
            name="Folder",
            description="Empty is the shot's folder",
            subtype="DIR_PATH",
            options=PATH_OPTIONS,
        ),
        "shot": SHOT,
    }

    def carry_out(self, context: bpy.types.Context) -> None:
        """Publish it."""
        shot = named_shot(context.scene, self.shot)
        source = use_folder(context.scene, shot)
        root = Path(bpy.path.abspath(self.folder)) if self.folder else source / "versions"
        version, target = publish(source, root, safe_name(shot.name), shot.version + 1)
        shot.version = version
        self.report({"INFO"}, f"Published {target}")


def publish(source: Path, root: Path, name: str, version: int) -> tuple[int, Path]:
    """Give a shot's frames and movie a version's names; nothing that exists is overwritten.

    Args:
        source: the shot's folder.
        root: gets the version's folder.
        name: of the shot.
        version: the first number to try.

    Returns:
        the version, and its folder.

    Raises:
        InputError: nothing was rendered yet.
        OutputError: the folder cannot be written.
    """
    frames = sorted(Shot(source).frames.glob("frame.*"))
    if not frames:
        raise InputError(f"{source}: no frame was rendered yet; run Render.")
    while (root / f"{name}_v{version:03d}").exists():
        version += 1
    target = root / f"{name}_v{version:03d}"
    partial = root / f".{target.name}.part"
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for frame in frames:
            shutil.copy2(frame, partial / f"{target.name}{frame.name.removeprefix('frame')}")
        if (source / "result.mp4").is_file():
            shutil.copy2(source / "result.mp4", partial / f"{target.name}.mp4")
        os.replace(partial, target)
    except OSError as error:
        raise OutputError(
            f"{root}: the version cannot be written ({error.strerror}); choose another folder."
        ) from error
    return version, target


CLASSES = (EVP_OT_standard_view, EVP_OT_show_take, EVP_OT_publish)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
