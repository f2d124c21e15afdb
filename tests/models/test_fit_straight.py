from dataclasses import replace

import numpy as np
import torch

from evp.core.records import FloatArray
from evp.models.speech.fit_landmarks import Hearing, LandmarkSettings, TalkingClip, measure_basis
from evp.models.speech.fit_straight import solve_straight
from evp.models.speech.landmarks import LandmarkNetwork
from evp.models.speech.straight import StraightPath, features_around

SETTINGS = LandmarkSettings(trust=0.0, straight_ridge=0.001)
TIMES = np.arange(200) / 25


def features(seed: int) -> FloatArray:
    heard = np.zeros((400, 384), np.float32)
    heard[:, :20] = np.random.default_rng(seed).standard_normal((400, 20))
    return heard


def talking(speaker: str, heard: FloatArray, rest: float) -> TalkingClip:
    """A chin that follows the first of the features; ``rest``: where it was fitted at rest."""
    moved = np.zeros((200, 478, 3), np.float32)
    moved[:, 152, 1] = 0.01 * (rest + heard[::2, 0])
    hearing = Hearing(np.zeros((400, 280), np.float32), heard, np.zeros(128, np.float32), 1.0)
    return TalkingClip(speaker, None, TIMES, moved, np.zeros((478, 3)), [hearing], False)


def solved(clips: list[TalkingClip], settings: LandmarkSettings) -> tuple[StraightPath, FloatArray]:
    """The path, and how it moves the chin to sound it has not heard."""
    network = LandmarkNetwork()
    measure_basis(network, clips)
    path = solve_straight(clips, network, settings)
    with torch.no_grad():
        components = path(torch.from_numpy(features_around(features(9), TIMES)))
        return path, network.displacements(components)[:, 152, 1].numpy()


def test_a_mouth_follows_what_is_heard_wherever_a_face_was_fitted_at_rest() -> None:
    clips = [talking("a", features(seed), rest) for seed, rest in ((0, -3.0), (1, 3.0), (2, 0.0))]
    _, chin = solved([*clips, talking("b", features(3), 0.0)], SETTINGS)
    assert np.corrcoef(chin, features(9)[::2, 0])[0, 1] > 0.85


def test_the_path_has_the_share_that_the_lstm_leaves() -> None:
    clips = [talking("a", features(0), 0.0)]
    whole, _ = solved(clips, SETTINGS)
    some, _ = solved(clips, replace(SETTINGS, trust=0.75))
    torch.testing.assert_close(some.layer.weight, 0.25 * whole.layer.weight)


def test_frames_without_a_face_say_nothing() -> None:
    clip = talking("a", features(0), 0.0)
    clip.displacement[50:60] = np.nan
    _, chin = solved([clip], SETTINGS)
    assert np.isfinite(chin).all()


def test_beyond_the_sound_its_ends_are_heard() -> None:
    heard = features(0)
    before = features_around(heard, np.array([-5.0])).reshape(5, 384)
    np.testing.assert_allclose(before, np.repeat(heard[:1], 5, axis=0))
    after = features_around(heard, np.array([100.0]), heard[0]).reshape(5, 384)
    np.testing.assert_allclose(after, np.repeat(heard[-1:] - heard[:1], 5, axis=0), atol=1e-6)
