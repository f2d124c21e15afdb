"""Output in the Compositor's sidebar: takes, versions, colour."""

from __future__ import annotations

from typing import Any

import bpy

from ..shots.access import active_shot
from ..steps.ui import draw_steps
from .operator import colour_warning


def draw_output(layout: Any, context: bpy.types.Context) -> None:
    """Draw take, version and colour of the active shot."""
    shot = active_shot(context.scene)
    if shot is None:
        layout.label(text="Add a shot in the 3D View's sidebar", icon="INFO")
        return
    layout.label(text=f"{shot.name}  t{shot.take:03d}  v{shot.version:03d}")
    row = layout.row(align=True)
    row.enabled = shot.newest_take > 0
    for take in range(max(1, shot.newest_take - 4), shot.newest_take + 1):
        button = row.operator("evp.show_take", text=f"t{take:03d}", depress=take == shot.take)
        button.take = take
    layout.operator("evp.publish", icon="EXPORT")
    layout.operator("evp.export_head", icon="MESH_DATA")
    warning = colour_warning(context.scene)
    if warning:
        layout.label(text=warning, icon="ERROR")
        layout.operator("evp.standard_view")
    draw_steps(layout, context)


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
