import numpy as np

from evp.core.face import topology


def test_the_canonical_face_is_whole_and_faces_forward():
    assert topology.TRIANGLES.shape == (898, 3)
    assert set(topology.TRIANGLES.ravel()) == set(range(468))
    a, b, c = topology.CANONICAL[topology.TRIANGLES].transpose(1, 0, 2)
    assert (np.cross(b - a, c - a)[:, 2] > 0).mean() > 0.95
    assert ((topology.UVS >= 0) & (topology.UVS <= 1)).all()


def test_mirroring_twice_gives_the_same_landmark():
    mirror = topology.mirror_landmarks()
    np.testing.assert_array_equal(mirror[mirror], np.arange(478))
    assert mirror[33] == 263 and mirror[61] == 291 and mirror[468] == 473
    assert mirror[1] == 1


def test_mouth_and_eyes_can_be_cut_out():
    assert topology.mouth_triangles().sum() == 18
    assert topology.eye_triangles().sum() == 28


def test_other_layouts_have_their_points_in_place():
    points = np.zeros((478, 2))
    points[:468] = topology.CANONICAL[:, :2] * [1, -1]
    points[468:473] = points[[33, 133]].mean(0)
    points[473:478] = points[[263, 362]].mean(0)
    assert len(topology.IBUG68) == 68
    evp = topology.evp106(points)
    assert evp.shape == (106, 2)
    assert np.isfinite(evp).all()
    steps = np.linalg.norm(np.diff(evp[:33], axis=0), axis=1)
    assert steps.max() / steps.min() < 1.3
    assert evp[16, 1] == evp[:, 1].max()
    assert all(0 <= point < 106 for line in topology.SKETCH for point in line)


def test_evp106_takes_any_leading_axes():
    points = np.random.default_rng(0).normal(size=(2, 3, 478, 3))
    many = topology.evp106(points)
    assert many.shape == (2, 3, 106, 3)
    np.testing.assert_allclose(many[1, 2], topology.evp106(points[1, 2]))


def test_the_inter_ocular_distance_joins_the_outer_eye_corners():
    points = np.zeros((4, 478, 3))
    points[:, 33] = [10, 0, 5]
    points[:, 263] = [13, 4, 50]
    np.testing.assert_allclose(topology.inter_ocular_distance(points), 5)
