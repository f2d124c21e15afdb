import numpy as np

from evp.core.face.raster import rasterise


def test_the_nearest_triangle_wins_and_its_weights_place_the_pixel():
    points = np.array([[0, 0], [10, 0], [0, 10], [2, 2], [9, 2], [2, 9]], dtype=float)
    depth = np.array([5, 5, 5, 1, 1, 1], dtype=float)
    triangles = np.array([[0, 1, 2], [3, 4, 5]])
    index, weights = rasterise(points, depth, triangles, 12, 12)
    assert index[0, 0] == 0 and index[3, 3] == 1 and index[11, 11] == -1
    place = weights[3, 3] @ points[triangles[1]]
    np.testing.assert_allclose(place, [3.5, 3.5], atol=1e-9)


def test_both_windings_are_drawn_and_what_is_outside_is_cut():
    points = np.array([[-5, -5], [30, -5], [-5, 30]], dtype=float)
    for triangle in ([0, 1, 2], [0, 2, 1]):
        index, _ = rasterise(points, np.ones(3), np.array([triangle]), 8, 6)
        assert index.shape == (6, 8)
        assert (index == 0).all()
