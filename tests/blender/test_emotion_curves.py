"""Keyed emotions reach the pipeline, and the speech's emotion becomes keys."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bpy")


def test_keyed_emotion_reaches_the_pipeline_and_makes_a_new_take(
    bpy: ModuleType, shot: Any, pipeline: Any
) -> None:
    from evp.core.records import EMOTIONS

    bpy.ops.evp.build_scene()
    assert pipeline.settings.emotion is None
    bpy.ops.evp.key_emotion(emotion="neutral", frame=1001)
    bpy.ops.evp.key_emotion(emotion="happy", weight=0.8, frame=1011)
    assert shot.emotion_source == "CURVES"
    bpy.ops.evp.build_scene()
    weights = pipeline.settings.emotion.sample(np.array([0.0, 5 * 1001 / 24000, 1.0]))
    happy, neutral = EMOTIONS.index("happy"), EMOTIONS.index("neutral")
    assert weights[:, happy] == pytest.approx([0.0, 0.4, 0.8], abs=1e-3)
    assert weights[:, neutral] == pytest.approx([1.0, 0.6, 0.2], abs=1e-3)
    assert shot.take == 2
    empty = bpy.data.objects["EVP sh010 emotion"]
    empty.evp_emotion.intensity = 0.5
    bpy.ops.evp.build_scene()
    assert pipeline.settings.emotion.sample(np.array([1.0]))[0, happy] == pytest.approx(0.4)
    bpy.ops.evp.show_take(take=1)
    assert shot.take == 1
    with pytest.raises(RuntimeError, match="no take 9"):
        bpy.ops.evp.show_take(take=9)


def test_the_speechs_emotion_becomes_keys(
    bpy: ModuleType, shot: Any, pipeline: Any, tmp_path: Path
) -> None:
    from evp.core.records import EMOTIONS, SpeechCode
    from evp.core.shot import Shot
    from evp.evp_blender import compat

    with pytest.raises(RuntimeError, match="listen"):
        bpy.ops.evp.bake_emotion()
    bpy.ops.evp.listen()
    probabilities = np.zeros((12, 8))
    probabilities[:, EMOTIONS.index("sad")] = np.linspace(0.2, 0.9, 12)
    code = SpeechCode(np.zeros((12, 256)), np.zeros((12, 128)), probabilities, *np.ones((3, 12)))
    folder = Shot(tmp_path / "cache" / "evp" / "Scene" / "sh010")
    folder.save("listen", code, "key")
    bpy.ops.evp.bake_emotion(step=4)
    empty = bpy.data.objects["EVP sh010 emotion"]
    curve = compat.animation_curves(empty).find("evp_emotion.sad")
    assert [point.co.x for point in curve.keyframe_points] == [1001, 1005, 1009, 1012]
    assert curve.evaluate(1012) == pytest.approx(0.9, abs=1e-6)
    bpy.ops.evp.bake_emotion(step=6)
    assert [point.co.x for point in curve.keyframe_points] == [1001, 1007, 1012]


def test_the_curves_have_names_and_colours_of_their_own(bpy: ModuleType, shot: Any) -> None:
    from evp.core.records import EMOTIONS
    from evp.evp_blender import compat

    bpy.ops.evp.key_emotion(mix="happy:0.6,surprised:0.3", frame=1004)
    empty = bpy.data.objects["EVP sh010 emotion"]
    empty.evp_emotion.keyframe_insert("intensity", frame=1004)
    bpy.ops.evp.key_emotion(emotion="sad", frame=1008)
    curves = compat.animation_curves(empty)
    assert len(curves) == 9
    assert {curve.group.name for curve in curves if "intensity" not in curve.data_path} == {
        "Emotion"
    }
    assert {curve.color_mode for curve in curves} == {"CUSTOM"}
    assert len({tuple(round(c, 3) for c in curve.color) for curve in curves}) == 9
    # The graph editor shows a curve under the name of its property, and its group's in brackets.
    assert empty.evp_emotion.name == "sh010"
    names = {p.name for p in empty.evp_emotion.bl_rna.properties if p.type == "FLOAT"}
    assert names == {emotion.capitalize() for emotion in EMOTIONS} | {"Intensity"}
