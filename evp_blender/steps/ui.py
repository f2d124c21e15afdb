"""The buttons of the steps, their state, progress, and the reason beside a greyed one."""

from __future__ import annotations

from typing import Any

import bpy

from ..package import ROOT_PACKAGE
from ..requirements import MISSING
from ..scene.collection import find_object
from ..scene.edge_preview import find_edges
from ..sentence import draw_sentence
from ..shots.access import active_shot
from .job import last_error, running_job
from .reasons import disabled_reason
from .state import STEPS, step_state

ICONS = {"todo": "RADIOBUT_OFF", "done": "CHECKMARK", "stale": "FILE_REFRESH"}
LABELS = {
    "track": "Track",
    "fit": "Fit",
    "listen": "Listen",
    "build_scene": "Build Scene",
    "adapt": "Adapt Renderer",
    "render": "Render",
}


def draw_steps(layout: Any, context: bpy.types.Context) -> None:
    """Draw the steps of the active shot, or the running job."""
    job = running_job()
    box = layout.box()
    if job is not None:
        draw_sentence(box, context, job.title, "TIME")
        box.progress(factor=job.progress.fraction, text=job.pace)
        box.operator("evp.cancel", icon="CANCEL")
        return
    error = last_error()
    if error:
        draw_sentence(box, context, error, "ERROR")
    column = box.column(align=True)
    reason = disabled_reason(context, "run")
    row = column.row(align=True)
    row.enabled = not reason
    row.operator("evp.run", icon="PLAY")
    shot = active_shot(context.scene)
    for step in STEPS:
        state = "todo" if shot is None else step_state(context.scene, shot, step)
        text = LABELS[step] + (" (stale)" if state == "stale" else "")
        row = column.row(align=True)
        row.enabled = not disabled_reason(context, step)
        row.operator(f"evp.{step}", text=text, icon=ICONS[state])
    _draw_edge_preview(box, context, shot)
    if reason:
        draw_sentence(box, context, reason, "INFO")
        if reason.startswith(MISSING):
            button = box.operator(
                "preferences.addon_show", text="Choose a Python", icon="PREFERENCES"
            )
            button.module = ROOT_PACKAGE


def _draw_edge_preview(layout: Any, context: bpy.types.Context, shot: Any | None) -> None:
    """The button that draws the edge map, and the eye that hides it."""
    row = layout.row(align=True)
    button = row.row(align=True)
    button.enabled = not disabled_reason(context, "preview_edges")
    button.operator("evp.preview_edges", icon="OVERLAY")
    camera = None if shot is None else find_object(context.scene, shot.identity, "camera")
    edges = None if camera is None else find_edges(camera)
    if edges is not None:
        row.prop(edges, "show_background_image", text="", icon="HIDE_OFF")
