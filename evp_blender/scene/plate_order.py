"""The plate as an image whose frames run in any order: a Movie Clip only runs forth.

A plate that runs forth and back is shown so, behind the camera and in the compositor.
"""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from .actions import fill_curve, renewed_curve
from .names import shot_name
from .records import ShotContent
from .sequence import image_sequence

ROLE = "plate"


def plate_image(content: ShotContent) -> bpy.types.Image:
    """The plate as an image."""
    name = shot_name(content.name, ROLE)
    return image_sequence(content.identity, name, ROLE, content.plate.path)


def key_order(
    owner: bpy.types.ID, action_name: str, path: str, user: Any, content: ShotContent
) -> None:
    """Key which of the plate's frames is shown at each of the scene's.

    Args:
        owner: the datablock that is animated.
        action_name: of the action it gets where it has none.
        path: from the owner to the user.
        user: what shows the image; has ``frame_start``, ``frame_duration`` and ``frame_offset``.
        content: the shot; its plate has an order.
    """
    plate = content.plate
    assert plate.order is not None
    user.frame_start = content.start
    user.frame_duration = len(plate)
    user.use_auto_refresh = True
    offsets = plate.first_frame - 1 + plate.order - np.arange(len(plate))
    curve = renewed_curve(owner, action_name, f"{path}.frame_offset")
    fill_curve(curve, content.start, offsets.astype(np.float64))
