import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from evp.core.arkit import SHAPE_INDEX
from evp.core.face.head import load_head
from evp.core.face.landmarker import Landmarker
from evp.core.face.portrait import Look, Painter, random_look
from evp.core.fit import default_camera

SIZE = 256
PLACE = np.array([0.0, 0.02, 0.62])


@pytest.fixture(scope="module")
def painter():
    return Painter(load_head())


def posed(turn: float = 0.0, **shapes: float) -> np.ndarray:
    head = load_head()
    expression = np.zeros(52)
    for name, weight in shapes.items():
        expression[SHAPE_INDEX[name]] = weight
    rotation = np.diag([1.0, -1.0, -1.0]) @ Rotation.from_euler("y", turn, degrees=True).as_matrix()
    return head.vertices(head.neutral, expression) @ rotation.T + PLACE


def test_every_drawn_person_is_a_face_to_the_detector(painter):
    camera = default_camera(SIZE, SIZE)
    landmarker = Landmarker(1, video=False)
    try:
        for seed in range(5):
            look = random_look(np.random.default_rng(seed))
            pixels = painter.draw(posed(turn=-20 + 10 * seed), camera, look).pixels
            assert landmarker.detect(pixels, 0.0), seed
    finally:
        landmarker.close()


def test_the_drawing_says_what_each_pixel_shows(painter):
    camera = default_camera(SIZE, SIZE)
    points = posed(turn=12)
    portrait = painter.draw(points, camera)
    rows, columns = np.nonzero(portrait.triangle >= 0)
    corners = camera.project(points)[painter.triangles[portrait.triangle[rows, columns]]]
    place = (corners * portrait.weights[rows, columns][:, :, None]).sum(1)
    np.testing.assert_allclose(place, np.stack([columns, rows], 1) + 0.5, atol=1e-6)


def test_the_same_person_looks_the_same_again_and_another_differs(painter):
    camera = default_camera(SIZE, SIZE)
    first, again, other = (random_look(np.random.default_rng(seed)) for seed in (4, 4, 5))
    picture = painter.draw(posed(), camera, first).pixels
    np.testing.assert_array_equal(picture, painter.draw(posed(), camera, again).pixels)
    change = np.abs(picture.astype(int) - painter.draw(posed(), camera, other).pixels)
    assert change.mean() > 5


def test_hair_frames_the_forehead_and_leaves_the_face_free(painter):
    camera = default_camera(SIZE, SIZE)
    dark, red = Look(), Look(hair=(220.0, 40.0, 30.0))
    changed = (
        np.abs(
            painter.draw(posed(), camera, dark).pixels.astype(int)
            - painter.draw(posed(), camera, red).pixels
        ).sum(2)
        > 20
    )
    face = camera.project(load_head().landmarks(posed()))
    top, chin = face[10], face[152]
    assert changed[: int(top[1]) - 12].sum() > 500
    assert not changed[int(top[1]) : int(chin[1]), int(face[33][0]) : int(face[263][0])].any()
