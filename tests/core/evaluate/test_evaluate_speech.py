import numpy as np
import pytest

from evp.core.arkit import SHAPE_INDEX
from evp.core.evaluate.speech import TalkingFace, score_clip
from evp.core.face.head import load_head
from evp.core.records import FloatArray

FRAMES = 100


def opening() -> FloatArray:
    time = np.arange(FRAMES) / 25
    return 0.2 + 0.1 * np.sin(9 * time) + 0.1 * np.sin(23 * time + 1)


def moved(curve: FloatArray) -> FloatArray:
    jaw = load_head().landmark_expression_basis[SHAPE_INDEX["jawOpen"]]
    return np.asarray(curve[:, None, None] * jaw)


def clip(curve: FloatArray, valid: FloatArray | None = None) -> TalkingFace:
    head = load_head()
    return TalkingFace(
        name="clip",
        speaker="someone",
        samples=np.zeros(64_000, np.float32),
        times=np.arange(FRAMES) / 25,
        displacement=moved(curve),
        valid=np.ones(FRAMES, bool) if valid is None else valid,
        neutral=head.landmarks(head.neutral),
    )


def test_a_perfect_mouth_scores_perfectly() -> None:
    score = score_clip(clip(opening()), moved(opening()))
    assert score.lag == 0
    assert score.gap_r == pytest.approx(1.0)
    assert score.m_ld == pytest.approx(0.0, abs=1e-9)
    assert score.mean_m_ld > 0.5


def test_a_late_mouth_is_measured_at_its_lag() -> None:
    score = score_clip(clip(opening()), moved(np.roll(opening(), 3)))
    assert score.lag == 3
    assert score.gap_r > 0.99
    assert score.m_ld < 0.2 * score.mean_m_ld


def test_a_still_mouth_is_the_mean_face() -> None:
    score = score_clip(clip(opening()), moved(np.full(FRAMES, 0.3)))
    assert score.gap_r == 0.0
    assert score.m_ld == pytest.approx(score.mean_m_ld)
    assert score.m_lvd == pytest.approx(score.mean_m_lvd)


def test_lost_frames_do_not_count() -> None:
    valid = np.ones(FRAMES, bool)
    valid[40:60] = False
    broken = opening()
    broken[40:60] = 5.0
    score = score_clip(clip(broken, valid), moved(opening()))
    assert score.gap_r == pytest.approx(1.0)
    assert score.m_ld == pytest.approx(0.0, abs=1e-9)
