import numpy as np
from synthetic_faces import draw, face_points

from evp.core.close_lips import close_lips
from evp.core.face.topology import LIPS_INNER
from evp.core.warp import displacement, polygon, rasterise, sample

SIZE = 256
UPPER, LOWER = list(LIPS_INNER[1:10]), list(LIPS_INNER[:10:-1])


def face(gap: float) -> np.ndarray:
    """(478, 3) a face whose inner lips are so many pixels apart."""
    points = (face_points(6.0) - [20.0, 0.0, 0.0]) * [1.6, 1.6, 1.0]
    points[LOWER] = points[UPPER] + [0.0, gap, 0.0]
    return points


def warped(gap: float, new_gap: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A mouth full of bright teeth, open by ``gap``, warped to ``new_gap``; old and new face."""
    old, new = face(gap), face(new_gap)
    picture = draw(old, (SIZE, SIZE)).astype(np.float32) / 255
    teeth = polygon(old[list(LIPS_INNER), :2], SIZE)[..., None]
    picture += teeth * (0.9 - picture)
    mesh = rasterise(new[:, :2], new[:, 2], SIZE)
    return sample(picture, displacement(mesh, old[:, :2], new[:, :2])), old[:, :2], new[:, :2]


def test_no_teeth_show_between_lips_that_close():
    texture, old, new = warped(10.0, 1.0)
    closed = close_lips(texture, old, new)
    x, y = np.rint(new[[13, 14]].mean(axis=0) - 0.5).astype(int)
    lips = np.mean([170, 70, 80]) / 255
    assert texture[y, x].mean() > 1.5 * lips
    assert closed[y, x].mean() < lips + 0.02
    changed = np.abs(closed - texture).max(axis=-1)
    changed[y - 8 : y + 9] = 0.0
    assert changed.max() == 0.0


def test_a_mouth_that_stays_open_or_opens_is_left_alone():
    for gap, new_gap in ((10.0, 9.0), (1.0, 8.0), (1.0, 1.0)):
        texture, old, new = warped(gap, new_gap)
        assert close_lips(texture, old, new) is texture
