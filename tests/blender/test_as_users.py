"""What users do besides the straight way: script edits, second shots, reloading, odd folders."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bpy")


def jaw_curve(bpy: ModuleType, shot: str = "sh010") -> Any:
    from evp.evp_blender import compat

    keys = bpy.data.objects[f"EVP {shot} head"].data.shape_keys
    return compat.animation_curves(keys).find('key_blocks["jawOpen"].value')


def edited_frames(pipeline: Any, records: Any) -> list[int]:
    return list(np.flatnonzero((pipeline.overridden != records[1].landmarks).any(axis=(1, 2))))


def test_a_script_edit_makes_a_second_take_and_keeps_the_first(
    bpy: ModuleType, shot: Any, pipeline: Any, speech: Path
) -> None:
    from evp.evp_blender.steps.state import step_state

    bpy.ops.evp.build_scene()
    first = [point.co.y for point in jaw_curve(bpy).keyframe_points]
    jaw_curve(bpy).keyframe_points[2].co.y = 0.875
    another = speech.with_name("another line.wav")
    another.write_bytes(speech.read_bytes())
    shot.speech = str(another)
    assert step_state(bpy.context.scene, shot, "track") == "done"
    assert step_state(bpy.context.scene, shot, "build_scene") == "stale"
    bpy.ops.evp.build_scene()
    assert (shot.take, shot.newest_take) == (2, 2)
    second = [point.co.y for point in jaw_curve(bpy).keyframe_points]
    np.testing.assert_allclose(second, 0.7 * np.array(first), atol=1e-6)
    bpy.ops.evp.show_take(take=1)
    assert jaw_curve(bpy).keyframe_points[2].co.y == 0.875


def test_saved_reloaded_and_gone_on_with(
    bpy: ModuleType, shot: Any, pipeline: Any, records: Any, speech: Path
) -> None:
    from evp.core.records import EMOTIONS
    from evp.evp_blender.steps.state import STEPS, step_state

    bpy.ops.evp.key_emotion(emotion="sad", weight=0.5, frame=1003)
    bpy.ops.evp.render()
    edited = jaw_curve(bpy)
    edited.keyframe_points[6].co.y = 0.95
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    scene = bpy.context.scene
    shot = scene.evp.shots[0]
    assert [step_state(scene, shot, step) for step in STEPS] == ["done"] * 6
    bpy.ops.evp.render()
    assert edited_frames(pipeline, records) == [6]
    assert shot.take == 1
    another = speech.with_name("another line.wav")
    another.write_bytes(speech.read_bytes())
    shot.speech = str(another)
    bpy.ops.evp.key_emotion(emotion="happy", frame=1009)
    bpy.ops.evp.build_scene()
    weights = pipeline.settings.emotion.sample(np.arange(12) * 1001 / 24000)
    assert weights[2, EMOTIONS.index("sad")] == pytest.approx(0.5, abs=1e-3)
    assert weights[8, EMOTIONS.index("happy")] == pytest.approx(1.0, abs=1e-3)
    assert shot.take == 2
    assert len(bpy.data.objects) == 4


def test_an_edit_of_one_shot_leaves_the_other_alone(
    bpy: ModuleType, shot: Any, pipeline: Any, records: Any, plate_folder: Path, speech: Path
) -> None:
    bpy.ops.evp.render()
    plate = str(plate_folder / "sh010.1001.png")
    bpy.ops.evp.shot_add(name="sh020", plate=plate, speech=str(speech), rate=23.976)
    bpy.context.scene.evp.shots["sh020"].start = 2001
    bpy.ops.evp.render(shot="sh020")
    assert edited_frames(pipeline, records) == []
    jaw_curve(bpy, "sh020").keyframe_points[4].co.y = 0.95
    bpy.ops.evp.render(shot="sh010")
    assert edited_frames(pipeline, records) == []
    bpy.ops.evp.render(shot="sh020")
    assert edited_frames(pipeline, records) == [4]
    assert jaw_curve(bpy, "sh020").keyframe_points[4].co.x == 2005
    bpy.ops.evp.shot_remove(shot="sh020", delete_objects=True)
    bpy.ops.evp.render(shot="sh010")
    assert edited_frames(pipeline, records) == []


def test_a_scene_of_another_rate_keeps_one_plate_frame_per_frame(
    bpy: ModuleType, shot: Any, pipeline: Any, records: Any
) -> None:
    from evp.core.records import EMOTIONS

    scene = bpy.context.scene
    shot.match_scene = False
    scene.render.fps, scene.render.fps_base = 50, 1.0
    bpy.ops.evp.key_emotion(emotion="neutral", frame=1001)
    bpy.ops.evp.key_emotion(emotion="happy", frame=1011)
    bpy.ops.evp.build_scene()
    assert (scene.render.fps, scene.render.fps_base) == (50, 1.0)
    assert [point.co.x for point in jaw_curve(bpy).keyframe_points] == list(range(1001, 1013))
    happy = EMOTIONS.index("happy")
    at_frame = pipeline.settings.emotion.sample(np.array([5 * 1001 / 24000]))[0, happy]
    assert at_frame == pytest.approx(0.5, abs=1e-3)
    jaw_curve(bpy).keyframe_points[9].co.y = 0.95
    bpy.ops.evp.render()
    assert edited_frames(pipeline, records) == [9]


def test_a_sculpted_correction_survives_a_new_prediction_and_is_rendered(
    bpy: ModuleType, shot: Any, pipeline: Any, records: Any
) -> None:
    bpy.ops.evp.build_scene()
    head = bpy.data.objects["EVP sh010 head"]
    correction = head.shape_key_add(name="wider smile", from_mix=False)
    for index in range(40):
        correction.data[index].co.x += 0.01
    correction.value = 0.0
    correction.keyframe_insert("value", frame=1005)
    correction.value = 1.0
    correction.keyframe_insert("value", frame=1006)
    bpy.ops.evp.render()
    assert edited_frames(pipeline, records) == [5, 6, 7, 8, 9, 10, 11]
    bpy.ops.evp.key_emotion(emotion="sad", frame=1001)
    bpy.ops.evp.render()
    assert shot.take == 2
    assert edited_frames(pipeline, records) == [5, 6, 7, 8, 9, 10, 11]
    bpy.context.scene.frame_set(1008)
    assert head.data.shape_keys.key_blocks["wider smile"].value == 1.0


def test_undo_brings_the_predicted_face_back(
    bpy: ModuleType, shot: Any, pipeline: Any, records: Any
) -> None:
    bpy.ops.evp.render()
    bpy.ops.ed.undo_push(message="rendered")
    jaw_curve(bpy).keyframe_points[4].co.y = 0.95
    bpy.data.objects["EVP sh010 keypoints"].data.vertices[13].co.x += 0.01
    bpy.ops.ed.undo_push(message="edited")
    bpy.ops.evp.render()
    assert len(edited_frames(pipeline, records)) == 12
    bpy.ops.ed.undo()
    bpy.ops.evp.render()
    assert edited_frames(pipeline, records) == []


def test_a_folder_that_cannot_be_written_is_named(
    bpy: ModuleType, shot: Any, pipeline: Any, tmp_path: Path
) -> None:
    if not Path("/proc/self").is_dir():
        pytest.skip("needs a folder that not even root may write")
    shot.folder = "/proc/evp shot"
    with pytest.raises(RuntimeError, match=r"/proc/evp shot: the output folder cannot be written"):
        bpy.ops.evp.track()
    shot.folder = ""
    bpy.ops.evp.render()
    with pytest.raises(RuntimeError, match=r"/proc/versions: the version cannot be written"):
        bpy.ops.evp.publish(folder="/proc/versions")
    with pytest.raises(RuntimeError, match=r"/proc/head.usdc: the head cannot be exported"):
        bpy.ops.evp.export_head(filepath="/proc/head.usdc")


def test_a_head_without_its_shape_keys_is_named_and_built_again(
    bpy: ModuleType, shot: Any, pipeline: Any
) -> None:
    bpy.ops.evp.build_scene()
    bpy.data.objects["EVP sh010 head"].shape_key_clear()
    with pytest.raises(RuntimeError, match=r"shape key browDownLeft is gone; run Build Scene"):
        bpy.ops.evp.render()
    with pytest.raises(RuntimeError, match=r"its shape keys are gone; run Build Scene"):
        bpy.ops.evp.show_take(take=1)
    bpy.ops.evp.build_scene()
    assert len(jaw_curve(bpy).keyframe_points) == 12
    bpy.ops.evp.render()


def test_a_head_that_lost_vertices_is_named(
    bpy: ModuleType, shot: Any, pipeline: Any, head: Any
) -> None:
    import bmesh

    bpy.ops.evp.build_scene()
    mesh = bpy.data.objects["EVP sh010 head"].data
    edited = bmesh.new()
    edited.from_mesh(mesh)
    bmesh.ops.delete(edited, geom=list(edited.verts)[:3])
    edited.to_mesh(mesh)
    edited.free()
    for operator in (bpy.ops.evp.render, bpy.ops.evp.build_scene):
        with pytest.raises(RuntimeError, match=r"vertices in place of .*; undo the change"):
            operator()
    bpy.data.objects.remove(bpy.data.objects["EVP sh010 head"])
    bpy.ops.evp.build_scene()
    assert len(bpy.data.objects["EVP sh010 head"].data.vertices) == len(head.neutral)


@pytest.mark.parametrize(
    "name", ["load_plate", "key_emotion", "bake_emotion", "publish", "export_head", "show_take"]
)
def test_without_a_shot_an_operator_says_so(bpy: ModuleType, scene: Any, name: str) -> None:
    with pytest.raises(RuntimeError, match="Add a shot"):
        getattr(bpy.ops.evp, name)()


def test_a_text_is_no_plate(bpy: ModuleType, scene: Any, tmp_path: Path) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("no picture")
    with pytest.raises(RuntimeError, match=r"notes.mp4: Blender sees no picture in this plate"):
        bpy.ops.evp.shot_add(name="sh010", plate=str(text), rate=24.0)
    assert len(scene.evp.shots) == len(bpy.data.movieclips) == 0
    bpy.ops.evp.shot_add(name="sh010")
    with pytest.raises(RuntimeError, match="Blender sees no picture"):
        bpy.ops.evp.load_plate(filepath=str(text), rate=24.0)
