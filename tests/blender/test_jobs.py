"""A job can be stopped, and ends cleanly with the add-on, the file, or undo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("bpy")


def test_stopping_closes_the_job(bpy: ModuleType, shot: Any, pipeline: Any) -> None:
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
    bpy: ModuleType, shot: Any, pipeline: Any, monkeypatch: pytest.MonkeyPatch
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
    bpy: ModuleType, shot: Any, pipeline: Any
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


def test_disabling_the_add_on_ends_a_running_job(bpy: ModuleType, shot: Any, pipeline: Any) -> None:
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


def test_opening_another_file_ends_a_running_job(bpy: ModuleType, shot: Any, pipeline: Any) -> None:
    from evp.evp_blender.steps import work
    from evp.evp_blender.steps.job import running_job, start_job

    start_job("Track", work.track("Scene", shot.identity)).step(0.0)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, app_template="")
    assert pipeline.closed
    assert running_job() is None


class Button:
    """A step's operator without Blender's window system around it."""

    def __init__(self, identity: str) -> None:
        from evp.evp_blender.steps import work
        from evp.evp_blender.steps.operator import JobOperator

        self.reports: list[tuple[set[str], str]] = []
        self.timers: list[str] = []
        self.status: str | None = ""
        button = self

        class Track(JobOperator):
            bl_label = "Track"
            step = "track"
            shot = ""

            def make_job(self, scene_name: str, identity: str) -> Any:
                return work.track(scene_name, identity)

            def report(self, kind: set[str], text: str) -> None:
                button.reports.append((kind, text))

        self.operator = Track()

    def context(self, bpy: ModuleType) -> Any:
        manager = SimpleNamespace(
            windows=[],
            event_timer_add=lambda *_, **__: self.timers.append("timer") or "timer",
            event_timer_remove=self.timers.remove,
            modal_handler_add=lambda _: True,
        )
        workspace = SimpleNamespace(status_text_set=lambda text: setattr(self, "status", text))
        return SimpleNamespace(
            scene=bpy.context.scene, window=object(), window_manager=manager, workspace=workspace
        )


TICK = SimpleNamespace(type="TIMER", value="NOTHING")
ESCAPE = SimpleNamespace(type="ESC", value="PRESS")
MOUSE = SimpleNamespace(type="MOUSEMOVE", value="NOTHING")


@pytest.fixture
def button(
    bpy: ModuleType, shot: Any, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    from evp.evp_blender.steps import operator, work

    monkeypatch.setattr(operator, "has_window", lambda context: True)
    monkeypatch.setattr(operator, "WORK_SECONDS", 0.0)
    monkeypatch.setattr(work, "run_elsewhere", lambda request, *_: pipeline.run_here(request))
    made = Button(shot.identity)
    yield made
    assert made.timers == []
    assert made.status is None


def test_a_button_steps_the_job_on_the_timer(bpy: ModuleType, button: Any) -> None:
    context = button.context(bpy)
    assert button.operator.invoke(context, None) == {"RUNNING_MODAL"}
    assert button.operator.modal(context, MOUSE) == {"PASS_THROUGH"}
    results = []
    while not results or results[-1] == {"RUNNING_MODAL"}:
        results.append(button.operator.modal(context, TICK))
        if results[-1] == {"RUNNING_MODAL"}:
            assert "ESC stops" in button.status
    assert len(results) > 2
    assert results[-1] == {"FINISHED"}
    assert button.reports == [({"INFO"}, "Track is done")]


def test_escape_stops_a_button(bpy: ModuleType, button: Any, pipeline: Any) -> None:
    context = button.context(bpy)
    button.operator.invoke(context, None)
    button.operator.modal(context, TICK)
    assert button.operator.modal(context, ESCAPE) == {"CANCELLED"}
    assert pipeline.closed
    [(kind, text)] = button.reports
    assert kind == {"WARNING"}
    assert "what is finished is kept" in text


def test_a_failing_button_reports_once(bpy: ModuleType, button: Any, pipeline: Any) -> None:
    from evp.core.errors import InputError

    for failure, text in (
        (InputError("frame 7: too dark."), "frame 7: too dark."),
        (ValueError("bug"), "Track failed: bug; see the console."),
    ):
        pipeline.failure = failure
        button.reports.clear()
        context = button.context(bpy)
        button.operator.invoke(context, None)
        while button.operator.modal(context, TICK) == {"RUNNING_MODAL"}:
            pass
        assert button.reports == [({"ERROR"}, text)]
