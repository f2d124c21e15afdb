"""The steps as operators: ``execute`` runs to the end, ``modal`` steps the very same job."""

from __future__ import annotations

import traceback
from typing import Any

import bpy
from bpy.props import IntProperty

from ...core.errors import EvpError
from ...core.progress import Job
from ..operator_parts import SHOT
from ..shots.access import named_shot
from . import work
from .job import RunningJob, end_job, running_job, start_job
from .reasons import busy_reason, shot_reason

TICK_SECONDS = 0.1
WORK_SECONDS = 0.05


class JobOperator:
    """What all steps share."""

    bl_options = {"UNDO"}
    __annotations__ = {"shot": SHOT}
    step = ""
    _timer: Any = None

    def make_job(self, scene_name: str, identity: str) -> Job[Any]:
        """The job of this step."""
        raise NotImplementedError

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether the step can be started, and if not, why."""
        reason = busy_reason(context)
        if not reason and not context.scene.evp.shots:
            reason = "Add a shot"
        if reason:
            cls.poll_message_set(reason)  # type: ignore[attr-defined]
        return not reason

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Run to the end."""
        try:
            job = self._start(context)
            while not job.step(1.0):
                pass
        except EvpError as error:
            return self._fail(error)
        except BaseException:
            end_job()
            raise
        end_job()
        return {"FINISHED"}

    def invoke(self, context: bpy.types.Context, event: Any) -> set[str]:
        """Run in the background of the user interface."""
        if not has_window(context):
            return self.execute(context)
        try:
            self._start(context, has_window=True)
        except EvpError as error:
            return self._fail(error)
        manager = context.window_manager
        self._timer = manager.event_timer_add(TICK_SECONDS, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: Any) -> set[str]:
        """Step the job on the timer; ESC and Stop end it."""
        job = running_job()
        if job is None:
            return self._leave(context, {"CANCELLED"})
        if event.type == "ESC" and event.value == "PRESS":
            job.cancel = True
        if event.type != "TIMER" and not job.cancel:
            return {"PASS_THROUGH"}
        if job.cancel:
            end_job()
            self.report({"WARNING"}, f"{job.label} was stopped; what is finished is kept")  # type: ignore[attr-defined]
            return self._leave(context, {"CANCELLED"})
        try:
            finished = job.step(WORK_SECONDS)
        except EvpError as error:
            self._leave(context, set())
            return self._fail(error)
        except Exception as error:
            traceback.print_exc()
            self._leave(context, set())
            return self._fail(EvpError(f"{job.label} failed: {error}; see the console."))
        if finished:
            end_job()
            self.report({"INFO"}, f"{job.label} is done")  # type: ignore[attr-defined]
            return self._leave(context, {"FINISHED"})
        _show(context, job)
        return {"RUNNING_MODAL"}

    def _start(self, context: bpy.types.Context, has_window: bool = False) -> RunningJob:
        scene = context.scene
        shot = named_shot(scene, self.shot)  # type: ignore[attr-defined]
        reason = shot_reason(scene, shot, self.step)
        if reason:
            raise EvpError(f"{shot.name}: {reason}.")
        job = self.make_job(scene.name, shot.identity)
        return start_job(self.bl_label, job, has_window)  # type: ignore[attr-defined]

    def _fail(self, error: EvpError) -> set[str]:
        end_job(str(error))
        self.report({"ERROR"}, str(error))  # type: ignore[attr-defined]
        return {"CANCELLED"}

    def _leave(self, context: bpy.types.Context, result: set[str]) -> set[str]:
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
        context.workspace.status_text_set(None)
        _redraw(context)
        return result


def has_window(context: bpy.types.Context) -> bool:
    """Whether a user looks at this Blender."""
    return not bpy.app.background and context.window is not None


def _show(context: bpy.types.Context, job: RunningJob) -> None:
    context.workspace.status_text_set(f"EVP  {job.text}  (ESC stops)")
    _redraw(context)


def _redraw(context: bpy.types.Context) -> None:
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "CLIP_EDITOR", "NODE_EDITOR"}:
                area.tag_redraw()


class EVP_OT_track(JobOperator, bpy.types.Operator):
    """Find the face in every frame of the plate."""

    step = "track"
    bl_idname = "evp.track"
    bl_label = "Track"
    bl_description = "Find the face in every frame of the plate"

    def make_job(self, scene_name: str, identity: str) -> Job[Any]:
        """Track."""
        return work.track(scene_name, identity)


class EVP_OT_fit(JobOperator, bpy.types.Operator):
    """Fit the head to the tracked face."""

    step = "fit"
    bl_idname = "evp.fit"
    bl_label = "Fit"
    bl_description = "Fit the head to the tracked face: pose, identity, expression"

    def make_job(self, scene_name: str, identity: str) -> Job[Any]:
        """Fit."""
        return work.fit(scene_name, identity)


class EVP_OT_listen(JobOperator, bpy.types.Operator):
    """Hear the speech."""

    step = "listen"
    bl_idname = "evp.listen"
    bl_label = "Listen"
    bl_description = "Hear what the speech says and how"

    def make_job(self, scene_name: str, identity: str) -> Job[Any]:
        """Listen."""
        return work.listen(scene_name, identity)


class EVP_OT_build_scene(JobOperator, bpy.types.Operator):
    """Predict the performance and put it into the scene."""

    step = "build_scene"
    bl_idname = "evp.build_scene"
    bl_label = "Build Scene"
    bl_description = "Predict the performance and put camera, head and keypoints into the scene"

    def make_job(self, scene_name: str, identity: str) -> Job[Any]:
        """Predict and build."""
        return work.predict_and_build(scene_name, identity)


class EVP_OT_adapt(JobOperator, bpy.types.Operator):
    """Let the renderer learn from this plate."""

    step = "adapt"
    bl_idname = "evp.adapt"
    bl_label = "Adapt Renderer"
    bl_description = "Let the renderer learn from this plate"

    def make_job(self, scene_name: str, identity: str) -> Job[Any]:
        """Adapt."""
        return work.adapt(scene_name, identity)


class EVP_OT_render(JobOperator, bpy.types.Operator):
    """Render the face as the scene shows it, and composite it."""

    step = "render"
    bl_idname = "evp.render"
    bl_label = "Render"
    bl_description = "Render the face as the scene shows it, edits included; changed frames only"
    __annotations__ = {
        "shot": SHOT,
        "first": IntProperty(
            name="First", description="First frame of the plate; -1 renders all", default=-1, min=-1
        ),
        "last": IntProperty(
            name="Last", description="Last frame of the plate, included", default=-1, min=-1
        ),
    }

    def make_job(self, scene_name: str, identity: str) -> Job[Any]:
        """Render."""
        numbers = None
        if self.first >= 0:
            numbers = tuple(range(self.first, max(self.first, self.last) + 1))
        return work.render(scene_name, identity, numbers)


class EVP_OT_preview_edges(JobOperator, bpy.types.Operator):
    """Lay the edge map over the plate in the viewport."""

    step = "preview_edges"
    bl_idname = "evp.preview_edges"
    bl_label = "Preview Edge Map"
    bl_description = (
        "Draw the edge map the face is rendered from, edits included, and lay it over the plate "
        "in the view through the shot's camera"
    )

    def make_job(self, scene_name: str, identity: str) -> Job[Any]:
        """Draw it."""
        return work.preview_edges(scene_name, identity)


class EVP_OT_run(JobOperator, bpy.types.Operator):
    """Every step that is not valid already, and the movie."""

    step = "run"
    bl_idname = "evp.run"
    bl_label = "Do It All"
    bl_description = "Run every step that is not valid already, and write frames and movie"

    def make_job(self, scene_name: str, identity: str) -> Job[Any]:
        """Everything."""
        return work.do_it_all(scene_name, identity)


class EVP_OT_cancel(bpy.types.Operator):
    """Stop the running step; what is finished is kept."""

    bl_idname = "evp.cancel"
    bl_label = "Stop"
    bl_description = "Stop the running step; what is finished is kept"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether anything runs."""
        return running_job() is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask the job to stop."""
        job = running_job()
        if job is not None:
            job.cancel = True
        return {"FINISHED"}


CLASSES = (
    EVP_OT_track,
    EVP_OT_fit,
    EVP_OT_listen,
    EVP_OT_build_scene,
    EVP_OT_adapt,
    EVP_OT_render,
    EVP_OT_preview_edges,
    EVP_OT_run,
    EVP_OT_cancel,
)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
