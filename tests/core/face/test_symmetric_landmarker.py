from pathlib import Path

import numpy as np
import pytest

from evp.core.arkit import SHAPE_INDEX
from evp.core.face.landmarker import Detection
from evp.core.face.symmetric_landmarker import (
    SymmetricLandmarker,
    average_looks,
    mirror_detection,
)
from evp.core.media.plate import open_plate, read_frames


def face(x: float, smile: float = 0.0) -> Detection:
    landmarks = np.full((478, 3), 50.0, np.float32)
    landmarks[:, 0] = x
    landmarks[33, 0] -= 20
    landmarks[263, 0] += 20
    scores = np.zeros(52, np.float32)
    scores[SHAPE_INDEX["mouthSmileLeft"]] = smile
    return Detection(landmarks, scores, 12.0)


def test_a_plate_and_its_mirror_image_give_mirrored_landmarks_and_scores(demo_files: Path):
    plate = open_plate(demo_files / "WolfgangLanger_Pexels.mp4", frames=(1, 3))
    straight, mirrored = SymmetricLandmarker(1, video=True), SymmetricLandmarker(1, video=True)
    try:
        for number, pixels in enumerate(read_frames(plate)):
            seen = straight.detect(pixels, number / 24)[0]
            twin = mirrored.detect(np.ascontiguousarray(pixels[:, ::-1]), number / 24)[0]
            back = mirror_detection(twin, plate.width)
            np.testing.assert_allclose(back.landmarks, seen.landmarks, atol=0.01)
            np.testing.assert_allclose(back.scores, seen.scores, atol=1e-4)
            assert back.yaw == pytest.approx(seen.yaw, abs=0.01)
    finally:
        straight.close()
        mirrored.close()


def test_mirrored_twice_is_the_same():
    back = mirror_detection(mirror_detection(face(70.0, smile=0.5), 300), 300)
    np.testing.assert_allclose(back.landmarks, face(70.0).landmarks)
    assert back.scores[SHAPE_INDEX["mouthSmileLeft"]] == 0.5
    assert back.yaw == 12.0


def test_each_face_is_averaged_with_its_own_second_look():
    found = average_looks([face(50, 0.2), face(150, 0.6)], [face(152, 0.8), face(51, 0.4)])
    assert [one.centre[0] for one in found] == pytest.approx([50.5, 151.0])
    smiles = [one.scores[SHAPE_INDEX["mouthSmileLeft"]] for one in found]
    assert smiles == pytest.approx([0.3, 0.7])


def test_what_only_one_look_takes_for_a_face_is_none():
    assert len(average_looks([face(50), face(150)], [face(50)])) == 1
    assert average_looks([face(50)], [face(90)]) == []
    assert average_looks([], [face(50)]) == []
