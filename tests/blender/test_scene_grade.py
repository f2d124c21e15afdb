"""Colour match and grain do in Blender's compositor what their names say, and nothing at 0."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

cv2 = pytest.importorskip("cv2")

WIDTH, HEIGHT = 128, 96
INSIDE = (slice(24, 72), slice(32, 96))
MIDDLE = (slice(32, 64), slice(40, 88))


def linear(encoded: np.ndarray) -> np.ndarray:
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


@pytest.fixture
def graded(
    bpy: ModuleType, scene: Any, content: Callable[..., Any], tmp_path: Path
) -> Callable[..., Any]:
    """Composite a face (H, W, 3), linear RGB, over an 8-bit RGB plate; values set the group's."""
    from evp.core.media.images import write_exr, write_png
    from evp.evp_blender import compat
    from evp.evp_blender.scene.compositor import build_compositor
    from evp.evp_blender.scene.plate import load_clip, place_clip
    from evp.evp_blender.scene.records import RenderedLayers

    def make(plate: np.ndarray, face: np.ndarray, matte: np.ndarray, **values: float) -> Any:
        write_png(tmp_path / "plate.1001.png", plate)
        channels = {name: np.zeros((HEIGHT, WIDTH), np.float32) for name in "RGB"}
        for index, name in enumerate("RGB"):
            channels[f"face.{name}"] = face[..., index].astype(np.float32)
        channels |= {"matte.V": matte.astype(np.float16), "edges.V": matte.astype(np.float16)}
        write_exr(tmp_path / "frame.1001.exr", channels, {})
        shot = content()
        shot = dataclasses.replace(
            shot,
            plate=dataclasses.replace(
                shot.plate,
                path=tmp_path / "plate.1001.png",
                width=WIDTH,
                height=HEIGHT,
                times=np.zeros(1),
            ),
        )
        clip = load_clip(shot.plate.path)
        place_clip(clip, shot.plate, 1001)
        layers = RenderedLayers(tmp_path / "frame.1001.exr", (1001,))
        group = build_compositor(scene, shot, clip, layers)
        tree, _ = compat.compositor_tree(scene)
        node = next(n for n in tree.nodes if getattr(n, "node_tree", None) == group)
        for name in ("Colour Match", "Grain", "Exposure"):
            node.inputs[name].default_value = values.get(name.partition(" ")[0].lower(), 0.0)
        scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
        scene.render.engine = "BLENDER_WORKBENCH"
        scene.view_settings.view_transform = "Standard"
        scene.render.dither_intensity = 0.0
        scene.render.filepath = str(tmp_path / "out.png")
        scene.render.image_settings.file_format = "PNG"
        scene.frame_set(1001)
        bpy.ops.render.render(write_still=True)
        return cv2.imread(str(tmp_path / "out.png"))[..., ::-1].astype(int)

    return make


@pytest.fixture
def skin() -> np.ndarray:
    """A plate (H, W, 3) of skin that is brighter to the right."""
    ramp = np.linspace(0.8, 1.1, WIDTH)[None, :, None] * np.array([190.0, 140.0, 120.0])
    return np.rint(np.repeat(ramp, HEIGHT, axis=0)).astype(np.uint8)


@pytest.fixture
def matte() -> np.ndarray:
    plane = np.zeros((HEIGHT, WIDTH))
    plane[INSIDE] = 1.0
    return plane


def test_a_face_of_another_colour_is_brought_to_the_plates(
    graded: Callable[..., Any], skin: np.ndarray, matte: np.ndarray
) -> None:
    face = linear(skin / 255.0) * np.array([0.6, 1.3, 0.8])
    off = np.abs(graded(skin, face, matte) - skin)[INSIDE].max()
    half = np.abs(graded(skin, face, matte, colour=0.5) - skin)[INSIDE].max()
    matched = graded(skin, face, matte, colour=1.0)
    assert off > 35
    assert 10 < half < off
    assert np.abs(matched - skin)[INSIDE].max() <= 1
    brighter = graded(skin, face, matte, colour=1.0, exposure=0.5)
    assert (brighter[INSIDE] > skin[INSIDE] + 15).all()


def test_a_frame_without_a_face_stays_the_plate(
    graded: Callable[..., Any], skin: np.ndarray, matte: np.ndarray
) -> None:
    nothing = np.zeros((HEIGHT, WIDTH, 3))
    result = graded(skin, nothing, np.zeros_like(matte), colour=1.0, grain=1.0)
    np.testing.assert_array_equal(result, skin)


def test_a_smooth_face_gets_the_grain_of_its_plate_but_not_its_edges(
    graded: Callable[..., Any], matte: np.ndarray
) -> None:
    random = np.random.default_rng(3)
    noise = random.normal(0.0, 4.0, (HEIGHT, WIDTH, 3))
    grainy = np.clip(np.rint(140.0 + noise), 0, 255).astype(np.uint8)
    grainy[46:50, 50:80] = 20
    smooth = np.full((HEIGHT, WIDTH, 3), float(linear(np.array(140 / 255.0))))
    skin_only = (slice(52, 64), slice(40, 88))
    wanted = grainy[skin_only].std()
    assert graded(grainy, smooth, matte)[MIDDLE].std() < 0.1
    result = graded(grainy, smooth, matte, grain=1.0)
    assert result[skin_only].std() == pytest.approx(wanted, rel=0.2)
    assert np.abs(result[MIDDLE] - 140).max() < 25


def test_a_face_with_grain_of_its_own_gets_no_more(
    graded: Callable[..., Any], matte: np.ndarray
) -> None:
    random = np.random.default_rng(3)
    plate, face = (140.0 + random.normal(0.0, 4.0, (HEIGHT, WIDTH, 3)) for _ in range(2))
    plate = np.rint(plate).astype(np.uint8)
    before = graded(plate, linear(face / 255.0), matte)[MIDDLE]
    after = graded(plate, linear(face / 255.0), matte, grain=1.0)[MIDDLE]
    assert after.std() == pytest.approx(before.std(), rel=0.05)


def test_a_half_matte_is_half_of_each_in_linear_light(
    graded: Callable[..., Any], matte: np.ndarray
) -> None:
    black = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    white = np.ones((HEIGHT, WIDTH, 3))
    result = graded(black, white, 0.5 * matte)
    assert np.abs(result[MIDDLE] - 188).max() <= 1
