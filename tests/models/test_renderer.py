from __future__ import annotations

import time
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from synthetic_faces import align_points, talking, talking_clip, write_plate

from evp.core.adapt import adapt_renderer
from evp.core.layers import MouthPick, build_layers
from evp.core.progress import finish
from evp.core.reenact import PairMaker
from evp.core.render import compose
from evp.models.renderer.batch import around_mouth, whole_window
from evp.models.renderer.discriminators import Discriminators
from evp.models.renderer.generator import Generator
from evp.models.renderer.load import load_face_renderer
from evp.models.renderer.losses import LossWeights
from evp.models.renderer.measure import WANTED_SHARPNESS, measure
from evp.models.renderer.network import TorchFaceRenderer
from evp.models.renderer.training import Trainer, draw_window

CPU = torch.device("cpu")


def fresh(edges_only: bool = False) -> TorchFaceRenderer:
    return TorchFaceRenderer(CPU, None, "none", edges_only)


def test_an_untrained_generator_gives_the_warped_plate() -> None:
    faces = talking_clip(4)
    pick = MouthPick()
    layers = build_layers(
        faces.picture(0), faces.landmarks[0], faces.landmarks[2], faces.depth[2], pick
    )
    made = fresh().predict(layers, None)
    np.testing.assert_allclose(made.picture, layers.base, atol=1e-6)


def test_the_finished_face_is_the_picture_that_was_learnt() -> None:
    torch.manual_seed(1)
    faces = talking_clip(12)
    renderer = fresh()
    torch.nn.init.normal_(renderer.generator.leave.weight, std=0.2)
    renderer._mode = "learned"
    pick = PairMaker(faces, np.ones(12, dtype=bool)).pick(4, 0)
    layers = build_layers(
        faces.picture(0), faces.landmarks[0], faces.landmarks[4], faces.depth[4], pick
    )
    made = renderer.predict(layers, None)
    face = compose(layers, made)
    assert np.abs(face - layers.base).max() > 0.01
    np.testing.assert_allclose(face, made.picture, atol=2e-3)


def test_preparing_the_frames_is_part_of_the_time_to_learn(tmp_path: Path) -> None:
    maker = PairMaker(talking_clip(), np.arange(24) < 18)
    held_out = maker.held_out([20], 5)
    begun = time.monotonic()
    job = fresh().adapt(maker, held_out, 60.0, begun - 60.0, 0, tmp_path / "a.safetensors", "key")
    report = finish(job)
    assert report.steps == 0 and report.seconds >= 60.0
    assert time.monotonic() - begun < 20.0


def test_pictures_are_measured_with_as_much_detail_as_the_true_frames() -> None:
    maker = PairMaker(talking_clip(), np.ones(24, dtype=bool))
    windows = [around_mouth(maker.make(target, target - 3, None)) for target in (6, 12, 20)]
    generator = Generator().eval()
    for score in (measure(windows, CPU, None), measure(windows, CPU, generator)):
        assert abs(score.sharpness - WANTED_SHARPNESS) < 0.05


@pytest.mark.parametrize("judges", [False, True])
def test_a_step_of_training_lowers_the_loss_of_its_own_batch(judges: bool) -> None:
    torch.manual_seed(0)
    maker = PairMaker(talking_clip(), np.ones(24, dtype=bool))
    random = np.random.default_rng(0)
    pairs = [maker.draw(random) for _ in range(3)]
    pairs = [pair for pair in pairs if len(pair.layers) == 2]
    windows = [draw_window(whole_window(pair), pair.mouth_box, random) for pair in pairs]
    trainer = Trainer(Generator(), Discriminators() if judges else None, LossWeights(), 3e-4)
    losses = [sum(trainer.step(windows).values()) for _ in range(16)]
    assert min(losses[-3:]) < losses[0]


def test_adaptation_is_never_worse_than_the_warp_and_comes_back(tmp_path: Path) -> None:
    points = talking(30)
    plate = write_plate(tmp_path / "plate.mp4", points)
    aligned = align_points(points, points)
    checkpoint, renderer = tmp_path / "a.safetensors", fresh()
    report = finish(adapt_renderer(plate, aligned, renderer, 4.0, 0, checkpoint))
    assert report is not None
    shown = {"warp": report.warp_psnr, "bank": report.bank_psnr, "learned": report.learned_psnr}
    assert report.mode == "learned" or shown[report.mode] >= report.warp_psnr
    again = fresh()
    second = finish(adapt_renderer(plate, aligned, again, 4.0, 0, checkpoint))
    assert second == report and again.fingerprint == renderer.fingerprint
    assert renderer.fingerprint != fresh().fingerprint


def test_a_broken_off_adaptation_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from evp.models.renderer import network

    monkeypatch.setattr(network, "MEASURE_EVERY", 0.1)
    maker = PairMaker(talking_clip(), np.arange(24) < 18)
    held_out = maker.held_out([20], 5)
    checkpoint = tmp_path / "a.safetensors"
    job = fresh().adapt(maker, held_out, 30.0, time.monotonic(), 0, checkpoint, "key")
    while not checkpoint.exists():
        next(job)
    job.close()
    renderer = fresh()
    assert renderer.restore(checkpoint, "key", 30.0) is None
    spent, steps, latest = renderer._resume(checkpoint, "key")
    assert spent > 0.0 and steps > 0 and latest is not None
    assert renderer._resume(checkpoint, "other")[1] == 0


def test_too_short_a_plate_learns_nothing(tmp_path: Path) -> None:
    points = talking(5)
    plate = write_plate(tmp_path / "plate.mp4", points)
    aligned, checkpoint = align_points(points, points), tmp_path / "a.safetensors"
    job = adapt_renderer(plate, aligned, fresh(), 60.0, 0, checkpoint)
    assert finish(job) is None


def test_edges_alone_learn_to_paint_the_face() -> None:
    torch.manual_seed(0)
    maker = PairMaker(talking_clip(), np.ones(24, dtype=bool))
    random = np.random.default_rng(0)
    windows = [whole_window(maker.make(3, 2, None))]
    generator = Generator(edges_only=True)
    before = measure(windows, CPU, generator)
    trainer = Trainer(generator, None, LossWeights(sharpness=0.0), 2e-3)
    for _ in range(12):
        trainer.step([draw_window(windows[0], (100, 150, 150, 180), random)])
    assert measure(windows, CPU, generator.eval()).psnr > before.psnr + 1.0


@pytest.mark.parametrize("weights", ["open", "research"])
def test_committed_base_weights_load(weights: Literal["open", "research"]) -> None:
    renderer = load_face_renderer(CPU, weights)
    assert not renderer.edges_only and renderer.fingerprint
    assert load_face_renderer(CPU, weights, "edges").edges_only
