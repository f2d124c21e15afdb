from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from evp.core.face.head import load_head
from evp.core.progress import finish
from evp.models.speech.fit_landmarks import (
    Hearing,
    LandmarkSettings,
    TalkingClip,
    fit_landmarks,
    unlikeness,
)
from evp.models.speech.landmarks import HEARD_SIZE, LandmarkNetwork


def test_the_gaps_size_and_place_do_not_count_its_course_does() -> None:
    torch.manual_seed(0)
    wanted = torch.randn(4, 16, 3).cumsum(1)
    seen = torch.ones(4, 16, dtype=torch.bool)
    assert unlikeness(0.5 * wanted + 2.0, wanted, seen, 0.01) < 0.02
    assert unlikeness(-wanted, wanted, seen, 0.01) > 1.98


def test_a_mouth_that_hardly_moves_and_a_face_that_was_lost_say_nothing() -> None:
    torch.manual_seed(1)
    made, wanted = torch.randn(2, 1, 16, 3).cumsum(2)
    seen = torch.ones(1, 16, dtype=torch.bool)
    still = 1e-4 * wanted
    assert abs(float(unlikeness(made, still, seen, 1.0)) - 1.0) < 0.01
    seen[0, 5] = False
    assert float(unlikeness(made, wanted, seen, 1.0)) == 0.0


def talking(seed: int) -> TalkingClip:
    """A jaw that follows the first number of what is heard."""
    random = np.random.default_rng(seed)
    head = load_head()
    content = random.standard_normal((100, HEARD_SIZE)).astype(np.float32)
    times = np.arange(50) / 25
    jaw = np.zeros((50, 52))
    jaw[:, 17] = 0.3 + 0.1 * np.clip(content[::2, 0], -2.0, 2.0)
    moved = np.tensordot(jaw, head.landmark_expression_basis, axes=1)
    features = np.zeros((100, 384), np.float32)
    features[:, 0] = content[:, 0]
    heard = [Hearing(content, features, np.zeros(128, np.float32), 1.0)]
    neutral = head.landmarks(head.neutral)
    return TalkingClip("made/a", None, times, moved, neutral, heard, False)


def trained(folder: Path, settings: LandmarkSettings) -> LandmarkNetwork:
    codes = np.random.default_rng(9).standard_normal((8, 128)).astype(np.float32)
    faces = load_head().landmark_identity_basis
    file = folder / "landmarks.safetensors"
    return finish(fit_landmarks([talking(0), talking(1)], codes, faces, settings, file))


def test_the_lstm_gets_its_share_also_after_a_run_is_resumed(tmp_path: Path) -> None:
    settings = LandmarkSettings(steps=3, batch=4, averaged=1, trust=1.0)
    whole = trained(tmp_path, settings)
    some = trained(tmp_path, replace(settings, trust=0.3))
    assert whole.out.weight.abs().max() > 0
    torch.testing.assert_close(some.out.weight, 0.3 * whole.out.weight)
