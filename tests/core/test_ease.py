import numpy as np

from evp.core.ease import ease


def test_a_step_is_flat_beyond_its_edges_and_even_between_them():
    np.testing.assert_allclose(
        ease(np.array([1.0, 2.0, 3.0, 4.0, 9.0]), (2.0, 4.0)), [0, 0, 0.5, 1, 1]
    )
    assert 0.0 < float(ease(0.1)) < 0.1
