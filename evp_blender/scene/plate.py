"""The plate as a Movie Clip."""

from __future__ import annotations

import re
from collections.abc import Container
from pathlib import Path

import bpy

from ...core.errors import InputError
from ...core.records import Plate

MOVING = frozenset({".mp4", ".mov", ".mkv", ".avi", ".webm", ".mxf", ".m4v", ".mpg", ".mpeg"})
"""Suffixes of movies; a number in their names is no frame number."""


def first_file(path: Path) -> Path:
    """The first image of the sequence that an image, a folder or a pattern belongs to."""
    if path.is_dir():
        path = next((p for p in sorted(path.iterdir()) if re.search(r"\d+$", p.stem)), path)
    match = re.fullmatch(r"(.*?)(#+|%0?\d*d|\d+)", path.stem)
    if match is None or path.suffix.lower() in MOVING or not path.parent.is_dir():
        return path
    pattern = re.compile(re.escape(match[1]) + r"(\d+)" + re.escape(path.suffix))
    numbered = [(m, p) for p in path.parent.iterdir() if (m := pattern.fullmatch(p.name))]
    return min(numbered, key=lambda pair: int(pair[0][1]))[1] if numbered else path


def load_clip(path: Path | str, in_use: Container[str] = ()) -> bpy.types.MovieClip:
    """Load a movie or the sequence an image belongs to, or find it among the loaded clips.

    Args:
        path: the movie, or an image, folder or pattern of a sequence.
        in_use: names of clips that must not be taken.

    Raises:
        InputError: Blender cannot read the file.
    """
    full = first_file(Path(bpy.path.abspath(str(path))).resolve())
    for clip in bpy.data.movieclips:
        if clip.library is not None or clip.name in in_use:
            continue
        if Path(bpy.path.abspath(clip.filepath)).resolve() == full:
            return clip
    try:
        clip = bpy.data.movieclips.load(str(full))
    except RuntimeError as error:
        reason = str(error).strip().rstrip(".")
        raise InputError(f"{full}: Blender cannot open this plate ({reason}).") from error
    if clip.frame_duration < 1:
        bpy.data.movieclips.remove(clip)
        raise InputError(
            f"{full}: Blender sees no picture in this plate; give a movie or an image."
        )
    return clip


def place_clip(clip: bpy.types.MovieClip, plate: Plate, start: int) -> None:
    """Show the shot's first frame at the scene's frame ``start``."""
    clip.frame_start = start - plate.skip
