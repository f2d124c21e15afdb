"""A shot in ten lines, for scripts inside Blender.

    from bl_ext.user_default.evp_blender.evp_blender import api

    shot = api.add_shot("sh010", plate="/plates/sh010.1001.exr", speech="/line.wav", rate=24)
    shot.key_emotion(1001, "neutral")
    shot.key_emotion(1049, "happy", 0.8)
    shot.build_scene()
    shot.render()

Every method raises RuntimeError with one sentence where it fails, like the operators it calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from .scene.build import find_shot
from .scene.records import ShotObjects
from .shots.access import named_shot
from .shots.folder import use_folder


@dataclass(frozen=True)
class ShotHandle:
    """One shot of the current scene.

    Attributes:
        name: the shot's name.
    """

    name: str

    @property
    def settings(self) -> Any:
        """The shot's properties, as the panels show them."""
        return named_shot(bpy.context.scene, self.name)

    @property
    def folder(self) -> Path:
        """Where the shot's files lie."""
        return use_folder(bpy.context.scene, self.settings)

    @property
    def objects(self) -> ShotObjects | None:
        """Camera, head, keypoints and clip; None before the scene was built."""
        return find_shot(bpy.context.scene, self.settings.identity)

    def key_emotion(self, frame: int, emotion: str, weight: float = 1.0) -> None:
        """Key a feeling at a frame of the scene, or a mixture like ``sad:0.5,fear:0.3``."""
        if ":" in emotion:
            bpy.ops.evp.key_emotion(shot=self.name, frame=frame, mix=emotion)
        else:
            bpy.ops.evp.key_emotion(shot=self.name, frame=frame, emotion=emotion, weight=weight)

    def build_scene(self) -> ShotObjects:
        """Track, fit, listen and predict where needed, and build the scene."""
        bpy.ops.evp.build_scene(shot=self.name)
        objects = self.objects
        assert objects is not None
        return objects

    def render(self, first: int = -1, last: int = -1) -> None:
        """Render and composite what the scene shows; the plate's frames first to last, or all."""
        bpy.ops.evp.render(shot=self.name, first=first, last=last)

    def run(self) -> None:
        """Every step, and the movie."""
        bpy.ops.evp.run(shot=self.name)


def add_shot(
    name: str = "", plate: str = "", speech: str = "", rate: float = 0.0, **settings: Any
) -> ShotHandle:
    """Add a shot to the current scene.

    Args:
        name: empty numbers it.
        plate: movie, or any image of a numbered sequence.
        speech: sound file.
        rate: frames per second of a sequence.
        settings: any of the shot's properties by name, e.g. ``adapt_seconds=30``.
    """
    bpy.ops.evp.shot_add(name=name, plate=str(plate), speech=str(speech), rate=rate)
    shots = bpy.context.scene.evp.shots
    shot = shots[len(shots) - 1]
    for setting, value in settings.items():
        setattr(shot, setting, value)
    return ShotHandle(shot.name)


def open_shot(folder: str, name: str = "") -> ShotHandle:
    """Put a shot folder that the command line or a farm made into the current scene."""
    bpy.ops.evp.open_shot(directory=str(folder), name=name)
    shots = bpy.context.scene.evp.shots
    return ShotHandle(shots[len(shots) - 1].name)
