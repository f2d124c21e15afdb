"""The buttons of the steps, their state, progress, and the reason beside a greyed one."""

from __future__ import annotations

from typing import Any

import bpy

from ..package import ROOT_PACKAGE
from ..requirements import MISSING
from ..scene.collection import find_object
from ..scene.edge_preview import find_edges
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
        box.progress(factor=job.progress.fraction, text=job.text)
        box.operator("evp.cancel", icon="CANCEL")
        return
    error = last_error()
    if error:
        _draw_sentence(box, error)
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
        _draw_sentence(box, reason)
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


def _draw_sentence(layout: Any, sentence: str, width: int = 42) -> None:
    """Labels do not wrap by themselves."""
    import textwrap

    for index, line in enumerate(textwrap.wrap(sentence, width)):
        layout.label(text=line, icon="INFO" if index == 0 else "BLANK1")
