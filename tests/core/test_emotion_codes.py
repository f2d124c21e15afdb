import numpy as np

from evp.core.emotion_codes import blend_codes
from evp.core.records import EMOTIONS, FloatArray

HAPPY, SAD, NEUTRAL = (EMOTIONS.index(name) for name in ("happy", "sad", "neutral"))
PROTOTYPES = np.random.default_rng(0).standard_normal((8, 3, 128))


def weights(**amounts: float) -> FloatArray:
    row = np.zeros((1, 8))
    for name, amount in amounts.items():
        row[0, EMOTIONS.index(name)] = amount
    return row


def test_an_intensity_that_was_recorded_gives_its_own_prototype() -> None:
    for level in range(3):
        code = blend_codes(weights(happy=(level + 1) / 3), PROTOTYPES)[0]
        np.testing.assert_allclose(code, PROTOTYPES[HAPPY, level], atol=1e-5)


def test_between_two_intensities_the_code_is_halfway() -> None:
    code = blend_codes(weights(sad=0.5), PROTOTYPES)[0]
    np.testing.assert_allclose(code, PROTOTYPES[SAD, :2].mean(axis=0), atol=1e-5)


def test_no_emotion_is_neutral_and_blends_are_linear() -> None:
    straight = PROTOTYPES[:, -1:]
    neutral = straight[NEUTRAL, 0]
    np.testing.assert_allclose(
        blend_codes(weights(), PROTOTYPES)[0], PROTOTYPES[NEUTRAL, -1], atol=1e-5
    )
    np.testing.assert_allclose(
        blend_codes(weights(happy=0.5, sad=0.25, neutral=0.25), straight)[0],
        0.5 * straight[HAPPY, 0] + 0.25 * straight[SAD, 0] + 0.25 * neutral,
        atol=1e-5,
    )
