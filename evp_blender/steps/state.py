"""Which steps of a shot are done, and which are stale because what they were made from changed."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

import bpy

from ..emotion.curves import ROLE as EMOTION_ROLE
from ..emotion.curves import keys_stamp
from ..scene.collection import find_object

State = Literal["todo", "done", "stale"]

STEPS: tuple[str, ...] = ("track", "fit", "listen", "build_scene", "adapt", "render")

READS: dict[str, tuple[str, ...]] = {
    "track": (
        "clip",
        "use_range",
        "frame_first",
        "frame_last",
        "plate_rate",
        "colour_space",
        "ocio_config",
        "use_face",
        "face",
    ),
    "fit": ("camera_source", "focal_mm", "sensor_mm", "camera", "neutral_frame"),
    "listen": (
        "speech",
        "speech_strip",
        "audio_offset",
        "extend",
        "emotion_source",
        "emotion_from",
    ),
    "build_scene": ("transcript", "language", "mouth_gain", "adapt_speech", "upper_face", "start"),
    "adapt": ("renderer", "crop_size", "adapt_seconds", "seed", "device", "weights"),
    "render": (),
}
"""The settings each step depends on, besides those of the steps it needs."""

NEEDS: dict[str, tuple[str, ...]] = {
    "track": (),
    "fit": ("track",),
    "listen": ("track",),
    "build_scene": ("track", "fit", "listen"),
    "adapt": ("track", "fit", "listen", "build_scene"),
    "render": ("track", "fit", "listen", "build_scene", "adapt"),
}
"""The steps before each step."""


def step_stamp(scene: bpy.types.Scene, shot: Any, step: str) -> str:
    """A short word that changes when anything the step depends on changes."""
    values: list[Any] = []
    for name in (*NEEDS[step], step):
        for setting in READS[name]:
            value = getattr(shot, setting)
            if setting == "clip":
                value = value.filepath if value else ""
            values.append(getattr(value, "name", value))
        if name == "build_scene" and shot.emotion_source == "CURVES":
            values.append(keys_stamp(find_object(scene, shot.identity, EMOTION_ROLE)))
    return hashlib.blake2b(repr(values).encode(), digest_size=6).hexdigest()


def step_state(scene: bpy.types.Scene, shot: Any, step: str) -> State:
    """Whether a step is still to be done, done, or stale."""
    stored = json.loads(shot.stamps).get(step)
    if stored is None:
        return "todo"
    return "done" if stored == step_stamp(scene, shot, step) else "stale"


def mark_done(scene: bpy.types.Scene, shot: Any, *steps: str) -> None:
    """Note that steps were run on the shot as it is now."""
    stamps = json.loads(shot.stamps)
    stamps |= {step: step_stamp(scene, shot, step) for step in steps}
    shot.stamps = json.dumps(stamps)
