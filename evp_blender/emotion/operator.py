"""Key emotions, and bake the speech's own emotion to keys."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import EnumProperty, FloatProperty, IntProperty, StringProperty

from ...core.emotion import emotion_weights, parse_emotion
from ...core.records import EMOTIONS, SpeechCode
from ...core.shot import Shot
from ..operator_parts import SHOT, ToldRefusal, has_shot, is_local
from ..shots.access import named_shot
from ..shots.folder import use_folder
from ..shots.settings import first_scene_frame
from .curves import bake_emotion, emotion_object, key_emotion


class EmotionOperator(ToldRefusal):
    """What the emotion operators share."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether there is a shot whose emotion can be keyed."""
        return is_local(cls, context) and has_shot(cls, context)

    def carry_out(self, context: bpy.types.Context) -> None:
        """Do it, and switch the shot to the curves."""
        shot = named_shot(context.scene, self.shot)  # type: ignore[attr-defined]
        empty = emotion_object(context.scene, shot.identity, shot.name)
        self.change(context.scene, shot, empty)
        shot.emotion_source = "CURVES"

    def change(self, scene: bpy.types.Scene, shot: Any, empty: bpy.types.Object) -> None:
        """Change the curves."""
        raise NotImplementedError


class EVP_OT_key_emotion(EmotionOperator, bpy.types.Operator):
    """Key a whole feeling at a frame."""

    bl_idname = "evp.key_emotion"
    bl_label = "Key Emotion"
    bl_description = "Key all eight weights so that this feeling holds at the frame"
    __annotations__ = {
        "emotion": EnumProperty(
            name="Emotion", items=[(name, name.capitalize(), "") for name in EMOTIONS]
        ),
        "weight": FloatProperty(
            name="Weight", description="The rest is neutral", default=1.0, min=0.0, max=1.0
        ),
        "mix": StringProperty(
            name="Mix", description="A mixture like happy:0.6,surprised:0.3, in place of Emotion"
        ),
        "frame": IntProperty(name="Frame", description="-1 is the current frame", default=-1),
        "shot": SHOT,
    }

    def change(self, scene: bpy.types.Scene, shot: Any, empty: bpy.types.Object) -> None:
        """Key it."""
        if self.mix:
            vector = parse_emotion(self.mix).weights[0]
        else:
            vector = emotion_weights({self.emotion: self.weight}, "Key Emotion")
        weights = {name: float(value) for name, value in zip(EMOTIONS, vector, strict=True)}
        frame = scene.frame_current if self.frame < 0 else self.frame
        key_emotion(empty, frame, weights, None)


class EVP_OT_bake_emotion(EmotionOperator, bpy.types.Operator):
    """Turn the emotion heard in the speech into keys."""

    bl_idname = "evp.bake_emotion"
    bl_label = "Bake from Speech"
    bl_description = "Turn the emotion heard in the speech into keys that can be edited"
    __annotations__ = {
        "step": IntProperty(name="Every", description="Frames between two keys", default=12, min=1),
        "shot": SHOT,
    }

    def change(self, scene: bpy.types.Scene, shot: Any, empty: bpy.types.Object) -> None:
        """Bake it."""
        code = Shot(use_folder(scene, shot)).load("listen", SpeechCode)
        bake_emotion(empty, first_scene_frame(shot), code.probabilities, self.step)


CLASSES = (EVP_OT_key_emotion, EVP_OT_bake_emotion)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
