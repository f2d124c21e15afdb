"""The head opens elsewhere with its shapes and its motion."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bpy")


@pytest.fixture
def built(bpy: ModuleType, shot: Any, pipeline: Any) -> Any:
    bpy.ops.evp.build_scene()
    return bpy.data.objects["EVP sh010 head"]


def head_points(bpy: ModuleType, item: Any, frame: float) -> np.ndarray:
    bpy.context.scene.frame_set(int(frame), subframe=frame % 1.0)
    evaluated = item.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    points = np.empty((len(mesh.vertices), 3), dtype=np.float32)
    mesh.vertices.foreach_get("co", points.ravel())
    matrix = np.array(evaluated.matrix_world)
    return points @ matrix[:3, :3].T + matrix[:3, 3]


@pytest.mark.parametrize("suffix", ["usdc", "abc", "fbx"])
def test_the_exported_head_moves_as_in_the_scene(
    bpy: ModuleType, built: Any, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"head é.{suffix}"
    expected = [head_points(bpy, built, frame) for frame in (1002, 1009)]
    if suffix == "fbx" and not hasattr(bpy.types, "EXPORT_SCENE_OT_fbx"):
        bpy.ops.preferences.addon_enable(module="io_scene_fbx")
    bpy.ops.evp.export_head(filepath=str(path))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, app_template="")
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = 24, 1.001
    if suffix == "usdc":
        bpy.ops.wm.usd_import(filepath=str(path), import_blendshapes=True)
    elif suffix == "abc":
        bpy.ops.wm.alembic_import(filepath=str(path), as_background_job=False)
    else:
        bpy.ops.import_scene.fbx(filepath=str(path), anim_offset=0.0)
    head = next(item for item in bpy.data.objects if item.type == "MESH")
    assert any(item.type == "CAMERA" for item in bpy.data.objects)
    # Blender's FBX reader counts 24 frames in a second, whatever divides them.
    stretch = 1.001 if suffix == "fbx" else 1.0
    for frame, points in zip((1002 * stretch, 1009 * stretch), expected, strict=True):
        np.testing.assert_allclose(head_points(bpy, head, frame), points, atol=2e-3)
    if suffix != "abc":
        assert "jawOpen" in head.data.shape_keys.key_blocks


@pytest.mark.parametrize("how", ["eye", "excluded"])
def test_a_hidden_head_is_exported_too(
    bpy: ModuleType, built: Any, tmp_path: Path, how: str
) -> None:
    if how == "eye":
        built.hide_set(True)
    else:
        layer = bpy.context.view_layer.layer_collection
        layer.children[built.users_collection[0].name].exclude = True
    bpy.ops.evp.export_head(filepath=str(tmp_path / "head.usdc"))
    assert not built.visible_get()
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, app_template="")
    bpy.ops.wm.usd_import(filepath=str(tmp_path / "head.usdc"), import_blendshapes=True)
    assert {"MESH", "CAMERA"} <= {item.type for item in bpy.data.objects}


def test_an_unknown_suffix_is_one_sentence(bpy: ModuleType, built: Any) -> None:
    with pytest.raises(RuntimeError, match="choose a file that ends in"):
        bpy.ops.evp.export_head(filepath="//head.obj")
