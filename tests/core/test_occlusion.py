from __future__ import annotations

import numpy as np
import pytest
from synthetic_faces import crop_faces, draw

from evp.core.occlusion import FaceReference, Lookout, face_reference

COUNT = 16


@pytest.fixture(scope="module")
def crops() -> list[np.ndarray]:
    return [draw(face, (256, 256)) / np.float32(255) for face in crop_faces(COUNT)]


@pytest.fixture(scope="module")
def reference(crops: list[np.ndarray]) -> FaceReference:
    points = crop_faces(COUNT)
    learnt = face_reference(crops, points[..., :2], 20 * np.arange(COUNT))
    assert learnt is not None
    return learnt


def covered(crop: np.ndarray, top: int, left: int) -> np.ndarray:
    """Fingers before the face, from a corner on down to the right."""
    hidden = crop.copy()
    stripes = (np.arange(256) // 8 % 2)[None, :, None] * np.float32(0.5) + 0.2
    hidden[top:, left:] = np.broadcast_to(stripes, (256, 256, 3))[top:, left:]
    return hidden


def test_a_hand_before_the_mouth_hides_it(crops, reference) -> None:
    points = crop_faces(COUNT)[3]
    top = int(points[13, 1]) - 25
    sight = Lookout(reference).look(covered(crops[3], top, 0), points[:, :2], points[:, 2])
    assert sight.hidden and sight.visibility == 0.0
    assert not reference.shows_mouth(covered(crops[3], top, 0), points[:, :2])


def test_a_hand_before_a_cheek_covers_just_that(crops, reference) -> None:
    points = crop_faces(COUNT)[3]
    left = int(points[291, 0]) + 6
    top = int(points[13, 1]) - 30
    sight = Lookout(reference).look(covered(crops[3], top, left), points[:, :2], points[:, 2])
    assert not sight.hidden and sight.visibility == 1.0 and 0.02 < sight.share < 0.4
    cheek = sight.cover[top + 12 : int(points[152, 1]) - 25, left + 8 : left + 20]
    assert cheek.min() > 0.9
    assert max(sight.cover[: top - 20].max(), sight.cover[:, : left - 30].max()) < 0.01


def test_light_that_changes_covers_nothing(crops, reference) -> None:
    points = crop_faces(COUNT)[5]
    shade = np.linspace(0.65, 1.15, 256, dtype=np.float32)[None, :, None]
    sight = Lookout(reference).look(crops[5] * shade, points[:, :2], points[:, 2])
    assert sight.share == 0.0 and not sight.cover.any()


def test_a_cover_leaves_over_some_frames_and_is_forgotten_at_a_cut(crops, reference) -> None:
    points = crop_faces(COUNT)[3]
    shape = (points[:, :2], points[:, 2])
    hand = covered(crops[3], int(points[13, 1]) - 30, int(points[291, 0]) + 6)
    lookout = Lookout(reference)
    shares = [lookout.look(crop, *shape).share for crop in (hand, crops[3], crops[3], crops[3])]
    assert shares[0] > shares[1] > shares[2] > shares[3] == 0.0
    lookout.look(hand, *shape)
    lookout.forget()
    assert lookout.look(crops[3], *shape).share == 0.0


def test_covered_frames_are_not_learnt_from(crops) -> None:
    points = crop_faces(COUNT)
    top = int(points[3, 13, 1]) - 5
    hands = [covered(crop, top, 0) if i in (6, 7, 8) else crop for i, crop in enumerate(crops)]
    learnt = face_reference(hands, points[..., :2], 20 * np.arange(COUNT))
    assert learnt is not None
    assert not learnt.shows_mouth(hands[7], points[7, :, :2])
    assert learnt.shows_mouth(hands[3], points[3, :, :2])


def test_too_few_frames_tell_nothing(crops) -> None:
    points = crop_faces(COUNT)[:3]
    assert face_reference(crops[:3], points[..., :2], np.arange(3)) is None
    sight = Lookout(None).look(crops[0], points[0, :, :2], points[0, :, 2])
    assert sight.visibility == 1.0 and not sight.cover.any()
