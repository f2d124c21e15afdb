"""A shot's own image sequences, found again or loaded."""

from __future__ import annotations

from pathlib import Path

import bpy

from .names import find, mark


def image_sequence(identity: str, name: str, role: str, first_file: Path) -> bpy.types.Image:
    """The shot's image of that role, showing the files as they are on disk now.

    Args:
        identity: of the shot.
        name: for a new image.
        role: what the image is in its shot.
        first_file: a movie, or the first image of a numbered sequence.
    """
    path = str(first_file)
    image = find(bpy.data.images, identity, role)
    if image is None:
        image = bpy.data.images.load(path)
        image.name = name
        mark(image, identity, role)
    elif image.filepath != path:
        image.filepath = path
    if image.source == "FILE":
        image.source = "SEQUENCE"
    image.reload()
    return image
