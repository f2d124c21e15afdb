"""The edge map over the plate in the viewport: a second picture of the shot's camera, in front."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from .camera import new_background
from .names import ROLE_KEY, shot_name
from .records import ShotContent
from .sequence import image_sequence

ROLE = "edge map"


def show_edges(camera: bpy.types.Object, content: ShotContent, first_file: Path) -> Any:
    """Show the edge maps of a folder over the plate, in the view through the shot's camera.

    Args:
        camera: the shot's camera object.
        content: the shot.
        first_file: the edge map of the shot's first frame; each frame has one.
    """
    plate = content.plate
    image = image_sequence(content.identity, shot_name(content.name, ROLE), ROLE, first_file)
    background = find_edges(camera) or new_background(camera.data, "IMAGE")
    background.image = image
    background.display_depth = "FRONT"
    background.show_background_image = True
    user = background.image_user
    user.frame_start = content.start
    user.frame_offset = plate.first_frame - 1
    user.frame_duration = len(plate)
    user.use_auto_refresh = True
    camera.data.show_background_images = True
    return background


def find_edges(camera: bpy.types.Object) -> Any | None:
    """The camera's picture of the edge map, or None before it was shown."""
    for background in camera.data.background_images:
        if background.image is not None and background.image.get(ROLE_KEY) == ROLE:
            return background
    return None
