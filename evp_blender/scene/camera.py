"""The camera that matches the plate, with the plate behind it; and reading a camera back."""

from __future__ import annotations

from fractions import Fraction

import bpy
import numpy as np

from ...core.records import Camera
from .actions import Curves, fingerprint, write_take
from .collection import shot_object
from .names import is_current, shot_name, take_name
from .plate_order import key_order, plate_image
from .records import ShotContent
from .space import camera_matrices, quaternions, world_from_camera

SENSOR_WIDTH = 36.0
"""Millimetres; only the ratio of focal length to sensor is known of a plate."""

POSE_PATHS = frozenset({"location", "rotation_quaternion"})


def build_camera(
    collection: bpy.types.Collection, content: ShotContent, clip: bpy.types.MovieClip, take: int
) -> bpy.types.Object:
    """Make or update the shot's camera object."""
    camera_object, _ = shot_object(
        collection, content.identity, content.name, "camera", bpy.data.cameras.new
    )
    camera = content.fit.camera
    data = camera_object.data
    _show_plate(data, clip, content)
    made_from = np.array([camera.focal, *camera.centre, camera.width, camera.height])
    world = np.zeros(0) if camera.world is None else camera.world
    if is_current(data, fingerprint(made_from, world, np.array([content.start]))):
        return camera_object
    data.type = "PERSP"
    data.sensor_fit = "HORIZONTAL"
    data.sensor_width = SENSOR_WIDTH
    data.sensor_height = SENSOR_WIDTH * camera.height / camera.width
    data.lens = camera.focal * SENSOR_WIDTH / camera.width
    data.shift_x = float(0.5 - camera.centre[0] / camera.width)
    data.shift_y = float((camera.centre[1] - 0.5 * camera.height) / camera.width)
    data.clip_start = 0.01
    data.passepartout_alpha = 1.0

    matrices = camera_matrices(camera.world)
    camera_object.rotation_mode = "QUATERNION"
    if camera.world is None:
        camera_object.location = matrices[0, :3, 3]
        camera_object.rotation_quaternion = quaternions(matrices)[0]
    else:
        write_take(
            camera_object,
            take_name(content.name, take),
            "camera",
            pose_curves(matrices),
            content.start,
            POSE_PATHS.__contains__,
            "",
        )
    return camera_object


def pose_curves(matrices: np.ndarray) -> Curves:
    """Location and quaternion curves of world matrices (T, 4, 4)."""
    curves: Curves = {("location", axis): matrices[:, axis, 3] for axis in range(3)}
    rotation = quaternions(matrices)
    curves |= {("rotation_quaternion", axis): rotation[:, axis] for axis in range(4)}
    return curves


def match_scene(
    scene: bpy.types.Scene,
    content: ShotContent,
    collection: bpy.types.Collection,
    camera: bpy.types.Object,
) -> None:
    """Give the scene the plate's size, rate and range, and look through the shot's camera.

    Once: what an artist sets afterwards stays until the plate or its place change.
    """
    plate = content.plate
    facts = (plate.width, plate.height, plate.rate, content.start, len(plate))
    if is_current(collection, str(facts)):
        return
    scene.camera = camera
    scene.render.resolution_x = plate.width
    scene.render.resolution_y = plate.height
    scene.render.resolution_percentage = 100
    scene.render.pixel_aspect_x = scene.render.pixel_aspect_y = 1.0
    scene.render.fps, scene.render.fps_base = blender_rate(plate.rate)
    # Dithering would change the plate's own pixels by one level on the way out.
    scene.render.dither_intensity = 0.0
    scene.frame_start = content.start
    scene.frame_end = content.start + len(plate) - 1


def blender_rate(rate: Fraction) -> tuple[int, float]:
    """Blender's frame rate and its divisor, e.g. (24, 1.001) for 24000/1001."""
    whole = max(1, round(rate))
    return whole, float(whole / rate)


def scene_rate(scene: bpy.types.Scene) -> float:
    """The scene's frames per second."""
    return float(scene.render.fps / scene.render.fps_base)


def read_camera(camera_object: bpy.types.Object, width: int, height: int) -> Camera:
    """The pinhole camera, without motion, of a Blender camera that renders width x height."""
    data = camera_object.data
    by_width = data.sensor_fit == "HORIZONTAL" or (data.sensor_fit == "AUTO" and width >= height)
    sensor = data.sensor_height if data.sensor_fit == "VERTICAL" else data.sensor_width
    pixels = width if by_width else height
    centre = np.array([width * 0.5 - data.shift_x * pixels, height * 0.5 + data.shift_y * pixels])
    return Camera(data.lens / sensor * pixels, centre, width, height)


def read_motion(
    scene: bpy.types.Scene, camera_object: bpy.types.Object, start: int, count: int
) -> np.ndarray | None:
    """``Camera.world`` (T, 4, 4) of an animated camera; None for one that stands still."""
    kept = scene.frame_current
    matrices = np.empty((count, 4, 4))
    for index in range(count):
        scene.frame_set(start + index)
        matrices[index] = np.array(camera_object.matrix_world)
    scene.frame_set(kept)
    if np.allclose(matrices, matrices[:1], atol=1e-7):
        return None
    return world_from_camera(matrices)


def _show_plate(data: bpy.types.Camera, clip: bpy.types.MovieClip, content: ShotContent) -> None:
    data.show_background_images = True
    background = next((b for b in data.background_images if b.clip == clip), None)
    if background is None:
        background = new_background(data, "MOVIE_CLIP")
        background.clip = clip
    if content.plate.order is None:
        return
    background.show_background_image = False
    image = plate_image(content)
    places = [index for index, b in enumerate(data.background_images) if b.image == image]
    if not places:
        new_background(data, "IMAGE").image = image
        places = [len(data.background_images) - 1]
    user = data.background_images[places[0]].image_user
    path = f"background_images[{places[0]}].image_user"
    key_order(data, shot_name(content.name, "plate order"), path, user, content)


def new_background(data: bpy.types.Camera, source: str) -> bpy.types.CameraBackgroundImage:
    """Add a picture that fills the camera's frame, behind everything."""
    background = data.background_images.new()
    background.source = source
    background.alpha = 1.0
    background.display_depth = "BACK"
    background.frame_method = "STRETCH"
    return background
