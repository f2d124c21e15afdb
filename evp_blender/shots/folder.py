"""Where a shot keeps its files."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import bpy

from ..preferences import preferences


def shot_folder(scene: bpy.types.Scene, shot: Any) -> Path:
    """The shot's own folder, or ``//cache/evp/<scene>/<shot>``.

    The second lies under the preferences' folder where one is set, and under Blender's temporary
    folder while the file is not saved.
    """
    if shot.folder:
        return Path(bpy.path.abspath(shot.folder)).resolve()
    tail = Path(safe_name(scene.name)) / safe_name(shot.name)
    chosen = preferences().cache_folder
    if chosen:
        return Path(bpy.path.abspath(chosen)) / _file_stem() / tail
    if bpy.data.filepath:
        return Path(bpy.path.abspath("//")) / "cache" / "evp" / tail
    return Path(bpy.app.tempdir) / "evp" / tail


def use_folder(scene: bpy.types.Scene, shot: Any) -> Path:
    """The shot's folder; what was made before the file was saved or renamed comes along."""
    folder = shot_folder(scene, shot)
    before = Path(shot.folder_used) if shot.folder_used else folder
    if before != folder and before.is_dir() and not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(bpy.app.tempdir) in before.parents
        (shutil.move if temporary else shutil.copytree)(str(before), str(folder))
    shot.folder_used = str(folder)
    return folder


def safe_name(name: str) -> str:
    """A name that every file system takes."""
    return re.sub(r"[^\w.-]+", "_", name).strip("._") or "unnamed"


def _file_stem() -> str:
    return safe_name(Path(bpy.data.filepath).stem) if bpy.data.filepath else "unsaved"
