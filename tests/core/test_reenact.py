import numpy as np
from synthetic_faces import talking_clip

from evp.core.reenact import PairMaker


def test_a_held_out_frame_is_made_from_a_known_one_of_shortly_before():
    maker = PairMaker(talking_clip(), np.arange(24) < 18)
    held_out = maker.held_out([20], 3)[0]
    np.testing.assert_array_equal(held_out.targets[-1], maker.clip.picture(20))
    np.testing.assert_array_equal(
        held_out.layers[-1].texture, maker.make(20, 17, None).layers[-1].texture
    )
