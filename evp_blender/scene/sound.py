"""The speech as a sound strip, so that the scene plays with it."""

from __future__ import annotations

from pathlib import Path

import bpy

from .. import compat
from .names import mark, shot_name

ROLE = "speech"


def place_sound(
    scene: bpy.types.Scene, identity: str, name: str, speech: Path, frame: float
) -> None:
    """Put the speech at a frame of the sequencer; only the add-on's own strip is ever changed."""
    strips = compat.sequencer_strips(scene)
    own = next((s for s in strips.values() if s.get("evp_shot") == identity), None)
    if own is not None and Path(bpy.path.abspath(own.sound.filepath)) == speech:
        own.frame_start = round(frame)
        return
    made = compat.new_sound_strip(scene, shot_name(name, ROLE), str(speech), round(frame))
    if made is None:
        return
    mark(made, identity, ROLE)
    if own is not None:
        compat.remove_strip(scene, own)
    scene.sync_mode = "AUDIO_SYNC"
