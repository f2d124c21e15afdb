"""A camera that is known is passed on as it is: one of the scene, or one solved from the plate."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bpy")


def test_a_camera_of_the_scene_is_used_as_given(bpy: ModuleType, shot: Any, pipeline: Any) -> None:
    from evp.evp_blender.shots.given_camera import given_camera

    data = bpy.data.cameras.new("Solved")
    data.lens, data.sensor_width = 50.0, 25.0
    camera = bpy.data.objects.new("Solved", data)
    bpy.context.scene.collection.objects.link(camera)
    shot.camera_source = "OBJECT"
    for wrong in (None, bpy.data.objects["EVP sh010 emotion"]):
        shot.camera = wrong
        with pytest.raises(RuntimeError, match="choose one"):
            bpy.ops.evp.track()
    shot.camera = camera
    still = given_camera(bpy.context.scene, shot)
    assert still.focal == pytest.approx(128.0)
    assert still.world is None
    camera.location.x = 0.0
    camera.keyframe_insert("location", frame=1001)
    camera.location.x = 1.1
    camera.keyframe_insert("location", frame=1012)
    moving = given_camera(bpy.context.scene, shot)
    assert moving.world.shape == (12, 4, 4)
    assert moving.world[-1, 0, 3] - moving.world[0, 0, 3] == pytest.approx(1.1, abs=1e-5)


def solve(bpy: ModuleType, clip: Any, frames: int) -> None:
    """Track thirty points of a camera that moves sideways, without noise, and solve it."""
    width, height = clip.size
    tracking = clip.tracking
    tracking.camera.sensor_width, tracking.camera.focal_length = 36.0, 40.0
    focal = tracking.camera.focal_length_pixels
    random = np.random.default_rng(1)
    points = random.uniform((-2.0, -1.0, 4.0), (2.0, 1.0, 9.0), (30, 3))
    for index, point in enumerate(points):
        track = tracking.tracks.new(name=f"point {index}", frame=1)
        for frame in range(1, frames + 1):
            x, y, z = point - np.array([0.15, 0.02, 0.0]) * frame
            place = (focal * x / z / width + 0.5, focal * y / z / height + 0.5)
            track.markers.insert_frame(frame, co=place)
    tracking.objects.active.keyframe_a, tracking.objects.active.keyframe_b = 1, frames
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type = "CLIP_EDITOR"
    area.spaces[0].clip = clip
    region = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        assert bpy.ops.clip.solve_camera() == {"FINISHED"}


def test_a_camera_solved_from_the_plate_is_used_as_given(
    bpy: ModuleType, shot: Any, pipeline: Any
) -> None:
    from evp.evp_blender.scene.space import WORLD
    from evp.evp_blender.shots.given_camera import given_camera

    shot.camera_source = "SOLVED"
    with pytest.raises(RuntimeError, match="has no solved camera; track and solve it"):
        bpy.ops.evp.fit()
    solve(bpy, shot.clip, 12)
    shot.use_range, shot.frame_first, shot.frame_last = True, 1003, 1010
    camera = given_camera(bpy.context.scene, shot)
    assert camera.world.shape == (8, 4, 4)
    width, height = shot.clip.size
    for track in list(shot.clip.tracking.tracks)[:5]:
        point = np.append(WORLD.T @ np.array(track.bundle), 1.0)
        for index in (0, 7):
            seen = (np.linalg.inv(camera.world[index]) @ point)[:3]
            x, y = track.markers.find_frame(3 + index).co
            wanted = (x * width, (1.0 - y) * height)
            np.testing.assert_allclose(camera.project(seen[None])[0], wanted, atol=0.05)
    bpy.ops.evp.fit()


def test_frames_without_a_solved_camera_are_named(
    bpy: ModuleType, shot: Any, pipeline: Any
) -> None:
    solve(bpy, shot.clip, 9)
    shot.camera_source = "SOLVED"
    with pytest.raises(RuntimeError, match="no solved camera at its frame 10"):
        bpy.ops.evp.fit()
