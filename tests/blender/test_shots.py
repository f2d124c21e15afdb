"""A shot knows its plate, speech, camera and folder, and lets go of them cleanly."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from wave_file import write_wave

pytest.importorskip("bpy")


def test_a_sequence_is_shown_at_its_own_numbers(bpy: ModuleType, shot: Any) -> None:
    assert Path(bpy.path.abspath(shot.clip.filepath)).name == "sh010.1001.png"
    assert shot.clip.frame_start == 1001
    assert (shot.frame_first, shot.frame_last) == (1001, 1012)


def test_a_strip_of_the_sequencer_gives_speech_and_start(
    bpy: ModuleType, shot: Any, tmp_path: Path
) -> None:
    from evp.evp_blender.shots.settings import speech_source

    path = tmp_path / "strip.wav"
    write_wave(path, np.zeros(16000))
    from evp.evp_blender import compat

    if compat.new_sound_strip(bpy.context.scene, "line", str(path), 1013) is None:
        pytest.skip("this Blender has no sound")
    shot.speech_strip = "line"
    found, offset = speech_source(bpy.context.scene, shot)
    assert found == path
    assert offset == pytest.approx(12 * 1001 / 24000)


def test_a_shots_transcript_reaches_the_pipeline_and_makes_its_performance_stale(
    bpy: ModuleType, scene: Any, shot: Any, tmp_path: Path
) -> None:
    from evp.evp_blender.shots.settings import shot_settings
    from evp.evp_blender.steps.state import step_stamp

    before = {step: step_stamp(scene, shot, step) for step in ("listen", "build_scene")}
    shot.transcript, shot.language = str(tmp_path / "line.txt"), "fr"
    settings = shot_settings(scene, shot)
    assert (settings.transcript, settings.language) == (tmp_path / "line.txt", "fr")
    assert step_stamp(scene, shot, "listen") == before["listen"]
    assert step_stamp(scene, shot, "build_scene") != before["build_scene"]


def test_an_unsaved_files_work_comes_along_when_it_is_saved(
    bpy: ModuleType,
    scene: Any,
    plate_folder: Path,
    speech: Path,
    pipeline: Any,
    tmp_path: Path,
) -> None:
    bpy.ops.evp.shot_add(
        name="sh010", plate=str(plate_folder / "sh010.1001.png"), speech=str(speech), rate=24.0
    )
    bpy.ops.evp.fit()
    before = Path(bpy.app.tempdir) / "evp" / "Scene" / "sh010"
    assert (before / "stages" / "fit.npz").is_file()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "late.blend"))
    bpy.ops.evp.build_scene()
    after = tmp_path / "cache" / "evp" / "Scene" / "sh010"
    assert (after / "stages" / "fit.npz").is_file()
    assert not before.exists()


def test_a_folder_that_cannot_be_made_is_one_sentence(
    bpy: ModuleType, shot: Any, pipeline: Any, tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(RuntimeError, match="cannot be written"):
        bpy.ops.evp.track()


def test_removing_a_shot_keeps_the_artists_objects(
    bpy: ModuleType, shot: Any, pipeline: Any
) -> None:
    bpy.ops.evp.build_scene()
    lamp = bpy.data.objects.new("Artist lamp", bpy.data.lights.new("Artist lamp", "POINT"))
    bpy.data.collections["EVP sh010"].objects.link(lamp)
    bpy.ops.evp.shot_remove(shot="sh010", delete_objects=True)
    assert len(bpy.context.scene.evp.shots) == 0
    assert [o.name for o in bpy.data.collections["EVP sh010"].all_objects] == ["Artist lamp"]


def test_a_preset_brings_a_shots_choices_back(bpy: ModuleType, shot: Any) -> None:
    shot.mouth_gain, shot.renderer = 1.5, "edges"
    assert bpy.ops.evp.preset_add(name="loud edges") == {"FINISHED"}
    folder = Path(bpy.utils.user_resource("SCRIPTS", path="presets/evp/shot"))
    shot.mouth_gain, shot.renderer = 1.0, "texture"
    bpy.ops.script.execute_preset(
        filepath=str(folder / "loud_edges.py"), menu_idname="EVP_PT_presets"
    )
    assert (shot.mouth_gain, shot.renderer) == (1.5, "edges")


def test_a_linked_scene_is_left_alone(bpy: ModuleType, shot: Any, tmp_path: Path) -> None:
    from evp.evp_blender.steps.reasons import busy_reason

    library = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(library))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, app_template="")
    with bpy.data.libraries.load(str(library), link=True) as (source, target):
        target.scenes = source.scenes
    linked = target.scenes[0]
    assert linked.library is not None
    with bpy.context.temp_override(scene=linked):
        assert "linked from a library" in busy_reason(bpy.context)
        with pytest.raises(RuntimeError, match="linked from a library"):
            bpy.ops.evp.track()


def test_published_versions_never_overwrite(
    bpy: ModuleType, shot: Any, pipeline: Any, tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError, match="no frame was rendered"):
        bpy.ops.evp.publish()
    bpy.ops.evp.render()
    target = tmp_path / "plates out"
    bpy.ops.evp.publish(folder=str(target))
    bpy.ops.evp.publish(folder=str(target))
    assert sorted(p.name for p in target.iterdir()) == ["sh010_v001", "sh010_v002"]
    assert (target / "sh010_v002" / "sh010_v002.1001.exr").is_file()
    assert shot.version == 2


def test_a_second_shot_leaves_the_scenes_format_to_the_first(
    bpy: ModuleType, shot: Any, pipeline: Any, plate_folder: Path, speech: Path
) -> None:
    bpy.ops.evp.build_scene()
    bpy.ops.evp.shot_add(plate=str(plate_folder / "sh010.1001.png"), speech=str(speech), rate=25.0)
    scene = bpy.context.scene
    second = scene.evp.shots[1]
    assert second.name == "sh020"
    second.start = 50
    bpy.ops.evp.build_scene()
    assert (scene.frame_start, scene.camera.name) == (1001, "EVP sh010 camera")
    assert scene.render.fps_base == pytest.approx(1.001)
    assert {"EVP sh010", "EVP sh020"} <= {c.name for c in scene.collection.children}
    bpy.ops.evp.render(shot="sh020")
    bpy.ops.evp.render(shot="sh010")
    assert {"EVP sh010", "EVP sh020"} <= {g.name for g in bpy.data.node_groups}
    tree_nodes = bpy.data.node_groups["EVP sh020"].nodes
    image = next(node for node in tree_nodes if node.bl_idname == "CompositorNodeImage")
    assert image.frame_start == 50
    assert second.clip != shot.clip
    assert (shot.clip.frame_start, second.clip.frame_start) == (1001, 50)
