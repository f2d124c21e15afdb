"""Add and remove shots, load plates."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import BoolProperty, FloatProperty, IntProperty, StringProperty

from ..compat import PATH_OPTIONS
from ..emotion.curves import emotion_object
from ..operator_parts import SHOT, AsksForFile, ToldRefusal, has_shot, is_idle
from ..scene.plate import load_clip
from ..scene.remove import remove_shot
from .access import clips_in_use, named_shot, new_shot
from .settings import first_file_number, is_sequence, plate_path


class EVP_OT_shot_add(ToldRefusal, bpy.types.Operator):
    """Add a shot to the scene."""

    bl_idname = "evp.shot_add"
    bl_label = "Add Shot"
    bl_description = "Add a shot to the scene"
    bl_options = {"UNDO"}
    __annotations__ = {
        "name": StringProperty(name="Name", description="Empty numbers it: sh010, sh020, ..."),
        "plate": StringProperty(name="Plate", subtype="FILE_PATH", options=PATH_OPTIONS),
        "speech": StringProperty(name="Speech", subtype="FILE_PATH", options=PATH_OPTIONS),
        "rate": FloatProperty(
            name="Frame Rate", description="Of an image sequence", default=0.0, min=0.0
        ),
    }

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether a shot can be added."""
        return is_idle(cls, context)

    def carry_out(self, context: bpy.types.Context) -> None:
        """Add it."""
        clip = load_clip(self.plate, clips_in_use()) if self.plate else None
        shot = new_shot(context.scene, self.name)
        emotion_object(context.scene, shot.identity, shot.name)
        shot.speech = self.speech
        shot.plate_rate = self.rate
        if clip is not None:
            set_plate(shot, clip)


class EVP_OT_shot_remove(ToldRefusal, bpy.types.Operator):
    """Remove a shot from the list."""

    bl_idname = "evp.shot_remove"
    bl_label = "Remove Shot"
    bl_description = "Remove the shot from the list; its files stay"
    bl_options = {"UNDO"}
    __annotations__ = {
        "shot": SHOT,
        "delete_objects": BoolProperty(
            name="Delete Objects",
            description="Delete what the add-on made for the shot; your own objects stay",
            default=False,
        ),
    }

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether there is a shot to remove."""
        return is_idle(cls, context) and has_shot(cls, context)

    def carry_out(self, context: bpy.types.Context) -> None:
        """Remove it."""
        root = context.scene.evp
        shot = named_shot(context.scene, self.shot)
        if self.delete_objects:
            remove_shot(context.scene, shot.identity, shot.name)
        identities = [other.identity for other in root.shots]
        root.shots.remove(identities.index(shot.identity))
        root.active = max(0, min(root.active, len(root.shots) - 1))


class EVP_OT_load_plate(AsksForFile, ToldRefusal, bpy.types.Operator):
    """Load a movie or a numbered image sequence as the shot's plate."""

    bl_idname = "evp.load_plate"
    bl_label = "Load Plate"
    bl_description = "Load a movie, or any image of a numbered sequence, as the shot's plate"
    bl_options = {"UNDO"}
    __annotations__ = {
        "filepath": StringProperty(name="File", subtype="FILE_PATH", options=PATH_OPTIONS),
        "shot": SHOT,
        "rate": FloatProperty(
            name="Frame Rate", description="Of an image sequence", default=0.0, min=0.0
        ),
        "first_frame": IntProperty(
            name="First Frame",
            description="The scene's frame that shows the plate's first; -1 keeps its own number",
            default=-1,
            min=-1,
        ),
        "filter_movie": BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"}),
        "filter_image": BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"}),
        "filter_folder": BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"}),
    }

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether there is a shot to load it into."""
        return is_idle(cls, context) and has_shot(cls, context)

    def carry_out(self, context: bpy.types.Context) -> None:
        """Load it."""
        shot = named_shot(context.scene, self.shot)
        clip = load_clip(self.filepath, clips_in_use(besides=shot.identity))
        if self.rate > 0.0:
            shot.plate_rate = self.rate
        if self.first_frame > 0:
            shot.start = self.first_frame
        set_plate(shot, clip)


def set_plate(shot: Any, clip: bpy.types.MovieClip) -> None:
    """Make a clip the shot's plate; a sequence is shown at the numbers of its files."""
    shot.clip = clip
    first = 1
    if is_sequence(shot):
        # Blender starts every clip at frame 1, whatever number its first file has.
        first = first_file_number(plate_path(shot))
        clip.frame_start = shot.start or first
    shot.frame_first = first
    shot.frame_last = first + max(clip.frame_duration, 1) - 1


CLASSES = (EVP_OT_shot_add, EVP_OT_shot_remove, EVP_OT_load_plate)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
