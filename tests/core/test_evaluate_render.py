from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from synthetic_faces import align_points, talking, write_plate

from evp.core.evaluate.pictures import laplacian_energy, psnr, ssim, unrest
from evp.core.evaluate.render import evaluate_render
from evp.core.layers import Layers
from evp.core.networks import RenderedCrop
from evp.core.progress import finish

MASK = np.ones((32, 32), dtype=bool)


class Bank:
    """The warped plate and the bank, with nothing learnt."""

    fingerprint = "bank"
    edges_only = False

    def predict(self, layers: Layers, previous: np.ndarray | None) -> RenderedCrop:
        one = np.ones_like(layers.prior)
        return RenderedCrop(
            layers.base, layers.prior, layers.prior, one, np.zeros_like(layers.base)
        )

    def reset(self) -> None:
        """Nothing to forget."""


def test_measures_know_a_perfect_picture_from_a_worse_one() -> None:
    random = np.random.default_rng(0)
    true = random.random((32, 32, 3)).astype(np.float32)
    soft = (true + np.roll(true, 1, 0) + np.roll(true, 1, 1)) / 3
    assert psnr(true, true, MASK) == pytest.approx(100.0)
    assert ssim(true, true, MASK) == pytest.approx(1.0)
    assert psnr(true + 0.1, true, MASK) == pytest.approx(20.0, abs=1e-3)
    assert ssim(soft, true, MASK) < 0.95
    assert laplacian_energy(soft, MASK) < laplacian_energy(true, MASK)


def test_steady_movement_is_no_flicker() -> None:
    ramp = [np.full((32, 32, 3), value, dtype=np.float32) for value in (0.2, 0.3, 0.4)]
    assert unrest(*ramp, MASK) == pytest.approx(0.0, abs=1e-6)
    assert unrest(ramp[0], ramp[2], ramp[0], MASK) == pytest.approx(0.2, abs=1e-6)


def test_both_protocols_and_their_baselines_are_measured(tmp_path: Path) -> None:
    points = talking(40)
    plate = write_plate(tmp_path / "plate.mp4", points)
    report = finish(
        evaluate_render(plate, align_points(points, points), Bank(), None, 0.0, tmp_path)
    )
    assert {score.protocol for score in report.scores} == {"neighbour", "far"}
    scores = {(score.protocol, score.method): score for score in report.scores}
    assert scores["far", "full"].mouth_psnr > scores["far", "warp only"].mouth_psnr - 0.5
    assert scores["neighbour", "full"].frames == 10
