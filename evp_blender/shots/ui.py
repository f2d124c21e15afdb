"""The shot list and a shot's settings, the same in the 3D View and the Movie Clip Editor."""

from __future__ import annotations

from typing import Any

import bpy

from ..emotion.curves import ROLE as EMOTION_ROLE
from ..emotion.prop import CHANNELS
from ..output.ui import draw_colour_warning
from ..scene.camera import scene_rate
from ..scene.collection import find_object
from ..sentence import draw_sentence
from ..steps.reasons import bake_reason
from ..steps.ui import draw_steps
from .access import active_shot
from .presets import EVP_PT_presets
from .settings import is_sequence, plate_rate

CATEGORY = "EVP"


class EVP_UL_shots(bpy.types.UIList):
    """The list of shots."""

    bl_idname = "EVP_UL_shots"

    def draw_item(
        self,
        context: Any,
        layout: Any,
        data: Any,
        item: Any,
        icon: int,
        active_data: Any,
        active_property: str,
    ) -> None:
        """Draw one shot: name, take, version."""
        row = layout.row(align=True)
        row.prop(item, "name", text="", emboss=False, icon="USER")
        if item.take:
            row.label(text=f"t{item.take:03d}")
        if item.version:
            row.label(text=f"v{item.version:03d}")


def draw_shots(layout: Any, context: bpy.types.Context) -> None:
    """Draw the list, the plate and the speech."""
    root = context.scene.evp
    row = layout.row()
    row.template_list("EVP_UL_shots", "", root, "shots", root, "active", rows=2)
    column = row.column(align=True)
    column.operator("evp.shot_add", text="", icon="ADD")
    column.operator("evp.shot_remove", text="", icon="REMOVE")
    column.operator("evp.open_shot", text="", icon="FILEBROWSER")
    shot = active_shot(context.scene)
    if shot is None:
        layout.label(text="Add a shot to begin", icon="INFO")
        return
    column = layout.column()
    row = column.row(align=True)
    row.prop(shot, "clip")
    row.operator("evp.load_plate", text="", icon="FILE_FOLDER")
    if shot.clip is not None:
        _draw_plate(column, context, shot)
    column = layout.column()
    column.prop(shot, "speech")
    if context.scene.sequence_editor is not None:
        editor = context.scene.sequence_editor
        strips = "strips_all" if hasattr(editor, "strips_all") else "sequences_all"
        column.prop_search(shot, "speech_strip", editor, strips, icon="SOUND")
    if not shot.speech_strip:
        column.prop(shot, "audio_offset")
    column.prop(shot, "transcript")
    row = column.row()
    row.enabled = bool(shot.transcript)
    row.prop(shot, "language")
    column.prop(shot, "extend")


def _draw_plate(layout: Any, context: bpy.types.Context, shot: Any) -> None:
    if is_sequence(shot):
        row = layout.row()
        row.alert = shot.plate_rate <= 0.0
        row.prop(shot, "plate_rate")
    column = layout.column(heading="Frame Range")
    row = column.row(align=True)
    row.prop(shot, "use_range", text="")
    numbers = row.row(align=True)
    numbers.enabled = shot.use_range
    numbers.prop(shot, "frame_first", text="")
    numbers.prop(shot, "frame_last", text="")
    layout.prop(shot, "start")
    layout.prop(shot, "colour_space")
    if shot.colour_space:
        layout.prop(shot, "ocio_config")
    draw_colour_warning(layout, context)
    if not is_sequence(shot) or shot.plate_rate > 0.0:
        rate = float(plate_rate(shot)) if shot.clip.fps or shot.plate_rate else 0.0
        if rate and abs(rate - scene_rate(context.scene)) > 1e-3:
            text = f"Plate {rate:.3f} fps, scene {scene_rate(context.scene):.3f} fps"
            draw_sentence(layout, context, text, "INFO")


def draw_face(layout: Any, context: bpy.types.Context) -> None:
    """Draw whose face it is and how it moves."""
    shot = active_shot(context.scene)
    if shot is None:
        return
    column = layout.column(heading="Choose Face")
    row = column.row(align=True)
    row.prop(shot, "use_face", text="")
    person = row.row()
    person.enabled = shot.use_face
    person.prop(shot, "face", text="")
    for setting in ("neutral_frame", "upper_face", "mouth_gain", "adapt_speech"):
        layout.prop(shot, setting)


def draw_camera(layout: Any, context: bpy.types.Context) -> None:
    """Draw where the plate's camera comes from."""
    shot = active_shot(context.scene)
    if shot is None:
        return
    layout.prop(shot, "camera_source")
    if shot.camera_source == "FOCAL":
        layout.prop(shot, "focal_mm")
        layout.prop(shot, "sensor_mm")
    elif shot.camera_source == "OBJECT":
        layout.prop(shot, "camera")
    layout.prop(shot, "match_scene")


def draw_renderer(layout: Any, context: bpy.types.Context) -> None:
    """Draw how the face is rendered and where its files are kept."""
    shot = active_shot(context.scene)
    if shot is None:
        return
    for setting in ("renderer", "crop_size", "adapt_seconds", "seed", "device", "weights"):
        layout.prop(shot, setting)
    layout.prop(shot, "folder")


def draw_emotion(layout: Any, context: bpy.types.Context) -> None:
    """Draw where the feeling comes from, and the weights."""
    shot = active_shot(context.scene)
    if shot is None:
        return
    column = layout.column()
    column.prop(shot, "emotion_source")
    if shot.emotion_source == "RECORDING":
        column.prop(shot, "emotion_from")
    if shot.emotion_source == "CURVES":
        empty = find_object(context.scene, shot.identity, EMOTION_ROLE)
        if empty is None:
            column.label(text="Key an emotion to begin", icon="INFO")
        else:
            for channel in CHANNELS:
                column.prop(empty.evp_emotion, channel)
    layout.operator_menu_enum("evp.key_emotion", "emotion", icon="KEY_HLT")
    reason = bake_reason(context.scene, shot)
    row = layout.row()
    row.enabled = not reason
    row.operator("evp.bake_emotion", icon="ACTION")
    if reason:
        draw_sentence(layout, context, reason, "INFO")


def draw_main(layout: Any, context: bpy.types.Context) -> None:
    """Draw shots and steps."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    draw_shots(layout, context)
    draw_steps(layout, context)


def draw_presets(self: Any, context: bpy.types.Context) -> None:
    """Draw the presets' button in a panel's header."""
    if active_shot(context.scene) is not None:
        EVP_PT_presets.draw_panel_header(self.layout)


def _panels(space: str, region: str, prefix: str) -> tuple[type, ...]:
    """The same panels for another editor."""

    def draw_with(function: Any) -> Any:
        def draw(self: Any, context: bpy.types.Context) -> None:
            self.layout.use_property_split = True
            function(self.layout, context)

        return draw

    def panel(name: str, label: str, function: Any, parent: str = "") -> type:
        values: dict[str, Any] = {
            "__doc__": f"{label}, in the sidebar.",
            "bl_idname": f"EVP_PT_{prefix}_{name}",
            "bl_label": label,
            "bl_space_type": space,
            "bl_region_type": region,
            "bl_category": CATEGORY,
            "draw": draw_with(function),
        }
        if not parent:
            values["draw_header_preset"] = draw_presets
        if parent:
            values["bl_parent_id"] = f"EVP_PT_{prefix}_{parent}"
            values["bl_options"] = {"DEFAULT_CLOSED"}
        return type(values["bl_idname"], (bpy.types.Panel,), values)

    return (
        panel("main", "Emotional Video Portrait", draw_main),
        panel("emotion", "Emotion", draw_emotion, "main"),
        panel("face", "Face", draw_face, "main"),
        panel("camera", "Camera", draw_camera, "main"),
        panel("renderer", "Renderer", draw_renderer, "main"),
    )


CLASSES = (
    EVP_UL_shots,
    *_panels("VIEW_3D", "UI", "view3d"),
    *_panels("CLIP_EDITOR", "UI", "clip"),
)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
