"""The edge map lies over the plate where the face is, and is drawn anew only where it changed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
from synthetic_faces import align_points, talking, write_plate

from evp.core.edge_maps import write_edge_overlays
from evp.core.face.topology import LIPS_OUTER
from evp.core.progress import finish
from evp.core.shot import Shot


def test_the_overlay_has_its_lines_on_the_new_mouth_and_nothing_without_a_face(tmp_path: Path):
    path_of = Shot.create(tmp_path).edge_overlay
    path_of(1).parent.mkdir()
    points = talking(3)
    plate = write_plate(tmp_path / "plate.mp4", points)
    aligned = align_points(points, points + np.array([0.0, 6.0, 0.0]))
    aligned = dataclasses.replace(aligned, valid=np.array([True, False, True]))
    finish(write_edge_overlays(plate, "hash", aligned, 256, path_of))
    first = cv2.imread(str(path_of(1)), cv2.IMREAD_UNCHANGED)
    assert first.shape == (plate.height, plate.width, 4)
    assert 0.005 < (first[..., 3] > 128).mean() < 0.2
    for x, y in aligned.landmarks[0, list(LIPS_OUTER)][[0, 5, 10, 15]].astype(int):
        assert first[y - 2 : y + 3, x - 2 : x + 3, 3].max() > 128
    without = cv2.imread(str(path_of(2)), cv2.IMREAD_UNCHANGED)
    assert not without[..., 3].any()


def test_only_frames_whose_face_changed_are_drawn_again(tmp_path: Path):
    path_of = Shot.create(tmp_path).edge_overlay
    path_of(1).parent.mkdir()
    points = talking(3)
    plate = write_plate(tmp_path / "plate.mp4", points)
    aligned = align_points(points, points)
    paths = [path_of(number) for number in (1, 2, 3)]

    def draw() -> list[bytes]:
        finish(write_edge_overlays(plate, "hash", aligned, 256, path_of))
        return [path.read_bytes() for path in paths]

    before = draw()
    stamps = [path.stat().st_mtime_ns for path in paths]
    aligned.landmarks[1, 14, 1] += 5.0
    after = draw()
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, True]
    same = [path.stat().st_mtime_ns == stamp for path, stamp in zip(paths, stamps, strict=True)]
    assert same == [True, False, True]
    aligned.landmarks[1, 14, 1] -= 5.0
    assert draw() == before
