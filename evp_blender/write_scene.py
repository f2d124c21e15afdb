"""Write a shot folder as a .blend file: ``python -m evp.evp_blender.write_scene SHOT OUT.blend``.

Or its head and camera alone, for other programs. Runs in a Python that has the bpy wheel, without
a window.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import EvpError, OutputError

if TYPE_CHECKING:
    from .scene.records import ShotObjects


def write_scene(shot_folder: Path, blend_path: Path) -> None:
    """Build the shot's scene in an empty file and save it.

    Raises:
        InputError: this is no shot folder, or it was not fitted yet.
        OutputError: the file cannot be written.
    """
    import bpy

    with _shot_alone(shot_folder) as objects:
        _look_through_camera()
        bpy.context.view_layer.objects.active = objects.head
        objects.head.select_set(True)
        _save(blend_path.resolve())


def write_head(shot_folder: Path, path: Path) -> None:
    """Write the shot's head and camera; the suffix chooses USD, Alembic or FBX.

    Raises:
        InputError: this is no shot folder, it was not fitted yet, or the suffix is another.
        OutputError: the file cannot be written.
    """
    import bpy

    from .output.export_head import export_head

    with _shot_alone(shot_folder) as objects:
        if not hasattr(bpy.types, "EXPORT_SCENE_OT_fbx"):
            bpy.ops.preferences.addon_enable(module="io_scene_fbx")
        export_head(bpy.context.scene, objects, path.resolve())


@contextmanager
def _shot_alone(shot_folder: Path) -> Iterator[ShotObjects]:
    """The shot's scene in an empty file."""
    import bpy

    from . import registration
    from .steps.open_shot import open_shot

    registration.register()
    try:
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, app_template="")
        scene = bpy.context.scene
        scene.view_settings.view_transform = "Standard"
        objects = open_shot(scene, shot_folder)
        scene.frame_set(scene.frame_start)
        yield objects
    finally:
        registration.unregister()


def _look_through_camera() -> None:
    import bpy

    for screen in bpy.data.screens:
        for area in screen.areas:
            if area.type == "VIEW_3D":
                area.spaces[0].region_3d.view_perspective = "CAMERA"


def _save(path: Path) -> None:
    import bpy

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        bpy.ops.wm.save_as_mainfile(filepath=str(path))
        bpy.ops.file.make_paths_relative()
        for shot in bpy.context.scene.evp.shots:
            shot.folder = bpy.path.relpath(shot.folder)
            for name in ("speech", "transcript"):
                if getattr(shot, name):
                    setattr(shot, name, bpy.path.relpath(getattr(shot, name)))
        bpy.context.preferences.filepaths.save_version = 0
        bpy.ops.wm.save_mainfile()
    except (OSError, RuntimeError, ValueError) as error:
        raise OutputError(f"{path}: the scene cannot be saved ({error}).") from error


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("shot", type=Path, help="the shot's folder")
    parser.add_argument("blend", type=Path, help="the .blend file to write")
    options = parser.parse_args()
    try:
        write_scene(options.shot, options.blend)
    except EvpError as error:
        print(f"evp: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
