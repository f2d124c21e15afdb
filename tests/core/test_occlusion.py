from __future__ import annotations

import numpy as np
from synthetic_faces import draw, talking

from evp.core.occlusion import face_reference


def test_a_hand_before_the_mouth_is_told() -> None:
    faces = (talking(12) - [20.0, 0.0, 0.0]) * [1.6, 1.6, 1.0]
    crops = [draw(face, (256, 256)) / np.float32(255) for face in faces]
    reference = face_reference(crops, faces[..., :2], faces[..., 2])
    assert reference is not None
    assert reference.visibility(crops[3], faces[3, :, :2]) == 1.0
    hidden = crops[3].copy()
    mouth = faces[3, 13].astype(int)
    stripes = (np.arange(256) // 8 % 2)[None, :, None] * np.float32(0.5)
    hidden[mouth[1] - 25 : mouth[1] + 60] = stripes + 0.2
    assert reference.visibility(hidden, faces[3, :, :2]) == 0.0


def test_too_few_frames_tell_nothing() -> None:
    faces = talking(3)
    crops = [draw(face, (256, 256)) / np.float32(255) for face in faces]
    assert face_reference(crops, faces[..., :2], faces[..., 2]) is None
