"""Between the F-curves of a shot's emotion object and an ``EmotionCurve``."""

from __future__ import annotations

import bpy
import numpy as np

from ...core.records import EMOTIONS, EmotionCurve, FloatArray
from .. import compat
from ..scene.actions import LINEAR
from ..scene.collection import shot_collection, shot_object
from .prop import CHANNELS, COLOURS, data_path

NEUTRAL = EMOTIONS.index("neutral")
ROLE = "emotion"
CURVE_GROUP = "Emotion"


def emotion_object(scene: bpy.types.Scene, identity: str, name: str) -> bpy.types.Object:
    """The empty that carries a shot's emotion weights."""
    collection = shot_collection(scene, identity, name)
    empty, is_new = shot_object(collection, identity, name, ROLE, lambda _: None)
    if is_new:
        empty.empty_display_size = 0.05
        empty.hide_render = True
    # The graph editor shows it behind the name of each curve.
    empty.evp_emotion.name = name
    return empty


def sample_emotion(
    scene: bpy.types.Scene, empty: bpy.types.Object, start: int, times: FloatArray
) -> EmotionCurve:
    """The weights at each frame of the shot, as Blender evaluates them.

    Args:
        scene: the scene whose frames count.
        empty: the shot's emotion object.
        start: the scene's frame of the shot's first frame.
        times: (T,) seconds of the shot's frames.
    """
    data = empty.animation_data
    simple = data is None or (not data.drivers and not data.nla_tracks)
    values = _from_curves if simple else _from_scene
    columns = values(scene, empty, start, len(times))
    return EmotionCurve(np.asarray(times, dtype=np.float64), combine(columns))


def combine(channels: FloatArray) -> FloatArray:
    """Weights (T, 8) that sum to 1 from the nine channels (T, 9)."""
    weights = np.clip(channels[:, :-1], 0.0, 1.0)
    weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1.0)
    weights[:, NEUTRAL] += 1.0 - weights.sum(axis=1)
    intensity = np.clip(channels[:, -1:], 0.0, 1.0)
    still = np.zeros_like(weights)
    still[:, NEUTRAL] = 1.0
    mixed: FloatArray = still + intensity * (weights - still)
    return mixed


def key_emotion(
    empty: bpy.types.Object, frame: float, weights: dict[str, float], intensity: float | None
) -> None:
    """Key all eight weights at a frame (those not named become 0), and the intensity if given."""
    values = {emotion: weights.get(emotion, 0.0) for emotion in EMOTIONS}
    if intensity is not None:
        values["intensity"] = intensity
    for channel, value in values.items():
        setattr(empty.evp_emotion, channel, value)
        empty.keyframe_insert(data_path(channel), frame=frame, group=CURVE_GROUP)
    _style(empty)


def bake_emotion(empty: bpy.types.Object, start: int, weights: FloatArray, step: int) -> None:
    """Key weights (T, 8) on every ``step``-th frame and the last, in place of the keys there."""
    rows = np.unique(np.append(np.arange(0, len(weights), max(1, step)), len(weights) - 1))
    write_keys(empty, start + rows.astype(np.float64), weights[rows])


def write_keys(empty: bpy.types.Object, frames: FloatArray, weights: FloatArray) -> None:
    """Key weights (K, 8) at ascending frames (K,), in place of the keys from first to last."""
    curves = compat.animation_curves(empty)
    for emotion in EMOTIONS:
        found = curves.find(data_path(emotion)) if curves is not None else None
        if found is not None:
            for point in reversed(list(found.keyframe_points)):
                if frames[0] <= point.co.x <= frames[-1]:
                    found.keyframe_points.remove(point, fast=True)
            found.update()
    first = {emotion: float(weights[0, e]) for e, emotion in enumerate(EMOTIONS)}
    key_emotion(empty, float(frames[0]), first, None)
    curves = compat.animation_curves(empty)
    assert curves is not None
    for column, emotion in enumerate(EMOTIONS):
        points = curves.find(data_path(emotion)).keyframe_points
        have = len(points)
        points.add(len(frames) - 1)
        places = np.empty(2 * len(points), dtype=np.float32)
        points.foreach_get("co", places)
        places[2 * have :: 2] = frames[1:]
        places[2 * have + 1 :: 2] = weights[1:, column]
        points.foreach_set("co", places)
        curves.find(data_path(emotion)).update()
    _style(empty)


def keys_stamp(empty: bpy.types.Object | None) -> tuple[object, ...]:
    """Everything the curves are made of, to tell whether they changed."""
    if empty is None:
        return ()
    values: list[object] = [round(getattr(empty.evp_emotion, channel), 6) for channel in CHANNELS]
    curves = compat.animation_curves(empty)
    if curves is not None:
        # An animated value follows the current frame; its keys say what it is.
        values = []
        for curve in curves:
            points = np.empty(6 * len(curve.keyframe_points), dtype=np.float32)
            count = 2 * len(curve.keyframe_points)
            curve.keyframe_points.foreach_get("co", points[:count])
            curve.keyframe_points.foreach_get("handle_left", points[count : 2 * count])
            curve.keyframe_points.foreach_get("handle_right", points[2 * count :])
            values.append((curve.data_path, points.tobytes()))
    return tuple(values)


def _from_curves(
    scene: bpy.types.Scene, empty: bpy.types.Object, start: int, count: int
) -> FloatArray:
    curves = compat.animation_curves(empty)
    result = np.empty((count, len(CHANNELS)))
    for column, channel in enumerate(CHANNELS):
        curve = curves.find(data_path(channel)) if curves is not None else None
        if curve is None or curve.mute or curve.is_empty:
            result[:, column] = getattr(empty.evp_emotion, channel)
        else:
            result[:, column] = [curve.evaluate(start + index) for index in range(count)]
    return result


def _from_scene(
    scene: bpy.types.Scene, empty: bpy.types.Object, start: int, count: int
) -> FloatArray:
    kept, subframe = scene.frame_current, scene.frame_subframe
    result = np.empty((count, len(CHANNELS)))
    for index in range(count):
        scene.frame_set(start + index)
        result[index] = [getattr(empty.evp_emotion, channel) for channel in CHANNELS]
    scene.frame_set(kept, subframe=subframe)
    return result


def _style(empty: bpy.types.Object) -> None:
    curves = compat.animation_curves(empty)
    for channel in CHANNELS:
        curve = curves.find(data_path(channel)) if curves is not None else None
        if curve is None:
            continue
        curve.color_mode = "CUSTOM"
        curve.color = COLOURS[channel]
        curve.keyframe_points.foreach_set(
            "interpolation", np.full(len(curve.keyframe_points), LINEAR, dtype=np.int32)
        )
