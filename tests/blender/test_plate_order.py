"""A plate that runs forth and back does so behind the camera and in the compositor."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

cv2 = pytest.importorskip("cv2")
pytest.importorskip("bpy")


@pytest.fixture
def extended(content: Callable[..., Any]) -> Any:
    """A shot of 20 frames on a plate of 12."""
    shot = content()
    order = np.concatenate([np.arange(12), np.arange(10, 2, -1)])
    plate = dataclasses.replace(shot.plate, times=np.arange(20) * 1001 / 24000, order=order)
    aligned = shot.aligned.take(order)
    return dataclasses.replace(shot, plate=plate, fit=shot.fit.take(order), aligned=aligned)


def test_the_camera_shows_the_plate_in_its_order(
    bpy: ModuleType, scene: Any, head: Any, extended: Any
) -> None:
    from evp.evp_blender.scene.build import build_scene, find_shot

    for take in (1, 2):
        objects = build_scene(scene, extended, head, take)
    shown = [b for b in objects.camera.data.background_images if b.show_background_image]
    assert [background.source for background in shown] == ["IMAGE"]
    assert scene.frame_end == 1020
    for index in (0, 11, 12, 19):
        scene.frame_set(1001 + index)
        camera = objects.camera.evaluated_get(bpy.context.evaluated_depsgraph_get())
        [background] = [b for b in camera.data.background_images if b.show_background_image]
        user = background.image_user
        number = scene.frame_current - user.frame_start + 1 + user.frame_offset
        assert number == 1001 + extended.plate.order[index]
    assert find_shot(scene, extended.identity).clip is not None


def test_the_compositor_shows_the_plate_in_its_order(
    bpy: ModuleType, scene: Any, extended: Any, plate_folder: Path, tmp_path: Path
) -> None:
    from evp.evp_blender.scene.compositor import build_compositor
    from evp.evp_blender.scene.plate import load_clip, place_clip

    clip = load_clip(extended.plate.path)
    place_clip(clip, extended.plate, 1001)
    for _ in range(2):
        build_compositor(scene, extended, clip, None)
    scene.render.resolution_x, scene.render.resolution_y = 64, 36
    scene.view_settings.view_transform = "Standard"
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.dither_intensity = 0.0
    scene.render.image_settings.file_format = "PNG"
    scene.render.filepath = str(tmp_path / "out.png")
    for index in (0, 13, 19):
        scene.frame_set(1001 + index)
        bpy.ops.render.render(write_still=True)
        wanted = plate_folder / f"sh010.{1001 + extended.plate.order[index]}.png"
        result = cv2.imread(str(tmp_path / "out.png"))
        np.testing.assert_array_equal(result, cv2.imread(str(wanted)))
