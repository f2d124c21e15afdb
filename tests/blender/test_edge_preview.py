"""The edge map lies over the plate in the view through the camera, and can be hidden."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bpy")


def test_the_edge_map_of_the_edited_scene_lies_over_the_plate(
    bpy: ModuleType, shot: Any, pipeline: Any, records: Any
) -> None:
    from evp.evp_blender import compat
    from evp.evp_blender.scene.edge_preview import find_edges

    bpy.ops.evp.build_scene()
    camera = bpy.data.objects["EVP sh010 camera"]
    assert find_edges(camera) is None
    keys = bpy.data.objects["EVP sh010 head"].data.shape_keys
    jaw = compat.animation_curves(keys).find('key_blocks["jawOpen"].value')
    jaw.keyframe_points[4].co.y = 0.95
    bpy.ops.evp.preview_edges()
    moved = (pipeline.overridden != records[1].landmarks).any(axis=(1, 2))
    assert list(np.flatnonzero(moved)) == [4]
    edges = find_edges(camera)
    assert edges.show_background_image and edges.display_depth == "FRONT"
    assert edges.image.source == "SEQUENCE"
    user = edges.image_user
    for frame in (1001, 1007, 1012):
        number = frame - user.frame_start + 1 + user.frame_offset
        folder = Path(bpy.path.abspath(edges.image.filepath)).parent
        assert number == frame
        assert (folder / f"edges.{number}.png").is_file()
    edges.show_background_image = False
    bpy.ops.evp.preview_edges()
    assert len(camera.data.background_images) == 2
    assert edges.show_background_image


def test_the_plate_stays_behind_the_head(bpy: ModuleType, shot: Any, pipeline: Any) -> None:
    bpy.ops.evp.preview_edges()
    backgrounds = bpy.data.objects["EVP sh010 camera"].data.background_images
    assert [(b.source, b.display_depth) for b in backgrounds] == [
        ("MOVIE_CLIP", "BACK"),
        ("IMAGE", "FRONT"),
    ]
