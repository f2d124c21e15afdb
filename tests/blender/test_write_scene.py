"""A shot folder made elsewhere becomes a scene, and the heavy work may run in another Python."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from wave_file import write_wave

from evp.core.arkit import SHAPE_INDEX

pytest.importorskip("bpy")


@pytest.fixture
def shot_folder(tmp_path: Path, plate_folder: Path, records: Any) -> Path:
    from evp.core.emotion import emotion_curve
    from evp.core.face.head import load_head
    from evp.core.settings import ShotSettings
    from evp.core.shot import Shot

    speech = tmp_path / "line.wav"
    write_wave(speech, np.zeros(1600))
    shot = Shot.create(tmp_path / "shot é")
    curve = emotion_curve([{"time": 0.0, "neutral": 1.0}, {"time": 0.25, "sad": 0.5}], "test")
    shot.write_settings(
        ShotSettings(
            plate=plate_folder / "sh010.1001.png",
            audio=speech,
            emotion=curve,
            mouth_gain=1.25,
            colour_space="ACEScct",
        )
    )
    fit, aligned = records
    shot.save(
        "fit", dataclasses.replace(fit, offset=0.0 * load_head().neutral, own_shapes=None), "fit"
    )
    shot.save("align", aligned, "align")
    return shot.folder


def test_a_shot_folder_becomes_a_blend_file(
    bpy: ModuleType, scene: Any, shot_folder: Path, records: Any
) -> None:
    blend = shot_folder / "scene.blend"
    command = [sys.executable, "-m", "evp.evp_blender.write_scene", str(shot_folder), str(blend)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not list(shot_folder.glob("*.blend1"))
    bpy.ops.wm.open_mainfile(filepath=str(blend))
    scene = bpy.context.scene
    shot = scene.evp.shots[0]
    assert shot.folder.startswith("//")
    assert shot.mouth_gain == pytest.approx(1.25)
    assert shot.clip.filepath.startswith("//")
    assert (scene.frame_start, scene.frame_end) == (1001, 1012)
    assert len(bpy.data.objects["EVP shot é head"].data.vertices) > 4000
    empty = bpy.data.objects["EVP shot é emotion"]
    scene.frame_set(1007)
    assert empty.evp_emotion.sad == pytest.approx(0.5, abs=1e-3)
    assert scene.view_settings.view_transform == "Standard"
    from evp.evp_blender.steps.content import shot_content

    np.testing.assert_array_equal(shot_content(scene, shot).aligned.landmarks, records[1].landmarks)


def test_the_command_line_exports_head_and_camera(
    bpy: ModuleType, scene: Any, shot_folder: Path
) -> None:
    path = shot_folder / "head é.usdc"
    write_wave(shot_folder.parent / "line.wav", 0.25 * np.sin(np.arange(8000) / 9))
    command = [sys.executable, "-m", "evp", "export", str(shot_folder), "--head", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (shot_folder / "curves.csv").is_file()
    bpy.ops.wm.usd_import(filepath=str(path), import_blendshapes=True)
    assert {"MESH", "CAMERA"} <= {item.type for item in bpy.data.objects}
    command[-1] = str(shot_folder / "head.obj")
    refused = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert refused.returncode == 2
    assert ".usd" in refused.stderr and "Traceback" not in refused.stderr


def test_another_scene_and_the_exported_head_show_an_artists_edits(
    bpy: ModuleType, scene: Any, shot_folder: Path, tmp_path: Path
) -> None:
    """They are what is rendered, and rendering from the other scene does not lose them."""
    from evp.core.progress import finish
    from evp.core.shot import Shot
    from evp.evp_blender import api, compat
    from evp.evp_blender.steps.work import take_over_edits

    def jaw(shot: Any) -> Any:
        keys = shot.objects.head.data.shape_keys
        return compat.animation_curves(keys).find('key_blocks["jawOpen"].value')

    shot = api.open_shot(str(shot_folder))
    jaw(shot).keyframe_points[4].co.y = 0.95
    wider = shot.objects.head.shape_key_add(name="wider", from_mix=False)
    for index in range(0, len(wider.data), 9):
        wider.data[index].co.x += 0.003
    for frame, value in ((1006, 0.0), (1008, 1.0)):
        wider.value = value
        wider.keyframe_insert("value", frame=frame)
    shot.objects.keypoints.data.vertices[13].co.z += 0.004
    shot.objects.head.delta_location = (0.01, 0.0, 0.002)
    shot.objects.head.delta_rotation_quaternion = (0.98, 0.1, 0.1, 0.1)
    finish(take_over_edits(scene.name, shot.settings.identity))
    rendered = Shot(shot_folder).load_aligned()
    assert rendered.expression[4, SHAPE_INDEX["jawOpen"]] == pytest.approx(0.95)

    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, app_template="")
    scene = bpy.context.scene
    again = api.open_shot(str(shot_folder))
    assert jaw(again).keyframe_points[4].co.y == pytest.approx(0.95)
    assert len(again.objects.keypoints.data.shape_keys.key_blocks) <= 5
    finish(take_over_edits(scene.name, again.settings.identity))
    kept = Shot(shot_folder).load_aligned()
    np.testing.assert_allclose(kept.landmarks, rendered.landmarks, atol=0.01)
    np.testing.assert_allclose(kept.rotation, rendered.rotation, atol=1e-5)

    path = tmp_path / "head.usdc"
    command = [sys.executable, "-m", "evp", "export", str(shot_folder), "--head", str(path)]
    write_wave(shot_folder.parent / "line.wav", 0.25 * np.sin(np.arange(8000) / 9))
    subprocess.run(command, capture_output=True, timeout=120, check=True)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, app_template="")
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = 24, 1.001
    bpy.ops.wm.usd_import(filepath=str(path), import_blendshapes=True)
    head = next(item for item in bpy.data.objects if item.type == "MESH")
    bpy.context.scene.frame_set(1005)
    assert head.data.shape_keys.key_blocks["jawOpen"].value == pytest.approx(0.95, abs=1e-3)


def test_a_folder_that_is_no_shot_is_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "evp.evp_blender.write_scene", str(tmp_path), "x.blend"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "not a shot folder" in done.stderr
    assert not (tmp_path / "x.blend").exists()


def test_a_shot_folder_opens_in_a_running_blender(
    bpy: ModuleType, scene: Any, shot_folder: Path
) -> None:
    from evp.evp_blender import api
    from evp.evp_blender.shots.settings import shot_settings

    shot = api.open_shot(str(shot_folder), name="sh030")
    assert shot.folder == shot_folder
    assert shot.objects is not None
    assert shot.settings.take == 1
    assert shot_settings(scene, shot.settings).colour_space == "ACEScct"
    with pytest.raises(RuntimeError, match="not a shot folder"):
        api.open_shot(str(shot_folder.parent))


def test_a_shot_that_was_only_fitted_opens_with_the_plates_own_expression(
    bpy: ModuleType, scene: Any, shot_folder: Path, records: Any
) -> None:
    from evp.core.shot import Shot
    from evp.evp_blender import api
    from evp.evp_blender.steps.state import STEPS, step_state

    folder = Shot(shot_folder)
    folder.write_settings(dataclasses.replace(folder.read_settings(), audio=None))
    (folder.stages / "align.npz").unlink()
    shot = api.open_shot(str(shot_folder))
    keys = shot.objects.head.data.shape_keys.key_blocks
    scene.frame_set(1003)
    assert keys["jawOpen"].value == pytest.approx(
        records[0].expression[2, keys.find("jawOpen") - 1]
    )
    assert shot.settings.speech == ""
    states = [step_state(scene, shot.settings, step) for step in STEPS]
    assert states == ["done", "done", "todo", "todo", "todo", "todo"]


def test_errors_come_back_typed_from_another_python(
    bpy: ModuleType, shot_folder: Path, tmp_path: Path
) -> None:
    from evp.core.errors import InputError, MissingDependencyError
    from evp.core.progress import finish
    from evp.core.settings import read_settings
    from evp.evp_blender.engine.process import run_elsewhere
    from evp.evp_blender.engine.request import Request

    settings = dataclasses.replace(
        read_settings(shot_folder / "shot.json"), plate=tmp_path / "gone é.mp4"
    )
    request = Request(shot_folder, settings, None, "track")
    for _ in range(2):  # the process outlives an error
        with pytest.raises(InputError, match=r"gone é\.mp4: there is no such file"):
            finish(run_elsewhere(request, Path(sys.executable)))
    with pytest.raises(MissingDependencyError, match="cannot be started"):
        finish(run_elsewhere(request, tmp_path / "no-python"))


def test_a_process_that_dies_is_one_sentence_and_is_started_again(
    bpy: ModuleType, shot_folder: Path
) -> None:
    from evp.core.errors import EvpError
    from evp.core.progress import finish
    from evp.core.settings import read_settings
    from evp.evp_blender.engine import process
    from evp.evp_blender.engine.request import Request

    request = Request(shot_folder, read_settings(shot_folder / "shot.json"), None, "nonsense")
    job = process.run_elsewhere(request, Path(sys.executable))
    next(job)
    assert process._worker is not None
    process._worker.process.kill()
    with pytest.raises(EvpError, match="ended early"):
        finish(job)
    with pytest.raises(EvpError, match=r"nonsense|silent"):
        finish(process.run_elsewhere(request, Path(sys.executable)))


def test_stopping_ends_the_other_process(
    bpy: ModuleType, shot_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evp.core.settings import read_settings
    from evp.evp_blender.engine import process
    from evp.evp_blender.engine.request import Request

    started: list[subprocess.Popen[str]] = []
    popen = subprocess.Popen

    def note(*arguments: Any, **options: Any) -> Any:
        started.append(popen(*arguments, **options))
        return started[-1]

    process.stop_worker()
    monkeypatch.setattr(process.subprocess, "Popen", note)
    request = Request(shot_folder, read_settings(shot_folder / "shot.json"), None, "track")
    job = process.run_elsewhere(request, Path(sys.executable))
    next(job)
    assert started[0].poll() is None
    job.close()
    assert started[0].poll() is not None


def test_the_preferences_take_an_interpreter_or_its_environment(
    bpy: ModuleType, scene: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import types

    from evp.core.errors import MissingDependencyError
    from evp.evp_blender import preferences

    python = tmp_path / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    for chosen, found in (("", None), (str(python), python), (str(tmp_path / "env"), python)):
        settings = types.SimpleNamespace(interpreter=chosen, cache_folder="")
        monkeypatch.setattr(preferences, "preferences", lambda settings=settings: settings)
        assert preferences.heavy_interpreter() == found
    settings = types.SimpleNamespace(interpreter=str(tmp_path), cache_folder="")
    monkeypatch.setattr(preferences, "preferences", lambda: settings)
    with pytest.raises(MissingDependencyError, match="no Python here"):
        preferences.heavy_interpreter()
