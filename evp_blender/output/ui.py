"""Output in the Compositor's sidebar: takes, versions, colour."""

from __future__ import annotations

from typing import Any

import bpy

from ..sentence import draw_sentence
from ..shots.access import active_shot
from ..steps.reasons import export_reason, publish_reason
from ..steps.ui import draw_steps
from .operator import colour_warning

SHOWN_TAKES = 5
"""Buttons of the newest takes; ``evp.show_take`` shows any."""


def draw_output(layout: Any, context: bpy.types.Context) -> None:
    """Draw take, version and colour of the active shot."""
    shot = active_shot(context.scene)
    if shot is None:
        layout.label(text="Add a shot in the 3D View's sidebar", icon="INFO")
        return
    version = f"v{shot.version:03d}" if shot.version else "not published"
    layout.label(text=f"{shot.name}, {version}", icon="USER")
    if shot.newest_take:
        row = layout.row(align=True)
        for take in range(max(1, shot.newest_take - SHOWN_TAKES + 1), shot.newest_take + 1):
            button = row.operator("evp.show_take", text=f"t{take:03d}", depress=take == shot.take)
            button.take = take
    for name, icon, reason in (
        ("evp.publish", "EXPORT", publish_reason(context.scene, shot)),
        ("evp.export_head", "MESH_DATA", export_reason(context.scene, shot)),
    ):
        row = layout.row()
        row.enabled = not reason
        row.operator(name, icon=icon)
        if reason:
            draw_sentence(layout, context, reason, "INFO")
    draw_colour_warning(layout, context)
    draw_steps(layout, context)


def draw_colour_warning(layout: Any, context: bpy.types.Context) -> None:
    """Say where the view changes the plate's colours, with the button that stops it."""
    warning = colour_warning(context.scene)
    if warning:
        draw_sentence(layout, context, warning, "ERROR")
        layout.operator("evp.standard_view")


class EVP_PT_output(bpy.types.Panel):
    """Output of the active shot."""

    bl_idname = "EVP_PT_output"
    bl_label = "Emotional Video Portrait"
    bl_space_type = "NODE_EDITOR"
    bl_region_type = "UI"
    bl_category = "EVP"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only in the compositor."""
        return bool(context.space_data.tree_type == "CompositorNodeTree")

    def draw(self, context: bpy.types.Context) -> None:
        """Draw it."""
        draw_output(self.layout, context)


def register() -> None:
    """Register the panel."""
    bpy.utils.register_class(EVP_PT_output)


def unregister() -> None:
    """Take the panel away."""
    bpy.utils.unregister_class(EVP_PT_output)
