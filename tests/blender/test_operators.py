"""The operators do a shot from a script, say what is wrong once, and leave what is finished."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bpy")


def test_a_whole_shot_from_a_script(
    bpy: ModuleType, shot: Any, pipeline: Any, tmp_path: Path
) -> None:
    assert bpy.ops.evp.run() == {"FINISHED"}
    assert pipeline.asked == ["align", "align", "deliver"]
    assert str(pipeline.settings.plate_rate) == "24000/1001"
    assert pipeline.settings.frame_format == "exr"
    folder = tmp_path / "cache" / "evp" / "Scene" / "sh010"
    assert (folder / "frames" / "frame.1001.exr").is_file()
    collection = bpy.data.collections["EVP sh010"]
    assert {o.get("evp_role") for o in collection.all_objects} == {
        "camera",
        "head",
        "keypoints",
        "emotion",
    }
    group = bpy.data.node_groups["EVP sh010"]
    assert any(node.bl_idname == "CompositorNodeImage" for node in group.nodes)
    assert shot.take == 1
    assert bpy.context.scene.frame_start == 1001


def test_the_scene_plays_the_speech_where_it_starts(
    bpy: ModuleType, shot: Any, pipeline: Any, speech: Path
) -> None:
    from evp.evp_blender import compat

    scene = bpy.context.scene
    if compat.new_sound_strip(scene, "artist", str(speech), 7) is None:
        pytest.skip("this Blender has no sound")
    bpy.ops.evp.build_scene()
    shot.audio_offset = 6 * 1001 / 24000
    bpy.ops.evp.build_scene()
    strips = compat.sequencer_strips(scene)
    assert set(strips) == {"artist", "EVP sh010 speech"}
    assert strips["EVP sh010 speech"].frame_start == 1007
    assert strips["artist"].frame_start == 7


def test_each_step_runs_by_itself_and_goes_stale(bpy: ModuleType, shot: Any, pipeline: Any) -> None:
    from evp.evp_blender.steps.state import STEPS, step_state

    scene = bpy.context.scene

    def states() -> list[str]:
        return [step_state(scene, shot, step) for step in STEPS]

    assert states() == ["todo"] * 6
    for step in STEPS:
        assert getattr(bpy.ops.evp, step)(shot="sh010") == {"FINISHED"}
    assert pipeline.asked == ["track", "fit", "listen", "align", "adapt", "align", "composite"]
    assert states() == ["done"] * 6
    shot.audio_offset = 0.5
    assert states() == ["done", "done", "stale", "stale", "stale", "stale"]
    shot.neutral_frame = 1003
    assert states() == ["done", "stale", "stale", "stale", "stale", "stale"]


def test_a_plate_is_tracked_and_fitted_before_there_is_a_speech(
    bpy: ModuleType, shot: Any, pipeline: Any, speech: Path
) -> None:
    shot.speech = ""
    bpy.ops.evp.track()
    bpy.ops.evp.fit()
    assert pipeline.asked == ["track", "fit"]
    assert pipeline.settings.audio is None
    shot.speech = str(speech)
    bpy.ops.evp.build_scene()
    assert pipeline.settings.audio == speech


def test_an_edit_in_the_scene_is_what_is_rendered(
    bpy: ModuleType, shot: Any, pipeline: Any, records: Any
) -> None:
    from evp.evp_blender import compat

    bpy.ops.evp.run()
    np.testing.assert_array_equal(pipeline.overridden, records[1].landmarks)
    keys = bpy.data.objects["EVP sh010 head"].data.shape_keys
    jaw = compat.animation_curves(keys).find('key_blocks["jawOpen"].value')
    kept = jaw.keyframe_points[4].co.y
    jaw.keyframe_points[4].co.y = 0.95
    bpy.ops.evp.render(first=1004, last=1006)
    assert pipeline.numbers == (1004, 1005, 1006)
    moved = (pipeline.overridden != records[1].landmarks).any(axis=(1, 2))
    assert list(np.flatnonzero(moved)) == [4]
    jaw.keyframe_points[4].co.y = kept
    bpy.ops.evp.render()
    np.testing.assert_array_equal(pipeline.overridden, records[1].landmarks)


def test_rendering_predicts_again_where_the_emotion_changed(
    bpy: ModuleType, shot: Any, pipeline: Any
) -> None:
    bpy.ops.evp.run()
    bpy.ops.evp.render()
    assert shot.take == 1
    bpy.ops.evp.key_emotion(emotion="sad", frame=1005)
    bpy.ops.evp.render()
    assert shot.take == 2
    bpy.ops.evp.show_take(take=1)
    bpy.ops.evp.render()
    assert shot.take == 1


def test_failures_are_one_sentence_and_leave_nothing_running(
    bpy: ModuleType, shot: Any, pipeline: Any
) -> None:
    from evp.core.errors import FaceNotFoundError
    from evp.evp_blender.steps.job import last_error, running_job

    pipeline.failure = FaceNotFoundError("plate.mp4: no face was found in frames 1-12.")
    with pytest.raises(RuntimeError, match=r"no face was found in frames 1-12\.") as failure:
        bpy.ops.evp.track()
    assert str(failure.value).count("no face was found") == 1
    assert running_job() is None
    assert last_error() == "plate.mp4: no face was found in frames 1-12."
    with pytest.raises(RuntimeError, match="no shot named 'sh999'"):
        bpy.ops.evp.track(shot="sh999")
    shot.speech = ""
    for step in ("listen", "build_scene", "adapt", "render", "run"):
        with pytest.raises(RuntimeError, match="has no speech"):
            getattr(bpy.ops.evp, step)()
    shot.plate_rate = 0.0
    with pytest.raises(RuntimeError, match="no frame rate"):
        bpy.ops.evp.track()
    shot.clip = None
    with pytest.raises(RuntimeError, match="Choose a plate"):
        bpy.ops.evp.track()


def test_the_script_in_the_docs_runs(
    bpy: ModuleType, scene: Any, pipeline: Any, plate_folder: Path, speech: Path, tmp_path: Path
) -> None:
    import re

    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "docs.blend"))
    page = Path(__file__).resolve().parent.parent.parent / "docs" / "blender.md"
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    [script] = [block for block in blocks if "api.add_shot" in block]
    for written, here in (
        ("bl_ext.user_default.evp_blender.evp_blender", "evp.evp_blender"),
        ("/plates/sh010.1001.exr", str(plate_folder / "sh010.1001.png")),
        ("/audio/line.wav", str(speech)),
    ):
        assert written in script
        script = script.replace(written, here)
    names: dict[str, Any] = {}
    exec(script, names)
    assert len(names["keys"].key_blocks) == 53
    assert pipeline.asked[-1] == "composite"
    operators = {name for name in dir(bpy.ops.evp) if not name.startswith("_")}
    documented = set(re.findall(r"`(?:bpy\.ops\.evp\.)?(\w+)`", page.read_text(encoding="utf-8")))
    assert operators <= documented
