"""The shot's node group composites through Blender's own compositor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

cv2 = pytest.importorskip("cv2")

FACE = 0.25
INSIDE = (slice(12, 24), slice(22, 42))


@pytest.fixture
def layers(tmp_path: Path) -> Any:
    from evp.core.media.images import write_exr
    from evp.evp_blender.scene.records import RenderedLayers

    (tmp_path / "frames").mkdir()
    matte = np.zeros((36, 64), np.float16)
    matte[INSIDE] = 1.0
    for number in range(1001, 1005):
        channels = {name: np.full((36, 64), 0.5, np.float16) for name in "RGB"}
        level = FACE + 0.125 * (number - 1001)
        channels |= {f"face.{name}": np.full((36, 64), level, np.float16) for name in "RGB"}
        channels |= {"matte.V": matte, "edges.V": matte}
        write_exr(tmp_path / f"frames/frame.{number}.exr", channels, {})
    return RenderedLayers(tmp_path / "frames/frame.1001.exr", (1001, 1002, 1003, 1004))


def render(bpy: ModuleType, scene: Any, path: Path, frame: int) -> np.ndarray:
    scene.frame_set(frame)
    scene.render.dither_intensity = 0.0
    scene.render.filepath = str(path)
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGB"
    bpy.ops.render.render(write_still=True)
    return cv2.imread(str(path))


@pytest.fixture
def composited(
    bpy: ModuleType, scene: Any, content: Callable[..., Any], layers: Any
) -> Callable[..., Any]:
    from evp.evp_blender.scene.compositor import build_compositor
    from evp.evp_blender.scene.plate import load_clip, place_clip

    def make(start: int = 1001, layers: Any = layers) -> Any:
        shot = content(start=start)
        clip = load_clip(shot.plate.path)
        place_clip(clip, shot.plate, start)
        scene.render.resolution_x, scene.render.resolution_y = 64, 36
        scene.view_settings.view_transform = "Standard"
        scene.render.engine = "BLENDER_WORKBENCH"
        return build_compositor(scene, shot, clip, layers)

    return make


@pytest.mark.parametrize("start", [1001, 5])
def test_plate_outside_the_matte_and_face_inside(
    bpy: ModuleType,
    scene: Any,
    composited: Callable[..., Any],
    plate_folder: Path,
    tmp_path: Path,
    start: int,
) -> None:
    composited(start)
    for index in (0, 2):
        result = render(bpy, scene, tmp_path / "out.png", start + index)
        plate = cv2.imread(str(plate_folder / f"sh010.{1001 + index}.png"))
        outside = np.ones((36, 64), bool)
        outside[INSIDE] = False
        np.testing.assert_array_equal(result[outside], plate[outside])
        linear = FACE + 0.125 * index
        encoded = round(255 * (1.055 * linear ** (1 / 2.4) - 0.055))
        assert np.abs(result[INSIDE].astype(int) - encoded).max() <= 1


def test_frames_that_were_not_rendered_show_the_plate(
    bpy: ModuleType,
    scene: Any,
    composited: Callable[..., Any],
    content: Callable[..., Any],
    plate_folder: Path,
    tmp_path: Path,
) -> None:
    from evp.evp_blender.steps.content import rendered_layers

    (tmp_path / "frames/frame.1003.exr").unlink()
    composited(layers=rendered_layers(tmp_path, content().plate))
    for frame in (1003, 1005, 1009):
        result = render(bpy, scene, tmp_path / "out.png", frame)
        plate = cv2.imread(str(plate_folder / f"sh010.{frame}.png"))
        np.testing.assert_array_equal(result, plate)
    inside = render(bpy, scene, tmp_path / "out.png", 1004)[INSIDE]
    assert np.ptp(inside.astype(int)) <= 1


def test_finished_png_frames_are_shown_whole(
    bpy: ModuleType,
    scene: Any,
    composited: Callable[..., Any],
    content: Callable[..., Any],
    tmp_path: Path,
) -> None:
    from evp.core.media.images import write_png
    from evp.evp_blender.steps.content import rendered_layers

    folder = tmp_path / "png"
    (folder / "frames").mkdir(parents=True)
    for number in range(1002, 1005):
        level = np.full((36, 64, 3), 10 * (number - 1000), np.uint8)
        write_png(folder / f"frames/frame.{number}.png", level)
    found = rendered_layers(folder, content().plate)
    assert found.numbers == (1002, 1003, 1004)
    composited(layers=found)
    assert (render(bpy, scene, tmp_path / "out.png", 1003) == 30).all()


def test_mix_and_feather_are_the_artists(
    bpy: ModuleType, scene: Any, composited: Callable[..., Any], plate_folder: Path, tmp_path: Path
) -> None:
    from evp.evp_blender import compat

    group = composited()
    tree, _ = compat.compositor_tree(scene)
    node = next(n for n in tree.nodes if getattr(n, "node_tree", None) == group)
    plate = cv2.imread(str(plate_folder / "sh010.1001.png"))
    node.inputs["Mix"].default_value = 0.0
    np.testing.assert_array_equal(render(bpy, scene, tmp_path / "out.png", 1001), plate)
    node.inputs["Mix"].default_value = 1.0
    hard = render(bpy, scene, tmp_path / "out.png", 1001)
    node.inputs["Feather"].default_value = 4.0
    soft = render(bpy, scene, tmp_path / "out.png", 1001)
    outside = np.ones((36, 64), bool)
    outside[INSIDE] = False
    np.testing.assert_array_equal(soft[outside], plate[outside])
    edge, middle = (slice(12, 14), slice(22, 42)), (slice(17, 19), slice(28, 36))
    assert np.abs(soft[edge].astype(int) - hard[edge]).max() > 10
    np.testing.assert_array_equal(soft[middle], hard[middle])


def test_updating_leaves_the_artists_nodes_alone(
    bpy: ModuleType, scene: Any, composited: Callable[..., Any]
) -> None:
    from evp.evp_blender import compat

    tree, _ = compat.compositor_tree(scene)
    output = compat.compositor_output(tree)
    blur = tree.nodes.new("CompositorNodeBlur")
    tree.links.new(blur.outputs["Image"], output.inputs[0])
    group = composited()
    node = next(n for n in tree.nodes if getattr(n, "node_tree", None) == group)
    tree.links.new(node.outputs["Image"], blur.inputs["Image"])
    node.inputs["Mix"].default_value = 0.75
    again = composited()
    assert again == group
    assert len(tree.nodes) == 3
    assert len(tree.links) == 2
    assert node.inputs["Mix"].default_value == 0.75
    assert len([i for i in bpy.data.images if i.get("evp_shot")]) == 1


def test_without_rendered_frames_the_plate_passes(
    bpy: ModuleType, scene: Any, composited: Callable[..., Any], plate_folder: Path, tmp_path: Path
) -> None:
    composited(layers=None)
    result = render(bpy, scene, tmp_path / "out.png", 1003)
    np.testing.assert_array_equal(result, cv2.imread(str(plate_folder / "sh010.1003.png")))
