from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evp.core.composite import crop_places
from evp.core.errors import EvpError
from evp.core.records import Frame
from evp.core.rendered_faces import covered_numbers, face_path, load_frame, save_frame
from evp.core.store import stored_key


def frame(number: int, confidence: float = 1.0, covered: float = 0.0) -> Frame:
    random = np.random.default_rng(number)
    crop = np.array([[0.8, 0.1, -20.0], [-0.1, 0.8, 12.0]])
    matte = np.zeros((32, 32), np.float32)
    matte[8:24, 8:24] = random.random((16, 16))
    return Frame(
        number=number,
        crop=crop,
        face=random.random((32, 32, 3), np.float32),
        matte=matte,
        edges=random.random((32, 32), np.float32),
        warp=crop_places(crop, 32) + random.uniform(-3, 3, (32, 32, 2)).astype(np.float32),
        mouth=random.random((32, 32), np.float32),
        confidence=confidence,
        covered=covered,
    )


@pytest.mark.parametrize(("fine", "steps"), [(False, 255), (True, 2048)])
def test_a_face_comes_back_as_fine_as_it_was_kept(tmp_path: Path, fine: bool, steps: int) -> None:
    made, path = frame(7), face_path(tmp_path, 7)
    save_frame(path, made, "key", fine)
    back = load_frame(path)
    shown = made.matte > 0
    assert stored_key(path) == "key" and back.number == 7 and back.confidence == 1.0
    assert np.abs(back.face - made.face)[shown].max() <= 0.51 / steps
    assert np.abs(back.warp - made.warp)[shown].max() < 0.02
    assert np.abs(back.matte - made.matte).max() < 1e-5


def test_covered_faces_are_told_apart(tmp_path: Path) -> None:
    for made in (frame(1), frame(2, confidence=0.0, covered=0.6), frame(3, covered=0.2)):
        save_frame(face_path(tmp_path, made.number), made, "key")
    assert covered_numbers(tmp_path, range(1, 6)) == ([2], [3])


def test_a_damaged_face_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "face.0001.npz"
    path.write_bytes(b"nothing")
    with pytest.raises(EvpError, match="render it again"):
        load_frame(path)
