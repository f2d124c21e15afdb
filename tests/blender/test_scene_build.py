"""A built scene matches the plate and keeps what an artist did to it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def built(scene: Any, content: Callable[..., Any], head: Any) -> Any:
    from evp.evp_blender.scene.build import build_scene

    return build_scene(scene, content(), head, take=1)


def world_points(bpy: ModuleType, scene: Any, blender_object: Any, frame: int) -> np.ndarray:
    scene.frame_set(frame)
    evaluated = blender_object.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.data
    points = np.empty((len(mesh.vertices), 3), dtype=np.float32)
    mesh.vertices.foreach_get("co", points.ravel())
    matrix = np.array(evaluated.matrix_world)
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def test_head_is_where_the_plate_shows_it(
    bpy: ModuleType, scene: Any, built: Any, content: Callable[..., Any], head: Any
) -> None:
    from bpy_extras.object_utils import world_to_camera_view
    from mathutils import Vector

    fit, aligned = content().fit, content().aligned
    shape = head.shape(fit.identity, fit.offset)
    for index in (0, 7, 11):
        vertices = head.vertices(shape, aligned.expression[index], fit.own_shapes)
        expected = fit.camera.project(vertices @ fit.rotation[index].T + fit.translation[index])
        points = world_points(bpy, scene, built.head, 1001 + index)
        for vertex in (0, 100, 319):
            view = world_to_camera_view(scene, built.camera, Vector(points[vertex]))
            pixel = (view.x * 64, (1.0 - view.y) * 36)
            assert pixel == pytest.approx(expected[vertex], abs=2e-3)


def test_keypoints_ride_on_the_evaluated_head(
    bpy: ModuleType, scene: Any, built: Any, head: Any
) -> None:
    on_head = world_points(bpy, scene, built.head, 1005)
    np.testing.assert_allclose(
        world_points(bpy, scene, built.keypoints, 1005), head.landmarks(on_head), atol=1e-6
    )
    built.head.modifiers.new("Artist", "SMOOTH").iterations = 5
    smoothed = world_points(bpy, scene, built.head, 1005)
    assert np.abs(smoothed - on_head).max() > 1e-4
    np.testing.assert_allclose(
        world_points(bpy, scene, built.keypoints, 1005), head.landmarks(smoothed), atol=1e-6
    )
    assert len(built.keypoints.data.vertices) == 478
    assert {"lips_inner", "iris_left"} <= {g.name for g in built.keypoints.vertex_groups}


def test_scene_has_the_plates_rate_size_and_range(
    bpy: ModuleType, scene: Any, built: Any, plate_folder: Path
) -> None:
    assert scene.render.fps / scene.render.fps_base == pytest.approx(24000 / 1001, rel=1e-6)
    assert (scene.render.resolution_x, scene.render.resolution_y) == (64, 36)
    assert (scene.frame_start, scene.frame_end) == (1001, 1012)
    assert scene.camera == built.camera
    background = built.camera.data.background_images[0]
    assert background.clip == built.clip
    assert built.clip.frame_start == 1001
    assert Path(bpy.path.abspath(built.clip.filepath)).parent == plate_folder


def test_shape_keys_have_arkit_names_and_a_key_per_frame(built: Any, content: Any) -> None:
    from evp.core.arkit import SHAPE_NAMES
    from evp.evp_blender import compat

    keys = built.head.data.shape_keys
    assert [key.name for key in keys.key_blocks] == ["Basis", *SHAPE_NAMES]
    curves = compat.animation_curves(keys)
    assert len(curves) == 52
    curve = curves.find('key_blocks["jawOpen"].value')
    jaw = SHAPE_NAMES.index("jawOpen")
    values = [curve.evaluate(1001 + index) for index in range(12)]
    assert values == pytest.approx(content().aligned.expression[:, jaw], abs=1e-6)
    assert all(point.interpolation == "LINEAR" for point in curve.keyframe_points)
    assert all(len(polygon.vertices) == 4 for polygon in built.head.data.polygons)
    assert [m.name for m in built.head.data.materials] == ["EVP skin", "EVP tongue"]


def test_rotation_keys_never_flip_sign(scene: Any, head: Any, content: Any) -> None:
    from evp.evp_blender.scene.space import quaternions

    angles = np.linspace(0.0, 4.0 * np.pi, 100)
    matrices = np.tile(np.eye(4), (100, 1, 1))
    matrices[:, 0, 0] = matrices[:, 1, 1] = np.cos(angles)
    matrices[:, 1, 0] = np.sin(angles)
    matrices[:, 0, 1] = -np.sin(angles)
    values = quaternions(matrices)
    assert np.abs(np.diff(values, axis=0)).max() < 0.1


def test_rebuilding_keeps_the_artists_work(
    bpy: ModuleType, scene: Any, built: Any, content: Any, head: Any, records: Any
) -> None:
    import dataclasses

    from evp.evp_blender import compat
    from evp.evp_blender.scene.build import build_scene, next_take

    lamp = bpy.data.objects.new("Artist lamp", bpy.data.lights.new("Artist lamp", "POINT"))
    built.collection.objects.link(lamp)
    built.head.constraints.new("LIMIT_LOCATION").name = "Artist limit"
    key = built.head.shape_key_add(name="fix smile", from_mix=False)
    key.points[5].co.x += 0.01
    offset = key.points[5].co - built.head.data.shape_keys.key_blocks[0].points[5].co
    key.keyframe_insert("value", frame=1003)
    driver = built.head.data.shape_keys.key_blocks["jawLeft"].driver_add("value")
    driver.driver.expression = "0.25"
    keys = built.head.data.shape_keys
    compat.animation_curves(keys).find('key_blocks["jawOpen"].value').keyframe_points[2].co.y = 0.9
    first_action = keys.animation_data.action

    assert next_take(content(), 1) == 1
    again = build_scene(scene, content(), head, take=1)
    assert again.head == built.head
    assert compat.animation_curves(keys).find('key_blocks["jawOpen"].value').evaluate(
        1003
    ) == pytest.approx(0.9)

    fit, aligned = records
    changed = dataclasses.replace(aligned, expression=aligned.expression * 0.5)
    moved = dataclasses.replace(fit, identity=fit.identity * 0.5)
    new = content(aligned=changed, fit=moved)
    assert next_take(new, 1) == 2
    build_scene(scene, new, head, take=2)
    assert keys.animation_data.action != first_action
    assert first_action.name.startswith("EVP sh010 t001")
    curves = compat.animation_curves(keys)
    assert curves.find('key_blocks["fix smile"].value') is not None
    assert curves.find('key_blocks["jawOpen"].value').evaluate(1003) == pytest.approx(
        changed.expression[2, 24], abs=1e-6
    )
    basis = keys.key_blocks[0].points[5].co
    assert tuple(keys.key_blocks["fix smile"].points[5].co - basis) == pytest.approx(
        tuple(offset), abs=1e-6
    )
    assert keys.animation_data.drivers[0].data_path == 'key_blocks["jawLeft"].value'
    assert lamp.name in built.collection.objects
    assert built.head.constraints[0].name == "Artist limit"
    assert len(built.collection.all_objects) == 4
    assert not [m for m in bpy.data.meshes if m.users == 0]
    assert not [c for c in bpy.data.cameras if c.users == 0]


def test_changes_to_the_add_ons_own_objects_stay_until_the_fit_changes(
    scene: Any, built: Any, content: Any, head: Any, records: Any
) -> None:
    import dataclasses

    from evp.evp_blender.scene.build import build_scene

    smile = built.head.data.shape_keys.key_blocks["mouthSmileLeft"]
    smile.points[7].co.z += 0.02
    sculpted = smile.points[7].co.z
    built.camera.data.lens = 200.0
    scene.frame_end = 1006
    fit, aligned = records
    changed = dataclasses.replace(aligned, expression=aligned.expression * 0.5)
    build_scene(scene, content(aligned=changed), head, take=2)
    assert smile.points[7].co.z == sculpted
    assert built.camera.data.lens == 200.0
    assert scene.frame_end == 1006
    camera = dataclasses.replace(fit.camera, focal=70.0)
    moved = dataclasses.replace(fit, identity=fit.identity * 0.5, camera=camera)
    build_scene(scene, content(aligned=changed, fit=moved), head, take=2)
    assert smile.points[7].co.z != sculpted
    assert built.camera.data.lens == pytest.approx(70.0 * 36.0 / 64.0)


def test_a_shot_moved_in_time_is_a_new_take_there(
    scene: Any, built: Any, content: Any, head: Any, records: Any
) -> None:
    from evp.evp_blender.scene.build import build_scene, next_take

    later = content(start=1101)
    assert next_take(later, 1) == 2
    build_scene(scene, later, head, take=2)
    scene.frame_set(1104)
    value = built.head.data.shape_keys.key_blocks["jawOpen"].value
    assert value == pytest.approx(records[1].expression[3, 24], abs=1e-6)
    assert built.clip.frame_start == 1101
    assert (scene.frame_start, scene.frame_end) == (1101, 1112)


def test_going_back_to_an_earlier_take(
    scene: Any, built: Any, content: Any, head: Any, records: Any
) -> None:
    import dataclasses

    from evp.evp_blender.scene.build import build_scene, show_take

    _, aligned = records
    half = dataclasses.replace(aligned, expression=aligned.expression * 0.5)
    build_scene(scene, content(aligned=half), head, take=2)
    assert show_take(built, "sh010", 1)
    scene.frame_set(1004)
    value = built.head.data.shape_keys.key_blocks["jawOpen"].value
    assert value == pytest.approx(aligned.expression[3, 24], abs=1e-6)
    assert not show_take(built, "sh010", 9)


def test_two_shots_in_one_scene(scene: Any, built: Any, content: Any, head: Any) -> None:
    from evp.evp_blender.scene.build import build_scene, find_shot

    other = build_scene(
        scene, content(identity="c3d4", name="sh020", start=1), head, take=1, match=False
    )
    assert other.head != built.head
    assert find_shot(scene, "a1b2").head == built.head
    assert find_shot(scene, "c3d4").head == other.head
    assert scene.camera == built.camera
    scene.frame_set(3)
    second = other.head.data.shape_keys.key_blocks["jawOpen"].value
    scene.frame_set(1003)
    assert built.head.data.shape_keys.key_blocks["jawOpen"].value == pytest.approx(second, abs=1e-6)


def test_saved_and_opened_again(
    bpy: ModuleType, scene: Any, built: Any, content: Any, head: Any, tmp_path: Path
) -> None:
    from evp.evp_blender.scene.build import build_scene, find_shot

    path = tmp_path / "shot é 1.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    scene = bpy.context.scene
    objects = find_shot(scene, "a1b2")
    assert objects is not None
    again = build_scene(scene, content(), head, take=1)
    assert again.head == objects.head
    assert len(scene.collection.children) == 1
    assert len(bpy.data.movieclips) == 1


@pytest.fixture
def real_head(records: Any) -> tuple[Any, Any]:
    """The head asset, and a fit of it."""
    from evp.core.face.head import load_head

    head = load_head()
    return head, dataclasses.replace(
        records[0], offset=np.zeros_like(head.neutral), own_shapes=None
    )


def test_the_eyes_follow_eye_look(
    bpy: ModuleType, scene: Any, content: Callable[..., Any], real_head: Any
) -> None:
    from evp.evp_blender import compat
    from evp.evp_blender.scene.build import build_scene

    head, fit = real_head
    still = dataclasses.replace(fit, expression=np.zeros_like(fit.expression))
    built = build_scene(scene, content(fit=still, aligned=None), head, take=1)
    mesh, curves = built.head.data, compat.animation_curves(built.head.data.shape_keys)
    iris = next(i for i, m in enumerate(mesh.materials) if m.name == "EVP iris")
    corners = {v for p in mesh.polygons if p.material_index == iris for v in p.vertices}
    left = [v for v in corners if v in set(head.parts["eye_left"].tolist())]
    right = [v for v in corners if v in set(head.parts["eye_right"].tolist())]
    before = world_points(bpy, scene, built.head, 1006)
    for name in ("eyeLookUpLeft", "eyeLookOutRight"):
        for point in curves.find(f'key_blocks["{name}"].value').keyframe_points:
            point.co.y = 1.0
    moved = 1000.0 * (world_points(bpy, scene, built.head, 1006) - before)
    assert moved[left].mean(axis=0)[2] > 1.0  # millimetres, up
    assert abs(moved[left].mean(axis=0)[0]) < 0.5
    assert moved[right].mean(axis=0)[0] < -2.0  # the subject's right
    assert abs(moved[right].mean(axis=0)[2]) < 0.5


def test_a_ten_second_shot_is_built_within_three_seconds(
    scene: Any, content: Callable[..., Any], real_head: Any
) -> None:
    from evp.evp_blender.scene.build import build_scene

    head, fit = real_head
    order = np.arange(240) % len(fit.valid)
    shot = content()
    plate = dataclasses.replace(shot.plate, times=np.arange(240) * 1001 / 24000)
    long = content(fit=fit.take(order), aligned=shot.aligned.take(order), plate=plate)
    used = time.process_time()
    objects = build_scene(scene, long, head, take=1)
    used = time.process_time() - used
    print(f"{used:.2f} s of processor time")
    assert used < 3.0
    assert len(objects.head.data.vertices) > 4000
