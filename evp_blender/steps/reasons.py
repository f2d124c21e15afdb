"""Why a button is greyed: one sentence, for the panel, for ``poll`` and for scripts."""

from __future__ import annotations

from typing import Any

import bpy

from ...core.errors import InputError
from ..preferences import preferences
from ..requirements import missing_line
from ..scene.collection import find_object
from ..shots.access import active_shot
from ..shots.settings import plate_rate, speech_source
from .job import running_job
from .state import step_state

WITHOUT_SPEECH = ("track", "fit")
"""Steps that need a plate only."""


def disabled_reason(context: bpy.types.Context, step: str) -> str:
    """Why a step cannot be started on the active shot now; empty where it can."""
    reason = busy_reason(context)
    if reason:
        return reason
    shot = active_shot(context.scene)
    return "Add a shot" if shot is None else shot_reason(context.scene, shot, step)


def busy_reason(context: bpy.types.Context) -> str:
    """Why nothing can be started in this scene at all; empty where something can."""
    job = running_job()
    if job is not None:
        return f"{job.label} is running"
    if context.scene.library is not None:
        return "This scene is linked from a library; make it local"
    return ""


def bake_reason(scene: bpy.types.Scene, shot: Any) -> str:
    """Why the speech's emotion cannot be baked; empty where it can."""
    return "Run Listen to bake its emotion" if step_state(scene, shot, "listen") == "todo" else ""


def publish_reason(scene: bpy.types.Scene, shot: Any) -> str:
    """Why no version can be published; empty where one can."""
    return "Run Render to publish frames" if step_state(scene, shot, "render") == "todo" else ""


def export_reason(scene: bpy.types.Scene, shot: Any) -> str:
    """Why the head cannot be exported; empty where it can."""
    built = find_object(scene, shot.identity, "head") is not None
    return "" if built else "Run Build Scene to export the head"


def shot_reason(scene: bpy.types.Scene, shot: Any, step: str) -> str:
    """What a shot lacks for a step; empty where it lacks nothing."""
    if shot.clip is None:
        return "Choose a plate"
    try:
        plate_rate(shot)
        if step not in WITHOUT_SPEECH:
            speech_source(scene, shot)
    except InputError as error:
        return str(error).partition(";")[0].rstrip(".")
    if not preferences().interpreter:
        return missing_line()
    return ""
