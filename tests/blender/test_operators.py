"""The operators do a shot from a script, say what is wrong once, and leave what is finished."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bpy")


class FakePipeline:
    """Stands in for the heavy stages: writes what they would write, and notes what was asked."""

    def __init__(self, records: Any, head: Any) -> None:
        self.fit, self.aligned = records
        self.head = head
        self.asked: list[str] = []
        self.settings: Any = None
        self.numbers: Any = None
        self.overridden: np.ndarray | None = None
        self.closed = False
        self.failure: Exception | None = None

    def run_here(self, request: Any) -> Iterator[Any]:
        from evp.core.media.images import write_exr
        from evp.core.media.plate import open_plate
        from evp.core.progress import Progress
        from evp.core.shot import Shot
        from evp.evp_blender.engine.plate_file import write_plate

        self.asked.append(request.stage)
        self.settings, self.numbers = request.settings, request.numbers
        shot = Shot.create(request.folder)
        plate = open_plate(request.settings.plate, None, request.settings.plate_rate)
        write_plate(request.folder, plate)
        try:
            for done in range(3):
                yield Progress(request.stage, done, 3, "working")
                if self.failure is not None:
                    raise self.failure
        except GeneratorExit:
            self.closed = True
            raise
        shot.save("fit", self.fit, "fit key")
        if request.stage in ("align", "adapt", "composite", "deliver"):
            curve = request.settings.emotion
            key = "no curve" if curve is None else str(curve.weights.sum(axis=0).round(4))
            scale = 1.0 if curve is None else 0.9
            aligned = dataclasses.replace(self.aligned, expression=scale * self.aligned.expression)
            shot.save("align", aligned, key)
        if request.stage in ("composite", "deliver"):
            face = shot.load_aligned()
            self.overridden = face.landmarks
            (request.folder / "frames").mkdir(exist_ok=True)
            for number in request.numbers or plate.frame_numbers:
                ones = np.ones((36, 64), np.float16)
                channels = {name: ones for name in ("R", "G", "B", "face.R", "face.G", "face.B")}
                channels |= {"matte.V": ones, "edges.V": ones}
                write_exr(request.folder / f"frames/frame.{number:04d}.exr", channels, {})


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch, records: Any, head: Any) -> FakePipeline:
    from evp.evp_blender.steps import work

    fake = FakePipeline(records, head)
    monkeypatch.setattr(work, "run_here", fake.run_here)
    monkeypatch.setattr(work, "load_head", lambda: head)
    monkeypatch.setattr("evp.evp_blender.steps.reasons.missing_line", lambda: "")
    return fake


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    import wave

    path = tmp_path / "line é.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(b"\0\0" * 8000)
    return path


@pytest.fixture
def shot(bpy: ModuleType, scene: Any, plate_folder: Path, speech: Path, tmp_path: Path) -> Any:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene 1.blend"))
    bpy.ops.evp.shot_add(
        name="sh010", plate=str(plate_folder / "sh010.1004.png"), speech=str(speech), rate=23.976
    )
    return bpy.context.scene.evp.shots[0]


def test_a_sequence_is_shown_at_its_own_numbers(bpy: ModuleType, shot: Any) -> None:
    assert Path(bpy.path.abspath(shot.clip.filepath)).name == "sh010.1001.png"
    assert shot.clip.frame_start == 1001
    assert (shot.frame_first, shot.frame_last) == (1001, 1012)


def test_a_whole_shot_from_a_script(
    bpy: ModuleType, shot: Any, pipeline: FakePipeline, tmp_path: Path
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
    bpy: ModuleType, shot: Any, pipeline: FakePipeline, speech: Path
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


def test_each_step_runs_by_itself_and_goes_stale(
    bpy: ModuleType, shot: Any, pipeline: FakePipeline
) -> None:
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


def test_an_edit_in_the_scene_is_what_is_rendered(
    bpy: ModuleType, shot: Any, pipeline: FakePipeline, records: Any
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


def test_keyed_emotion_reaches_the_pipeline_and_makes_a_new_take(
    bpy: ModuleType, shot: Any, pipeline: FakePipeline
) -> None:
    from evp.core.records import EMOTIONS

    bpy.ops.evp.build_scene()
    assert pipeline.settings.emotion is None
    bpy.ops.evp.key_emotion(emotion="neutral", frame=1001)
    bpy.ops.evp.key_emotion(emotion="happy", weight=0.8, frame=1011)
    assert shot.emotion_source == "CURVES"
    bpy.ops.evp.build_scene()
    weights = pipeline.settings.emotion.sample(np.array([0.0, 5 * 1001 / 24000, 1.0]))
    happy, neutral = EMOTIONS.index("happy"), EMOTIONS.index("neutral")
    assert weights[:, happy] == pytest.approx([0.0, 0.4, 0.8], abs=1e-3)
    assert weights[:, neutral] == pytest.approx([1.0, 0.6, 0.2], abs=1e-3)
    assert shot.take == 2
    empty = bpy.data.objects["EVP sh010 emotion"]
    empty.evp_emotion.intensity = 0.5
    bpy.ops.evp.build_scene()
    assert pipeline.settings.emotion.sample(np.array([1.0]))[0, happy] == pytest.approx(0.4)
    bpy.ops.evp.show_take(take=1)
    assert shot.take == 1
    with pytest.raises(RuntimeError, match="no take 9"):
        bpy.ops.evp.show_take(take=9)


def test_the_speechs_emotion_becomes_keys(
    bpy: ModuleType, shot: Any, pipeline: FakePipeline, tmp_path: Path
) -> None:
    from evp.core.records import EMOTIONS, SpeechCode
    from evp.core.shot import Shot
    from evp.evp_blender import compat

    with pytest.raises(RuntimeError, match="listen"):
        bpy.ops.evp.bake_emotion()
    bpy.ops.evp.listen()
    probabilities = np.zeros((12, 8))
    probabilities[:, EMOTIONS.index("sad")] = np.linspace(0.2, 0.9, 12)
    code = SpeechCode(
        np.zeros((12, 256)), np.zeros((12, 128)), probabilities, np.ones(12), np.ones(12)
    )
    folder = Shot(tmp_path / "cache" / "evp" / "Scene" / "sh010")
    folder.save("listen", code, "key")
    bpy.ops.evp.bake_emotion(step=4)
    empty = bpy.data.objects["EVP sh010 emotion"]
    curve = compat.animation_curves(empty).find("evp_emotion.sad")
    assert [point.co.x for point in curve.keyframe_points] == [1001, 1005, 1009, 1012]
    assert curve.evaluate(1012) == pytest.approx(0.9, abs=1e-6)
    bpy.ops.evp.bake_emotion(step=6)
    assert [point.co.x for point in curve.keyframe_points] == [1001, 1007, 1012]


def test_failures_are_one_sentence_and_leave_nothing_running(
    bpy: ModuleType, shot: Any, pipeline: FakePipeline
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
    with pytest.raises(RuntimeError, match="has no speech"):
        bpy.ops.evp.listen()
    shot.plate_rate = 0.0
    with pytest.raises(RuntimeError, match="no frame rate"):
        bpy.ops.evp.track()
    shot.clip = None
    with pytest.raises(RuntimeError, match="Choose a plate"):
        bpy.ops.evp.track()


def test_stopping_closes_the_job(bpy: ModuleType, shot: Any, pipeline: FakePipeline) -> None:
    from evp.evp_blender.steps import work
    from evp.evp_blender.steps.job import running_job, start_job
    from evp.evp_blender.steps.operator import EVP_OT_track

    job = start_job("Track", work.track("Scene", shot.identity))
    assert not job.step(0.0)
    assert "Track" in job.text
    assert not EVP_OT_track.poll(bpy.context)
    assert bpy.ops.evp.cancel() == {"FINISHED"}
    assert job.cancel
    from evp.evp_blender.steps.job import end_job

    end_job()
    assert pipeline.closed
    assert running_job() is None


def test_work_with_a_window_runs_in_a_process_of_its_own(
    bpy: ModuleType, shot: Any, pipeline: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    from evp.evp_blender.steps import work
    from evp.evp_blender.steps.job import start_job

    asked: list[Any] = []

    def run_elsewhere(request: Any, interpreter: Path, folders: Any = ()) -> Iterator[Any]:
        asked.append((request.stage, interpreter, folders))
        yield from pipeline.run_here(request)

    monkeypatch.setattr(work, "run_elsewhere", run_elsewhere)
    monkeypatch.setattr(work, "missing_packages", lambda: [])
    job = start_job("Track", work.track("Scene", shot.identity), has_window=True)
    while not job.step(1.0):
        pass
    [(stage, interpreter, folders)] = asked
    assert stage == "track"
    assert interpreter == Path(sys.executable)
    assert any((folder / "torch").is_dir() for folder in folders)


def test_undo_takes_a_built_scene_back_and_it_can_be_built_again(
    bpy: ModuleType, shot: Any, pipeline: FakePipeline
) -> None:
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.evp.build_scene()
    bpy.ops.ed.undo_push(message="built")
    assert "EVP sh010 head" in bpy.data.objects
    bpy.ops.ed.undo()
    assert "EVP sh010 head" not in bpy.data.objects
    assert bpy.context.scene.evp.shots[0].take == 0
    bpy.ops.evp.build_scene()
    assert bpy.context.scene.evp.shots[0].take == 1
    assert len(bpy.data.objects["EVP sh010 head"].data.shape_keys.key_blocks) == 53


def test_disabling_the_add_on_ends_a_running_job(
    bpy: ModuleType, shot: Any, pipeline: FakePipeline
) -> None:
    import evp
    from evp.evp_blender.steps import work
    from evp.evp_blender.steps.job import start_job

    start_job("Track", work.track("Scene", shot.identity)).step(0.0)
    evp.unregister()
    try:
        assert pipeline.closed
        assert not hasattr(bpy.types.Scene, "evp")
    finally:
        evp.register()


def test_opening_another_file_ends_a_running_job(
    bpy: ModuleType, shot: Any, pipeline: FakePipeline
) -> None:
    from evp.evp_blender.steps import work
    from evp.evp_blender.steps.job import running_job, start_job

    start_job("Track", work.track("Scene", shot.identity)).step(0.0)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, app_template="")
    assert pipeline.closed
    assert running_job() is None


def test_an_unsaved_files_work_comes_along_when_it_is_saved(
    bpy: ModuleType,
    scene: Any,
    plate_folder: Path,
    speech: Path,
    pipeline: FakePipeline,
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
    bpy: ModuleType, shot: Any, pipeline: FakePipeline, tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(RuntimeError, match="cannot be written"):
        bpy.ops.evp.track()


def test_removing_a_shot_keeps_the_artists_objects(
    bpy: ModuleType, shot: Any, pipeline: FakePipeline
) -> None:
    bpy.ops.evp.build_scene()
    lamp = bpy.data.objects.new("Artist lamp", bpy.data.lights.new("Artist lamp", "POINT"))
    bpy.data.collections["EVP sh010"].objects.link(lamp)
    bpy.ops.evp.shot_remove(shot="sh010", delete_objects=True)
    assert len(bpy.context.scene.evp.shots) == 0
    assert [o.name for o in bpy.data.collections["EVP sh010"].all_objects] == ["Artist lamp"]


def test_a_camera_of_the_scene_is_used_as_given(
    bpy: ModuleType, shot: Any, pipeline: FakePipeline
) -> None:
    from evp.evp_blender.shots.settings import given_camera

    data = bpy.data.cameras.new("Solved")
    data.lens, data.sensor_width = 50.0, 25.0
    camera = bpy.data.objects.new("Solved", data)
    bpy.context.scene.collection.objects.link(camera)
    shot.camera_source = "OBJECT"
    for wrong in (None, bpy.data.objects["EVP sh010 emotion"]):
        shot.camera = wrong
        with pytest.raises(RuntimeError, match="choose one"):
            bpy.ops.evp.track()
    shot.camera = camera
    still = given_camera(bpy.context.scene, shot)
    assert still.focal == pytest.approx(128.0)
    assert still.world is None
    camera.location.x = 0.0
    camera.keyframe_insert("location", frame=1001)
    camera.location.x = 1.1
    camera.keyframe_insert("location", frame=1012)
    moving = given_camera(bpy.context.scene, shot)
    assert moving.world.shape == (12, 4, 4)
    assert moving.world[-1, 0, 3] - moving.world[0, 0, 3] == pytest.approx(1.1, abs=1e-5)


def test_published_versions_never_overwrite(
    bpy: ModuleType, shot: Any, pipeline: FakePipeline, tmp_path: Path
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


def test_a_strip_of_the_sequencer_gives_speech_and_start(
    bpy: ModuleType, shot: Any, tmp_path: Path
) -> None:
    import wave

    from evp.evp_blender.shots.settings import speech_source

    path = tmp_path / "strip.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(b"\0\0" * 16000)
    from evp.evp_blender import compat

    if compat.new_sound_strip(bpy.context.scene, "line", str(path), 1013) is None:
        pytest.skip("this Blender has no sound")
    shot.speech_strip = "line"
    found, offset = speech_source(bpy.context.scene, shot)
    assert found == path
    assert offset == pytest.approx(12 * 1001 / 24000)


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


def test_the_command_line_answers_inside_blender(
    bpy: ModuleType, scene: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    from evp.evp_blender.cli_command import run_command

    assert run_command(["--help"]) == 0
    assert "run" in capsys.readouterr().out
    assert run_command(["nonsense"]) == 2


@pytest.fixture(autouse=True)
def _no_leftovers() -> Iterator[None]:
    yield
    from evp.evp_blender.steps.job import end_job

    end_job()
