"""What EVP makes in a file does not pile up, and goes when the shot is removed."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("bpy")


def blocks(bpy: ModuleType) -> dict[str, list[str]]:
    """The names of the file's datablocks by kind."""
    kinds = ("actions", "cameras", "collections", "images", "materials", "meshes", "node_groups")
    kinds += ("objects", "shape_keys", "sounds", "texts", "worlds")
    return {kind: sorted(item.name for item in getattr(bpy.data, kind)) for kind in kinds}


def test_building_a_shot_again_adds_nothing(bpy: ModuleType, shot: Any, pipeline: Any) -> None:
    bpy.ops.evp.render()
    once = blocks(bpy)
    for _ in range(2):
        bpy.ops.evp.build_scene()
        bpy.ops.evp.render()
    assert blocks(bpy) == once


def test_a_removed_shot_leaves_what_others_use(
    bpy: ModuleType, scene: Any, plate_folder: Path, speech: Path, pipeline: Any, tmp_path: Path
) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    before = blocks(bpy)
    lamp = bpy.data.lights.new("EVP lamp of an artist", "POINT")
    plate = str(plate_folder / "sh010.1004.png")
    for name in ("sh010", "sh0100"):
        bpy.ops.evp.shot_add(name=name, plate=plate, speech=str(speech), rate=23.976)
        bpy.ops.evp.render(shot=name)
        bpy.ops.evp.key_emotion(emotion="sad", weight=0.5, frame=1003, shot=name)
        bpy.ops.evp.render(shot=name)
        if name == "sh010":
            alone = blocks(bpy)
    assert "EVP sh010 t002" in alone["actions"]
    bpy.ops.evp.shot_remove(shot="sh0100", delete_objects=True)
    assert blocks(bpy) == alone
    bpy.ops.evp.render(shot="sh010")
    kept = bpy.data.objects["EVP sh010 head"].copy()
    scene.collection.objects.link(kept)
    bpy.ops.evp.shot_remove(shot="sh010", delete_objects=True)
    assert kept.data.name == "EVP sh010 head" and kept.data.shape_keys is not None
    assert kept.animation_data.action.name == "EVP sh010 t002"
    bpy.data.objects.remove(kept)
    mesh, action = bpy.data.meshes["EVP sh010 head"], bpy.data.actions["EVP sh010 t002"]
    bpy.data.batch_remove([mesh, action, *bpy.data.materials])
    after = blocks(bpy)
    after["images"] = [name for name in after["images"] if name != "Viewer Node"]
    assert after == before
    assert lamp.users == 0
    assert not [s for s in scene.sequence_editor.strips_all if s.name.startswith("EVP")]
