import numpy as np
from synthetic_faces import talking_clip

from evp.core.reenact import PairMaker


def test_what_a_renderer_is_judged_by_holds_other_lips_as_new_speech_does():
    maker = PairMaker(talking_clip(), np.arange(24) < 18)
    near, other = maker.held_out([20, 20], 3)
    moved = [np.linalg.norm(pair.layers[-1].field, axis=-1).max() for pair in (near, other)]
    assert moved[1] > 1.5 * moved[0]
