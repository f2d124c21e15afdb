"""Presets of a shot's choices, in the header of its panel."""

from __future__ import annotations

import bpy
from bl_operators.presets import AddPresetBase
from bl_ui.utils import PresetPanel

from ..operator_parts import NeedsShot

CHOICES = (
    "extend",
    "camera_source",
    "focal_mm",
    "sensor_mm",
    "emotion_source",
    "upper_face",
    "mouth_gain",
    "adapt_speech",
    "renderer",
    "crop_size",
    "adapt_seconds",
    "seed",
    "device",
    "weights",
    "match_scene",
)
"""What is a matter of taste or machine, not of the plate."""

FOLDER = "evp/shot"


class EVP_PT_presets(PresetPanel, bpy.types.Panel):
    """The list of presets."""

    bl_idname = "EVP_PT_presets"
    bl_label = "Shot Presets"
    preset_subdir = FOLDER
    preset_operator = "script.execute_preset"
    preset_add_operator = "evp.preset_add"


class EVP_OT_preset_add(NeedsShot, AddPresetBase, bpy.types.Operator):
    """Add or remove a preset of the shot's choices."""

    bl_idname = "evp.preset_add"
    bl_label = "Add Shot Preset"
    bl_description = "Add or remove a preset of the shot's choices"
    preset_menu = "EVP_PT_presets"
    preset_defines = ["shot = bpy.context.scene.evp.shots[bpy.context.scene.evp.active]"]
    preset_values = [f"shot.{choice}" for choice in CHOICES]
    preset_subdir = FOLDER


CLASSES = (EVP_PT_presets, EVP_OT_preset_add)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
