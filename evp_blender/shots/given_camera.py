"""The plate's camera where it is known: a camera of the scene, or the one solved from the plate."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ...core.errors import InputError
from ...core.records import Camera
from ..scene.camera import read_camera, read_motion
from ..scene.space import world_from_camera
from .settings import first_file_number, first_scene_frame, is_sequence, plate_path


def given_camera(scene: bpy.types.Scene, shot: Any) -> Camera | None:
    """The plate's camera as the shot's settings name it; None where it is not known.

    Raises:
        InputError: there is none of the kind that was chosen.
    """
    if shot.camera_source == "OBJECT":
        return _scene_camera(scene, shot)
    if shot.camera_source == "SOLVED":
        return _solved_camera(shot)
    return None


def _scene_camera(scene: bpy.types.Scene, shot: Any) -> Camera:
    if shot.camera is None or shot.camera.type != "CAMERA":
        raise InputError(f"The shot {shot.name} takes its camera from the scene; choose one.")
    width, height = shot.clip.size
    camera = read_camera(shot.camera, width, height)
    world = read_motion(scene, shot.camera, first_scene_frame(shot), _frame_count(shot))
    return Camera(camera.focal, camera.centre, width, height, world)


def _solved_camera(shot: Any) -> Camera:
    """The camera that was solved in the Movie Clip Editor from the plate's own tracks.

    Its motion has the solution's scale; its lens distortion is not used.
    """
    tracking = shot.clip.tracking
    solved = tracking.reconstruction.cameras
    if not tracking.reconstruction.is_valid:
        raise InputError(
            f"The plate {shot.clip.name} has no solved camera; track and solve it in the Movie "
            "Clip Editor, or choose another camera for the shot."
        )
    first = 1
    if shot.use_range:
        number = first_file_number(plate_path(shot)) if is_sequence(shot) else 1
        first += shot.frame_first - number
    frames = range(first, first + _frame_count(shot))
    missing = next((f for f in frames if solved.find_frame(frame=f) is None), None)
    if missing is not None:
        raise InputError(
            f"The plate {shot.clip.name} has no solved camera at its frame {missing}; track the "
            "whole shot and solve again, or choose fewer frames."
        )
    matrices = np.array([np.array(solved.matrix_from_frame(frame=f)) for f in frames])
    width, height = shot.clip.size
    across, up = tracking.camera.principal_point_pixels
    centre = np.array([across, height - up])
    world = world_from_camera(matrices)
    return Camera(tracking.camera.focal_length_pixels, centre, width, height, world)


def _frame_count(shot: Any) -> int:
    if shot.use_range:
        return int(shot.frame_last - shot.frame_first + 1)
    return int(shot.clip.frame_duration)
