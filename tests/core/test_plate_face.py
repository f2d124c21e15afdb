"""What is gathered of a plate's face serves every part of the shot and every line it speaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from synthetic_faces import align_points, talking, write_plate

from evp.core.media.plate import extend_pingpong
from evp.core.plate_face import PlateFace, gather_face
from evp.core.progress import finish
from evp.core.render_plan import plan_render
from evp.core.store import digest, load_record, save_record


@pytest.mark.parametrize("count", [3, 14])
def test_a_stored_face_is_the_gathered_one(tmp_path: Path, count: int) -> None:
    old = talking(count)
    aligned = align_points(old, np.roll(old, 2, axis=0))
    face = finish(gather_face(write_plate(tmp_path / "plate.mp4", old), aligned, 256))
    save_record(tmp_path / "gather.npz", face, "key")
    again = load_record(tmp_path / "gather.npz", PlateFace)
    assert (again.reference is None) == (count < 8)
    assert digest(again) == digest(face)
    assert list(again.small.mouths) == list(range(count))
    for index, stored in again.whole.mouths.items():
        assert np.array_equal(stored.pixels, face.whole.mouths[index].pixels)
        assert stored.pixels.ndim == 3 and stored.detail == 0.0 < again.small.mouths[index].detail


def test_what_is_gathered_does_not_depend_on_what_the_face_says(tmp_path: Path) -> None:
    old = talking(10)
    plate = write_plate(tmp_path / "plate.mp4", old)
    faces = [
        finish(gather_face(plate, align_points(old, new), 256))
        for new in (old, np.roll(old + np.array([0.0, 1.0, 4.0]), 3, axis=0))
    ]
    assert digest(faces[0]) == digest(faces[1])


def test_a_plate_without_a_usable_mouth_still_gets_a_plan(tmp_path: Path) -> None:
    old = talking(2)
    aligned = align_points(old, old)
    aligned.valid[:] = False
    face = finish(gather_face(write_plate(tmp_path / "plate.mp4", old), aligned, 256))
    save_record(tmp_path / "gather.npz", face, "key")
    face = load_record(tmp_path / "gather.npz", PlateFace)
    plan = plan_render(face, aligned)
    assert plan.pick(0).mouths == () and not plan.active.any()


def test_a_plate_that_runs_forth_and_back_is_gathered_once(tmp_path: Path) -> None:
    old = talking(9)
    plate = write_plate(tmp_path / "plate.mp4", old)
    face = finish(gather_face(plate, align_points(old, old), 256))
    order = extend_pingpong(plate, 1.0).order
    assert order is not None
    shown = old[order]
    plan = plan_render(face, align_points(shown, np.roll(shown, 3, axis=0)))
    assert plan.choice is not None and len(plan.choice.first) == len(order) > 9
    assert set(plan.choice.first.tolist()) <= set(range(9))
    assert plan.shares.shape == (len(order), 9)
    for index in range(len(order)):
        assert plan.pick(index).mean is not None
