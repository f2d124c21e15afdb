"""What a shot is made of, as properties of a scene."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..compat import PATH_OPTIONS

SETTINGS: dict[str, Any] = {
    "speech": StringProperty(
        name="Speech",
        description="The sound file with the new words; any format, or a video with sound",
        subtype="FILE_PATH",
        options=PATH_OPTIONS,
    ),
    "speech_strip": StringProperty(
        name="Strip",
        description="Take the speech and its start from this sound strip of the sequencer",
    ),
    "audio_offset": FloatProperty(
        name="Starts After",
        description="Seconds from the shot's first frame until the speech starts",
        default=0.0,
        unit="TIME_ABSOLUTE",
    ),
    "transcript": StringProperty(
        name="Transcript",
        description="Text file with the words of the speech; the lips then follow them",
        subtype="FILE_PATH",
        options=PATH_OPTIONS,
    ),
    "language": StringProperty(
        name="Language",
        description="Of the transcript, eSpeak NG's code: en, en-us, fr, de, es, pt-br, ja, ...",
        default="en",
    ),
    "use_range": BoolProperty(
        name="Frame Range", description="Use a part of the plate", default=False
    ),
    "frame_first": IntProperty(
        name="First",
        description="First frame of the plate: from 1 in a movie, file number in a sequence",
        default=1,
        min=0,
    ),
    "frame_last": IntProperty(
        name="Last", description="Last frame of the plate, included", default=100, min=0
    ),
    "start": IntProperty(
        name="Scene Start",
        description="Scene frame that shows the shot's first frame; 0 keeps the plate's number",
        default=0,
        min=0,
    ),
    "plate_rate": FloatProperty(
        name="Frame Rate",
        description="Frames per second of an image sequence, which cannot say it itself",
        default=0.0,
        min=0.0,
        max=1000.0,
        precision=3,
    ),
    "colour_space": StringProperty(
        name="Colour Space",
        description=(
            "The plate's, a name in an OpenColorIO config, e.g. ACEScg; empty is sRGB, and linear "
            "with sRGB primaries for EXR"
        ),
    ),
    "ocio_config": StringProperty(
        name="OCIO Config",
        description="Path or ocio:// address; empty is $OCIO, or else the built-in ACES config",
    ),
    "extend": EnumProperty(
        name="Longer Speech",
        description="What to do where the speech is longer than the plate",
        items=(
            ("none", "Refuse", "Say so and stop"),
            ("pingpong", "Forth and Back", "Run the plate forth and back"),
        ),
    ),
    "use_face": BoolProperty(
        name="Choose Face",
        description="Use one of several people, in place of the largest face",
        default=False,
    ),
    "face": IntProperty(
        name="Person", description="Counted from the left, from 0", default=0, min=0
    ),
    "neutral_frame": IntProperty(
        name="Neutral Frame",
        description="The plate's frame that shows the face at rest; -1 finds it in the shot",
        default=-1,
        min=-1,
    ),
    "camera_source": EnumProperty(
        name="Camera",
        description="Where the plate's camera comes from",
        items=(
            (
                "DEFAULT",
                "Default Lens",
                "79 mm on a sensor 36 mm wide; a face cannot tell its focal length",
            ),
            ("FOCAL", "Focal Length", "A focal length that is known"),
            ("SOLVED", "Solved Clip", "Solved from the plate's tracks in the Movie Clip Editor"),
            ("OBJECT", "Blender Camera", "A camera of the scene, also a moving one"),
        ),
    ),
    "focal_mm": FloatProperty(
        name="Focal Length",
        description="Millimetres, for the sensor width beside it",
        default=50.0,
        min=1.0,
        max=5000.0,
    ),
    "sensor_mm": FloatProperty(
        name="Sensor Width", description="Millimetres", default=36.0, min=1.0, max=200.0
    ),
    "emotion_source": EnumProperty(
        name="Emotion",
        description="Where the feeling comes from",
        items=(
            ("SPEECH", "From the Speech", "Heard in the voice"),
            ("CURVES", "F-Curves", "The weights below, which can be keyframed"),
            ("RECORDING", "From a Recording", "Heard in another recording"),
        ),
    ),
    "emotion_from": StringProperty(
        name="Recording",
        description="A recording that lends its emotion",
        subtype="FILE_PATH",
        options=PATH_OPTIONS,
    ),
    "upper_face": EnumProperty(
        name="Upper Face",
        description="Whose brows, squints and cheeks show; blinks and gaze are the plate's",
        items=(
            ("both", "Both", "The plate's and the emotion's together"),
            ("plate", "Plate", "The plate's own"),
            ("emotion", "Emotion", "The emotion's, from where the plate's rest"),
        ),
    ),
    "mouth_gain": FloatProperty(
        name="Mouth",
        description="Factor on the size of the mouth's movements",
        default=1.0,
        min=0.0,
        max=3.0,
    ),
    "adapt_speech": BoolProperty(
        name="Speak Like the Plate",
        description="Learn from the plate's own sound how its person moves the mouth in speech",
        default=True,
    ),
    "renderer": EnumProperty(
        name="Renderer",
        description="What the face is drawn from",
        items=(
            ("texture", "Plate as Texture", "The plate itself is warped and corrected"),
            ("edges", "Edges Alone", "The paper's generator, from the edge map"),
        ),
    ),
    "crop_size": EnumProperty(
        name="Face Size",
        description="Pixels of the square the face is rendered in",
        items=(
            ("0", "Automatic", "By the size of the face in the plate"),
            ("128", "128", ""),
            ("256", "256", ""),
            ("512", "512", ""),
            ("1024", "1024", ""),
        ),
    ),
    "adapt_seconds": FloatProperty(
        name="Adapt",
        description="Seconds the renderer may learn from this plate; 0 shows a result soonest",
        default=90.0,
        min=0.0,
        soft_max=600.0,
    ),
    "seed": IntProperty(name="Seed", description="Of all that is random", default=0, min=0),
    "device": EnumProperty(
        name="Device",
        description="Where the networks run",
        items=(
            ("auto", "Automatic", "The fastest there is"),
            ("cpu", "CPU", ""),
            ("cuda", "CUDA", ""),
            ("mps", "Metal", ""),
        ),
    ),
    "weights": EnumProperty(
        name="Weights",
        description="Which set of trained weights",
        items=(
            ("open", "Open", "Trained on data whose licence allows any use"),
            ("research", "Research", "Trained on all data"),
        ),
    ),
}
"""The settings of a shot that operators take by the same names."""


class EVP_PG_shot(bpy.types.PropertyGroup):
    """One shot: a plate, a speech, and how the one is put on the other."""

    __annotations__ = {
        **SETTINGS,
        "name": StringProperty(name="Name", description="Part of every name the shot makes"),
        "identity": StringProperty(options={"HIDDEN"}),
        "clip": PointerProperty(
            type=bpy.types.MovieClip, name="Plate", description="The recorded movie or sequence"
        ),
        "camera": PointerProperty(
            type=bpy.types.Object, name="Camera", description="The plate's camera"
        ),
        "take": IntProperty(name="Take", description="The prediction in the scene", min=0),
        "newest_take": IntProperty(min=0, options={"HIDDEN"}),
        "version": IntProperty(name="Version", description="Of the published frames", min=0),
        "folder": StringProperty(
            name="Folder",
            description="The shot's folder; empty is cache/evp beside the .blend file",
            subtype="DIR_PATH",
            options=PATH_OPTIONS,
        ),
        "folder_used": StringProperty(options={"HIDDEN"}),
        "stamps": StringProperty(default="{}", options={"HIDDEN"}),
        "match_scene": BoolProperty(
            name="Match Scene",
            description=(
                "Give the scene the plate's size, rate and range, the shot's camera and its sound; "
                "once, what you set afterwards stays"
            ),
            default=True,
        ),
    }


class EVP_PG_scene(bpy.types.PropertyGroup):
    """The shots of a scene."""

    __annotations__ = {
        "shots": CollectionProperty(type=EVP_PG_shot),
        "active": IntProperty(name="Active Shot", default=0, min=0),
    }


CLASSES = (EVP_PG_shot, EVP_PG_scene)


def register() -> None:
    """Register the root group on scenes."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.evp = PointerProperty(type=EVP_PG_scene)


def unregister() -> None:
    """Take the root group away."""
    del bpy.types.Scene.evp
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
