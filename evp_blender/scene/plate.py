"""The plate as a Movie Clip."""

from __future__ import annotations

from pathlib import Path

import bpy

from ...core.errors import InputError
from ...core.records import Plate


def load_clip(path: Path | str) -> bpy.types.MovieClip:
    """Load a movie or the sequence an image belongs to, or find it among the loaded clips.

    Raises:
        InputError: Blender cannot read the file.
    """
    full = Path(bpy.path.abspath(str(path))).resolve()
    for clip in bpy.data.movieclips:
        if clip.library is None and Path(bpy.path.abspath(clip.filepath)).resolve() == full:
            return clip
    try:
        return bpy.data.movieclips.load(str(full))
    except RuntimeError as error:
        raise InputError(f"{full}: Blender cannot open this plate ({error}).") from error


def place_clip(clip: bpy.types.MovieClip, plate: Plate, start: int) -> None:
    """Show the shot's first frame at the scene's frame ``start``."""
    clip.frame_start = start - plate.skip
