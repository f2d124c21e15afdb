"""From an empty file to composited frames on a real plate, an edit, and its undoing."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

PLATE = (
    Path(__file__).resolve().parent.parent.parent
    / ".cache/demo/feat/tests/data/WolfgangLanger_Pexels.mp4"
)
FRAMES = 7

pytest.importorskip("bpy")
pytestmark = pytest.mark.skipif(not PLATE.is_file(), reason="make test downloads the plate")


@pytest.fixture
def shot(bpy: ModuleType, scene: Any, humming: Path, tmp_path: Path) -> Any:
    from evp.evp_blender import api

    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "whole job.blend"))
    return api.add_shot(
        "sh010",
        plate=str(PLATE),
        speech=str(humming),
        use_range=True,
        frame_first=1,
        frame_last=FRAMES,
        adapt_seconds=0.0,
        device="cpu",
    )


def frame_hashes(folder: Path) -> list[str]:
    files = sorted((folder / "frames").glob("frame.*.exr"))
    return [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]


def test_a_shot_is_made_edited_and_restored(bpy: ModuleType, shot: Any, tmp_path: Path) -> None:
    from evp.evp_blender import compat

    shot.key_emotion(1, "happy:0.8")
    objects = shot.build_scene()
    scene = bpy.context.scene
    assert (scene.frame_start, scene.frame_end) == (1, FRAMES)
    shot.render()
    before = frame_hashes(shot.folder)
    assert len(before) == FRAMES

    bpy.ops.ed.undo_push(message="rendered")
    jaw = compat.animation_curves(objects.head.data.shape_keys).find('key_blocks["jawOpen"].value')
    for index in (4, 5):
        jaw.keyframe_points[index].co.y = 0.9
    bpy.ops.ed.undo_push(message="jaw opened on two frames")
    shot.render()
    after = frame_hashes(shot.folder)
    assert [i for i in range(FRAMES) if before[i] != after[i]] == [4, 5]

    bpy.ops.ed.undo()
    shot.render()
    assert frame_hashes(shot.folder) == before
    check_compositor(bpy, bpy.context.scene, shot.folder, tmp_path)
    check_edge_preview(bpy, shot.folder)


def check_edge_preview(bpy: ModuleType, folder: Path) -> None:
    """What lies over the plate in the viewport is what the renderer drew from."""
    cv2 = pytest.importorskip("cv2")
    from OpenEXR import File

    bpy.ops.evp.preview_edges()
    drawn = cv2.imread(str(folder / "edges_over_plate/edges.0005.png"), cv2.IMREAD_UNCHANGED)
    with File(str(folder / "frames/frame.0005.exr"), separate_channels=True) as file:
        used = file.channels()["edges.V"].pixels.astype(np.float32)
    assert (used > 0.5).mean() > 0.005
    assert np.abs(drawn[..., 3] / 255.0 - used).max() < 0.1  # one step of a line's smoothing


def check_compositor(bpy: ModuleType, scene: Any, folder: Path, tmp_path: Path) -> None:
    """Blender's compositor shows the plate outside the matte and the new face inside."""
    cv2 = pytest.importorskip("cv2")
    from OpenEXR import File

    scene.view_settings.view_transform = "Standard"
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.image_settings.file_format = "PNG"
    scene.render.filepath = str(tmp_path / "comp.png")
    scene.frame_set(5)
    bpy.ops.render.render(write_still=True)
    comp = cv2.imread(str(tmp_path / "comp.png")).astype(int)
    with File(str(folder / "frames/frame.0005.exr"), separate_channels=True) as file:
        channels = {name: channel.pixels for name, channel in file.channels().items()}
    matte = channels["matte.V"]
    assert matte.max() > 0.9
    # Two decoders of one movie: 0.14 levels apart in Blender 4.5 and 5.0, 1.25 in 4.2.0.
    assert np.abs(comp - encoded(channels, ""))[matte == 0.0].mean() < 2.0
    assert np.abs(comp - encoded(channels, "face."))[matte == 1.0].max() <= 1.0


def encoded(channels: dict[str, np.ndarray], layer: str) -> np.ndarray:
    """An EXR's layer as the 8-bit BGR that a Standard view shows, not rounded."""
    light = np.stack([channels[layer + name] for name in "BGR"], axis=-1).astype(np.float64)
    curve = 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055
    return 255.0 * np.where(light <= 0.0031308, 12.92 * light, curve)
