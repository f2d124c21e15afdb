from __future__ import annotations

import numpy as np
from synthetic_faces import draw, face_points

from evp.core.face.topology import LIPS
from evp.core.layers import Layers, MouthPick, build_layers
from evp.core.outline import hold_outline

SIZE = 256


def faces() -> tuple[np.ndarray, np.ndarray]:
    """A face in its crop, and the same with a dropped jaw and everything a little wider."""
    old, new = ((face_points(jaw) - [20.0, 0.0, 0.0]) * [1.6, 1.6, 1.0] for jaw in (0.0, 8.0))
    middle = new[1, 0]
    new[:, 0] = middle + 1.06 * (new[:, 0] - middle)
    return old, new


def layers(old: np.ndarray, new: np.ndarray) -> Layers:
    crop = draw(old, (SIZE, SIZE)) / np.float32(255)
    return build_layers(crop, old[:, :2], new[:, :2], new[:, 2], MouthPick())


def test_hairline_and_temples_stay_while_mouth_and_chin_are_free() -> None:
    old, new = faces()
    held = hold_outline(old[None, :, :2], new[None, :, :2])[0]
    still = [10, 338, 297, 54, 103, 127, 234, 356, 454, 93, 323]
    np.testing.assert_array_equal(held[still], old[still, :2])
    free = [152, 148, 377, *LIPS]
    np.testing.assert_allclose(held[free], new[free, :2])


def test_hair_beside_the_face_is_not_dragged() -> None:
    old, new = faces()
    held = new.copy()
    held[:, :2] = hold_outline(old[None, :, :2], new[None, :, :2])[0]
    ear, chin = old[234, :2].astype(int), old[152, :2].astype(int)
    beside = (slice(ear[1] - 25, ear[1] + 5), slice(ear[0] - 14, ear[0] - 5))
    assert layers(old, new).moved[beside].min() > 0.2
    assert layers(old, held).moved[beside].max() == 0.0
    # The neck gives way to a chin that comes down.
    assert layers(old, held).moved[chin[1] + 4, chin[0]] == 1.0


def test_the_matte_ends_where_nothing_visible_moves() -> None:
    old, _ = faces()
    new = old.copy()
    new[:, 0] += 0.05
    assert not layers(old, new).moved.any()
