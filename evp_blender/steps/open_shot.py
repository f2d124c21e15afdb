"""Put a shot folder that the command line or a farm made into a scene."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.props import StringProperty

from ...core.face.head import load_head
from ...core.records import Plate
from ...core.settings import ShotSettings
from ...core.shot import Shot
from ..emotion.curves import emotion_object, write_keys
from ..engine.plate_file import write_plate
from ..operator_parts import AsksForFile, ToldRefusal, is_idle
from ..scene.build import build_scene, next_take
from ..scene.compositor import build_compositor
from ..scene.edits import show_edits
from ..scene.plate import load_clip
from ..scene.records import ShotObjects
from ..shots.access import clips_in_use, new_shot
from ..shots.operator import set_plate
from ..shots.settings import first_scene_frame, is_sequence
from .content import place_speech, rendered_layers, shot_content
from .state import STEPS, mark_done


def open_shot(scene: bpy.types.Scene, folder: Path, name: str = "") -> ShotObjects:
    """Add a shot to the scene that works in this folder, and build what was run of it.

    It shows what is rendered: an artist's edits that lie in the folder are in the first take.

    Raises:
        InputError: this is no shot folder, it was not fitted yet, or its plate is gone.
    """
    records = Shot(folder.resolve())
    settings = records.read_settings()
    fit = records.load_fit()
    if records.stored_key("align") is not None:
        length = len(records.load_aligned().valid)
    else:
        length = len(fit.valid)
    plate = _plate(settings, length)
    clip = load_clip(plate.path, clips_in_use())
    write_plate(records.folder, plate)
    shot = new_shot(scene, name or records.folder.name)
    shot.folder = str(records.folder)
    set_plate(shot, clip)
    _take_over(shot, settings, plate)
    empty = emotion_object(scene, shot.identity, shot.name)
    if settings.emotion is not None:
        shot.emotion_source = "CURVES"
        frames = first_scene_frame(shot) + settings.emotion.times * float(plate.rate)
        write_keys(empty, frames, settings.emotion.weights)
    content = shot_content(scene, shot)
    take = next_take(content, 0)
    head = load_head()
    objects = build_scene(scene, content, head, take)
    if content.aligned is not None and records.is_edited:
        show_edits(objects, content, records.load_aligned(), head, take)
    shot.take = shot.newest_take = take
    layers = rendered_layers(records.folder, plate)
    build_compositor(scene, content, clip, layers)
    place_speech(scene, shot)
    mark_done(scene, shot, *_done_steps(records, layers is not None))
    return objects


class EVP_OT_open_shot(AsksForFile, ToldRefusal, bpy.types.Operator):
    """Open a shot folder."""

    bl_idname = "evp.open_shot"
    bl_label = "Open Shot Folder"
    bl_description = "Add a shot that the command line or a farm made, and build its scene"
    bl_options = {"UNDO"}
    __annotations__ = {
        "directory": StringProperty(name="Folder", subtype="DIR_PATH"),
        "name": StringProperty(name="Name", description="Empty takes the folder's"),
    }

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether a shot can be added."""
        return is_idle(cls, context)

    def carry_out(self, context: bpy.types.Context) -> None:
        """Open it."""
        open_shot(context.scene, Path(bpy.path.abspath(self.directory)), self.name)


def register() -> None:
    """Register the operator."""
    bpy.utils.register_class(EVP_OT_open_shot)


def unregister() -> None:
    """Take the operator away."""
    bpy.utils.unregister_class(EVP_OT_open_shot)


def _done_steps(records: Shot, is_rendered: bool) -> tuple[str, ...]:
    if is_rendered:
        return STEPS
    if records.stored_key("align") is not None:
        return STEPS[: STEPS.index("build_scene") + 1]
    return STEPS[: STEPS.index("fit") + 1]


def _plate(settings: ShotSettings, length: int) -> Plate:
    from ...core.media.plate import extend_pingpong, open_plate

    plate = open_plate(settings.plate, settings.frames, settings.plate_rate)
    return extend_pingpong(plate, length / float(plate.rate)) if length > len(plate) else plate


def _take_over(shot: Any, settings: ShotSettings, plate: Plate) -> None:
    """Set a shot's properties to the settings its folder was made with."""
    shot.speech = "" if settings.audio is None else str(settings.audio)
    shot.audio_offset = settings.audio_offset
    shot.transcript = "" if settings.transcript is None else str(settings.transcript)
    shot.language = settings.language
    shot.extend = settings.extend
    if settings.frames is not None:
        shot.use_range = True
        shot.frame_first, shot.frame_last = settings.frames
    if is_sequence(shot):
        shot.plate_rate = float(plate.rate)
    shot.colour_space = settings.colour_space or ""
    shot.ocio_config = settings.ocio_config or ""
    if settings.face is not None:
        shot.use_face, shot.face = True, settings.face
    if settings.neutral_frame is not None:
        shot.neutral_frame = settings.neutral_frame
    if settings.focal is not None:
        shot.camera_source = "FOCAL"
        shot.focal_mm = settings.focal * shot.sensor_mm / plate.width
    if settings.emotion_from is not None:
        shot.emotion_source = "RECORDING"
        shot.emotion_from = str(settings.emotion_from)
    for name in (
        "upper_face",
        "mouth_gain",
        "adapt_speech",
        "renderer",
        "adapt_seconds",
        "seed",
        "device",
        "weights",
    ):
        setattr(shot, name, getattr(settings, name))
    shot.crop_size = str(settings.crop_size or 0)
