"""Eight emotion weights and an intensity as properties that can be keyframed."""

from __future__ import annotations

import bpy

from ...core.records import EMOTIONS

COLOURS: dict[str, tuple[float, float, float]] = {
    "angry": (0.90, 0.15, 0.10),
    "contempt": (0.60, 0.30, 0.75),
    "disgusted": (0.35, 0.60, 0.15),
    "fear": (0.45, 0.35, 0.85),
    "happy": (0.98, 0.80, 0.10),
    "neutral": (0.60, 0.60, 0.60),
    "sad": (0.20, 0.45, 0.90),
    "surprised": (0.95, 0.50, 0.10),
    "intensity": (1.00, 1.00, 1.00),
}
"""Colours of the F-curves in the graph editor."""

CHANNELS: tuple[str, ...] = (*EMOTIONS, "intensity")


def data_path(channel: str) -> str:
    """The data path of a channel from the shot's emotion object."""
    return f"evp_emotion.{channel}"


class EVP_PG_emotion(bpy.types.PropertyGroup):
    """The feeling a shot is acted with. What the weights lack to a sum of 1 is neutral."""

    __annotations__ = {
        emotion: bpy.props.FloatProperty(
            name=emotion.capitalize(),
            description=f"Weight of {emotion}",
            default=0.0,
            min=0.0,
            max=1.0,
            subtype="FACTOR",
        )
        for emotion in EMOTIONS
    } | {
        "intensity": bpy.props.FloatProperty(
            name="Intensity",
            description="How strongly the feeling shows; 0 is neutral",
            default=1.0,
            min=0.0,
            max=1.0,
            subtype="FACTOR",
        )
    }


def register() -> None:
    """Register the weights on objects."""
    bpy.utils.register_class(EVP_PG_emotion)
    bpy.types.Object.evp_emotion = bpy.props.PointerProperty(type=EVP_PG_emotion)


def unregister() -> None:
    """Take the weights away."""
    del bpy.types.Object.evp_emotion
    bpy.utils.unregister_class(EVP_PG_emotion)
