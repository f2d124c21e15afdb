from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
from synthetic_faces import align_points, talking, write_plate

from evp.core.composite import composite_frame
from evp.core.layers import Layers
from evp.core.media.plate import read_frames
from evp.core.networks import RenderedCrop
from evp.core.plate_face import gather_face
from evp.core.progress import finish
from evp.core.render import render_frames
from evp.core.rendered_faces import load_frame

SIZE = 256


class Echo:
    """A renderer whose picture depends on the one before: a tenth of it stays."""

    fingerprint = "echo"
    edges_only = False

    def predict(self, layers: Layers, previous: np.ndarray | None) -> RenderedCrop:
        base = layers.base
        last = base if previous is None else previous
        correction = 0.1 * (last - base)
        one = np.ones_like(layers.prior)
        return RenderedCrop(base + correction, layers.prior, layers.prior, one, correction)


def render(plate, aligned, numbers, folder) -> list[Path]:
    face = finish(gather_face(plate, aligned, SIZE))
    finish(render_frames(plate, aligned, face, Echo(), 0, numbers, folder))
    return sorted(folder.glob("face.*.npz"))


def test_chunks_give_the_same_pixels_as_the_whole(tmp_path: Path) -> None:
    old = talking(24)
    plate = write_plate(tmp_path / "plate.mp4", old)
    aligned = align_points(old, np.roll(old, 5, axis=0))
    whole = render(plate, aligned, range(1, 25), tmp_path / "whole")
    for start in range(1, 25, 7):
        numbers = range(start, min(start + 7, 25))
        render(plate, aligned, numbers, tmp_path / "chunks")
    chunks = sorted((tmp_path / "chunks").glob("face.*.npz"))
    assert [path.name for path in whole] == [path.name for path in chunks]
    for one, other in zip(whole, chunks, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_unchanged_and_faceless_frames_pass_through(tmp_path: Path) -> None:
    old = talking(6)
    new = old.copy()
    new[2:4, 150:153] += [0.0, 3.0, 0.0]
    new[5, 150:153] += [0.0, 3.0, 0.0]
    plate = write_plate(tmp_path / "plate.mp4", old)
    aligned = align_points(old, new)
    aligned.valid[5] = False
    files = render(plate, aligned, range(1, 7), tmp_path / "faces")
    assert [path.name for path in files] == ["face.0003.npz", "face.0004.npz"]


def test_a_file_is_only_rendered_again_when_something_changed(tmp_path: Path) -> None:
    old = talking(4)
    plate = write_plate(tmp_path / "plate.mp4", old)
    aligned = align_points(old, old + np.array([0.0, 1.0, 0.0]))
    files = render(plate, aligned, range(1, 5), tmp_path / "faces")
    times = [path.stat().st_mtime_ns for path in files]
    files = render(plate, aligned, range(1, 5), tmp_path / "faces")
    assert [path.stat().st_mtime_ns for path in files] == times
    moved = dataclasses.replace(aligned, landmarks=aligned.landmarks + 0.5)
    files = render(plate, moved, range(1, 5), tmp_path / "faces")
    assert [path.stat().st_mtime_ns for path in files] != times


def test_a_plate_that_was_moved_is_not_rendered_again(tmp_path: Path) -> None:
    old = talking(3)
    plate = write_plate(tmp_path / "plate.mp4", old)
    aligned = align_points(old, old + np.array([0.0, 1.0, 0.0]))
    times = [path.stat().st_mtime_ns for path in render(plate, aligned, range(1, 4), tmp_path)]
    (tmp_path / "elsewhere").mkdir()
    there = plate.path.rename(tmp_path / "elsewhere" / plate.path.name)
    moved = dataclasses.replace(plate, path=there)
    again = render(moved, aligned, range(1, 4), tmp_path)
    assert [path.stat().st_mtime_ns for path in again] == times


def test_the_mouth_opens_where_it_was_shut_and_the_rest_stays(tmp_path: Path) -> None:
    shut, wide = talking(1, 0.0), talking(10)[4:5]
    wide = wide - wide[:, [1]] + shut[:, [1]]
    plate = write_plate(tmp_path / "plate.mp4", shut)
    aligned = align_points(shut, wide)
    (path,) = render(plate, aligned, [1], tmp_path / "faces")
    frame = load_frame(path)
    pixels = next(read_frames(plate))
    result = composite_frame(pixels, frame)
    low = (0.3 * wide[0, 13, :2] + 0.7 * wide[0, 14, :2]).astype(int)
    assert int(result[low[1], low[0]].mean()) < 100 < int(pixels[low[1], low[0]].mean())
    np.testing.assert_array_equal(result[:20], pixels[:20])
    np.testing.assert_array_equal(result[:, :20], pixels[:, :20])


def test_face_at_the_border_and_tiny_face_are_rendered(tmp_path: Path) -> None:
    for name, old in (
        ("border", talking(3) - [75.0, 20.0, 0.0]),
        ("tiny", (talking(3) - [100.0, 80.0, 0.0]) * 0.2 + [60.0, 50.0, 0.0]),
    ):
        plate = write_plate(tmp_path / f"{name}.mp4", old)
        aligned = align_points(old, old + np.array([0.0, 0.5, 0.0]))
        for path in render(plate, aligned, range(1, 4), tmp_path / name):
            frame = load_frame(path)
            assert np.isfinite(frame.face).all() and np.isfinite(frame.warp).all()
