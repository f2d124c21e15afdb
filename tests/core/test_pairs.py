import numpy as np

from evp.core.pairs import align_pair


def test_a_stretched_sentence_is_brought_to_the_same_moments() -> None:
    random = np.random.default_rng(0)
    first = np.cumsum(random.standard_normal((60, 12)), axis=0)
    stretch = np.round(np.linspace(0, 59, 90)).astype(int)
    rows, others = align_pair(first, first[stretch] + 3.0)
    assert len(rows) == len(others)
    assert (rows[0], others[0]) == (0, 0)
    assert (rows[-1], others[-1]) == (59, 89)
    assert (np.diff(rows) >= 0).all()
    assert (np.diff(rows) <= 1).all()
    assert np.abs(stretch[others] - rows).mean() < 1.0
