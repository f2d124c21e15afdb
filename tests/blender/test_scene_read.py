"""What is read from the scene is the prediction plus what the artist changed, and nothing else."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def built(scene: Any, content: Callable[..., Any], head: Any) -> Any:
    from evp.evp_blender.scene.build import build_scene

    return build_scene(scene, content(), head, take=1)


@pytest.fixture
def read(scene: Any, built: Any, content: Callable[..., Any], head: Any) -> Callable[[], Any]:
    from evp.core.progress import finish
    from evp.evp_blender.scene.read import read_aligned

    return lambda: finish(read_aligned(scene, built, content(), head))


def curve(built: Any, name: str) -> Any:
    from evp.evp_blender import compat

    keys = built.head.data.shape_keys
    return compat.animation_curves(keys).find(f'key_blocks["{name}"].value')


def changed_frames(aligned: Any, before: Any) -> list[int]:
    moved = (aligned.landmarks != before.landmarks).any(axis=(1, 2))
    return [int(index) for index in np.flatnonzero(moved)]


def assert_same(aligned: Any, before: Any) -> None:
    for field in dataclasses.fields(before):
        np.testing.assert_array_equal(getattr(aligned, field.name), getattr(before, field.name))


def hide(bpy: ModuleType, built: Any, how: str) -> Any:
    """Hide parts of the shot as artists do; returns what tells that they still are hidden."""
    layer = bpy.context.view_layer
    if how == "excluded collection":
        child = layer.layer_collection.children[built.collection.name]
        child.exclude = True
        return lambda: child.exclude
    if how == "disabled collection":
        built.collection.hide_viewport = True
        return lambda: built.collection.hide_viewport
    for item in (built.head, built.keypoints, built.camera):
        if how == "eye":
            item.hide_set(True)
        else:
            item.hide_viewport = True
    items = (built.head, built.keypoints, built.camera)
    return lambda: all(item.hide_get() if how == "eye" else item.hide_viewport for item in items)


HIDDEN = ["eye", "disabled object", "excluded collection", "disabled collection"]


@pytest.mark.parametrize("how", HIDDEN)
def test_hidden_parts_are_read_as_shown_ones_and_stay_hidden(
    bpy: ModuleType,
    scene: Any,
    built: Any,
    read: Callable[[], Any],
    records: Any,
    how: str,
) -> None:
    before = records[1]
    still_hidden = hide(bpy, built, how)
    assert_same(read(), before)
    curve(built, "jawOpen").keyframe_points[4].co.y = 0.9
    assert changed_frames(read(), before) == [4]
    assert still_hidden()
    assert "EVP shown" not in bpy.data.collections


def test_an_untouched_scene_gives_the_prediction_bit_for_bit(
    scene: Any, read: Callable[[], Any], records: Any
) -> None:
    scene.frame_set(1007)
    assert_same(read(), records[1])
    assert scene.frame_current == 1007


def test_a_jaw_edit_changes_just_its_frames_and_undoing_it_restores_them(
    built: Any, read: Callable[[], Any], records: Any, head: Any
) -> None:
    fit, aligned = records
    jaw = curve(built, "jawOpen")
    kept = [jaw.keyframe_points[index].co.y for index in range(12)]
    for index in range(4, 7):
        jaw.keyframe_points[index].co.y = 0.95
    after = read()
    assert changed_frames(after, aligned) == [4, 5, 6]
    assert after.changed[4] == 1.0
    assert after.changed[3] == aligned.changed[3]
    expression = aligned.expression[5].copy()
    expression[24] = 0.95
    shape = head.shape(fit.identity, fit.offset)

    def project(weights: np.ndarray) -> np.ndarray:
        points = head.landmarks(head.vertices(shape, weights, fit.own_shapes))
        return fit.camera.project(points @ fit.rotation[5].T + fit.translation[5])

    expected = aligned.landmarks[5] + project(expression) - project(aligned.expression[5])
    assert np.abs(after.landmarks[5] - expected).max() < 0.02
    assert after.expression[5, 24] == pytest.approx(0.95, abs=1e-6)
    for index in range(4, 7):
        jaw.keyframe_points[index].co.y = kept[index]
    assert_same(read(), aligned)


def test_a_driver_and_a_sculpted_correction_count(
    built: Any, read: Callable[[], Any], records: Any
) -> None:
    driver = built.head.data.shape_keys.key_blocks["mouthLeft"].driver_add("value").driver
    driver.expression = "1.0 if frame == 1003 else 0.0"
    driver.use_self = False
    after = read()
    np.testing.assert_allclose(after.expression[2, 32], 1.0)
    built.head.data.shape_keys.key_blocks["mouthLeft"].driver_remove("value")
    assert built.head.modifiers.new("Artist", "SMOOTH") is not None
    smoothed = read()
    assert len(changed_frames(smoothed, records[1])) == 12
    np.testing.assert_array_equal(smoothed.rotation, records[1].rotation)


def test_a_moved_keypoint_moves_alone(built: Any, read: Callable[[], Any], records: Any) -> None:
    built.keypoints.data.vertices[13].co.x += 0.01
    after = read()
    moved = (after.landmarks != records[1].landmarks).any(axis=(0, 2))
    assert [int(i) for i in np.flatnonzero(moved)] == [13]
    pixels = np.linalg.norm(after.landmarks[:, 13] - records[1].landmarks[:, 13], axis=-1)
    assert pixels.max() == pytest.approx(140.0 * 0.01 / 0.72, rel=0.15)


def test_a_moved_head_and_a_longer_lens_count(
    bpy: ModuleType, built: Any, read: Callable[[], Any], records: Any
) -> None:
    built.camera.data.lens *= 1.1
    after = read()
    centre = records[0].camera.centre
    shape_before = records[1].landmarks - records[1].plate_landmarks
    assert np.abs(after.landmarks - records[1].landmarks).max() > 1.0
    outward = np.einsum(
        "tni,tni->tn", after.landmarks - records[1].landmarks, records[1].landmarks - centre
    )
    assert (outward > -1.0).mean() > 0.95
    assert shape_before.shape == after.landmarks.shape
    built.camera.data.lens /= 1.1
    empty = bpy.data.objects.new("Artist", None)
    built.collection.objects.link(empty)
    constraint = built.head.constraints.new("COPY_ROTATION")
    constraint.target = empty
    turned = read()
    assert np.abs(turned.rotation - records[1].rotation).max() > 0.1
    np.testing.assert_allclose(
        turned.rotation, np.tile(np.diag([1.0, -1.0, -1.0]), (12, 1, 1)), atol=1e-6
    )


def test_points_deleted_from_the_keypoints_are_refused(built: Any, read: Callable[[], Any]) -> None:
    from evp.core.errors import InputError

    built.keypoints.modifiers.clear()
    built.keypoints.data.clear_geometry()
    with pytest.raises(InputError, match="in place of 478"):
        read()


def test_reading_takes_less_than_five_milliseconds_per_frame_on_the_real_head(
    scene: Any, content: Callable[..., Any], records: Any
) -> None:
    from evp.core.errors import MissingDependencyError
    from evp.core.face.head import load_head
    from evp.core.progress import finish
    from evp.evp_blender.scene.build import build_scene
    from evp.evp_blender.scene.read import read_aligned

    try:
        head = load_head()
    except MissingDependencyError:
        pytest.skip("the head asset is not built")
    fit = dataclasses.replace(records[0], offset=np.zeros_like(head.neutral), own_shapes=None)
    real = content(fit=fit)
    objects = build_scene(scene, real, head, take=1)
    finish(read_aligned(scene, objects, real, head))
    used = time.process_time()
    finish(read_aligned(scene, objects, real, head))
    milliseconds = 1000 * (time.process_time() - used) / 12
    print(f"{milliseconds:.2f} ms of processor time per frame")
    assert milliseconds < 10.0  # 5 where nothing else runs; half of it is a busy machine's
