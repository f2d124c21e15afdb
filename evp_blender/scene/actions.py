"""F-curves of a take: one key per frame, a new action and slot per take, nothing overwritten."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import bpy
import numpy as np

from ...core.arkit import SHAPE_NAMES
from ...core.records import FloatArray
from .. import compat
from .names import FINGERPRINT_KEY

LINEAR = 1
"""Blender's number of the interpolation between two keys."""

Curves = dict[tuple[str, int], FloatArray]
"""(data path, array index) -> one value per frame."""


def shape_path(name: str) -> str:
    """The data path of a shape key's value, from its Key datablock."""
    return f'key_blocks["{name}"].value'


SHAPE_PATHS = frozenset(shape_path(name) for name in SHAPE_NAMES)


def fingerprint(*arrays: FloatArray) -> str:
    """A short hash of what a take's curves are made from."""
    digest = hashlib.blake2b(digest_size=8)
    for array in arrays:
        digest.update(np.ascontiguousarray(array, dtype=np.float32).tobytes())
    return digest.hexdigest()


def write_take(
    owner: bpy.types.ID,
    action_name: str,
    slot_name: str,
    curves: Curves,
    start: int,
    is_ours: Callable[[str], bool],
    stamp: str,
) -> bpy.types.Action:
    """Give a datablock a take's curves; leave them as they are where the take is there already.

    Curves an artist keyed on other properties of the same datablock go along into the new take.

    Args:
        owner: the object or Key datablock to animate.
        action_name: the take's action.
        slot_name: what the owner is called in the action.
        curves: all of the take's curves for this owner.
        start: the scene's frame of the first value.
        is_ours: whether a data path belongs to takes.
        stamp: fingerprint of the prediction.
    """
    before = compat.animation_curves(owner)
    others = [curve for curve in before or () if not is_ours(curve.data_path)]
    action, channels = compat.assign_action(owner, action_name, slot_name)
    action.use_fake_user = True
    action[FINGERPRINT_KEY] = stamp
    for (path, index), values in curves.items():
        if channels.find(path, index=index) is None:
            fill_curve(channels.new(path, index=index), start, values)
    for curve in others:
        if channels.find(curve.data_path, index=curve.array_index) is None:
            _copy(curve, channels.new(curve.data_path, index=curve.array_index))
    return action


def renewed_curve(owner: bpy.types.ID, action_name: str, path: str) -> bpy.types.FCurve:
    """An empty F-curve for one of the add-on's own properties, in the action the owner uses.

    Args:
        owner: the datablock to animate.
        action_name: of the action it gets where it has none.
        path: the property's data path.
    """
    curves = compat.animation_curves(owner)
    if curves is None:
        _, curves = compat.assign_action(owner, action_name, action_name)
    old = curves.find(path)
    if old is not None:
        curves.remove(old)
    curve = curves.new(path)
    # Not for an artist's hand: it would stand among the keys in the graph editor.
    curve.lock = curve.hide = True
    return curve


def fill_curve(curve: bpy.types.FCurve, start: int, values: FloatArray) -> None:
    """Key one value per frame on an empty curve."""
    points = np.empty((len(values), 2), dtype=np.float32)
    points[:, 0] = start + np.arange(len(values))
    points[:, 1] = values
    curve.keyframe_points.add(len(values))
    curve.keyframe_points.foreach_set("co", points.ravel())
    curve.keyframe_points.foreach_set("interpolation", np.full(len(values), LINEAR, dtype=np.int32))
    curve.update()


def _copy(source: bpy.types.FCurve, target: bpy.types.FCurve) -> None:
    target.extrapolation = source.extrapolation
    target.keyframe_points.add(len(source.keyframe_points))
    for old, new in zip(source.keyframe_points, target.keyframe_points, strict=True):
        for attribute in (
            "co",
            "interpolation",
            "easing",
            "handle_left_type",
            "handle_right_type",
            "handle_left",
            "handle_right",
        ):
            setattr(new, attribute, getattr(old, attribute))
    for old_modifier in source.modifiers:
        new_modifier = target.modifiers.new(old_modifier.type)
        _copy_settings(old_modifier, new_modifier)
    target.update()


def _copy_settings(source: Any, target: Any) -> None:
    for setting in source.bl_rna.properties:
        if not setting.is_readonly and setting.type in {"BOOLEAN", "INT", "FLOAT", "ENUM"}:
            setattr(target, setting.identifier, getattr(source, setting.identifier))
