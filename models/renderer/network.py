"""The face renderer: base weights, prediction of one frame, adaptation to one plate."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...core.layers import Layers
from ...core.networks import AdaptationReport, RenderedCrop
from ...core.progress import Job, Progress
from ...core.records import FloatArray
from ...core.reenact import PairMaker, TrainingPair
from ..weights import WeightsError, load_weights, save_weights
from .batch import (
    Window,
    around_mouth,
    full,
    halved,
    place_grid,
    stack_layers,
    to_input,
    whole_window,
)
from .generator import Generator, without_learning
from .losses import LossWeights
from .measure import Score, measure, render
from .training import Trainer, draw_window

ARCHITECTURE = "evp-renderer-2"
EDGES_ARCHITECTURE = "evp-renderer-edges-2"
ADAPTED = "-adapted"
FIRST_PAIRS = 12
MOST_PAIRS = 160
BATCH = 4
MEASURE_EVERY = 18.0
"""Seconds between two measurements on held-out frames; each also writes the checkpoint."""

WRITING = 0.3
"""Seconds kept for writing the checkpoint."""

STEPS_PER_PAIR = 2
RATE, EDGES_RATE = 2e-4, 2e-3
WORTH = 0.05
"""Decibels that learning must gain over warp and bank to be used in their place."""


class TorchFaceRenderer:
    """Fulfils ``FaceRenderer`` with the U-Net of ``generator.py``.

    Args:
        device: where it runs.
        base: state of the generator to start from; None starts as the identity.
        base_fingerprint: names the base weights.
        edges_only: paint from the edge map alone.
    """

    def __init__(
        self,
        device: torch.device,
        base: dict[str, Tensor] | None,
        base_fingerprint: str,
        edges_only: bool = False,
    ) -> None:
        self.device = device
        self._edges_only = edges_only
        self._base = base
        self._base_fingerprint = base_fingerprint
        self.reset()

    @property
    def fingerprint(self) -> str:
        """Changes when the weights or their use do."""
        return f"{self._base_fingerprint[:16]}-{self._adapted}"

    @property
    def edges_only(self) -> bool:
        """Whether it paints from the edge map alone."""
        return self._edges_only

    def reset(self) -> None:
        """Go back to the base weights."""
        torch.manual_seed(0)
        self.generator = Generator(self._edges_only)
        if self._base is not None:
            self.generator.load_state_dict(self._base)
        self.generator.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.generator.eval()
        # The base saw one speaker: unadapted it costs detail, so it only serves to start from.
        self._mode = "learned" if self._edges_only else "bank"
        self._adapted = "base"

    @torch.no_grad()
    def predict(self, layers: Layers, previous: FloatArray | None) -> RenderedCrop:
        """Render one frame; see ``FaceRenderer``."""
        stacked = stack_layers(layers)
        size = stacked.shape[-1]
        # The true picture's place in a training window is not read when rendering.
        frame = np.concatenate([stacked[:6], np.zeros((3, size, size), np.float32), stacked[6:]])
        inputs = torch.from_numpy(frame)[None].to(self.device)
        grid = place_grid(size)[None].to(self.device)
        if self._mode == "learned":
            last = None
            if previous is not None:
                last = torch.from_numpy(np.ascontiguousarray(previous.transpose(2, 0, 1)))
                last = last[None].float().to(self.device)
            made = render(self.generator, inputs, grid, last)
        else:
            made = without_learning(to_input(inputs, grid, inputs[:, :3]), self._mode == "bank")
        return RenderedCrop(
            made.picture[0].permute(1, 2, 0).cpu().numpy(),
            made.blend[0, 0].cpu().numpy(),
            made.detail[0, 0].cpu().numpy(),
            made.gain[0, 0].cpu().numpy(),
            made.correction[0].permute(1, 2, 0).cpu().numpy(),
        )

    def adapt(
        self,
        pairs: PairMaker,
        held_out: Sequence[TrainingPair],
        seconds: float,
        begun: float,
        seed: int,
        checkpoint: Path,
        key: str,
    ) -> Job[AdaptationReport]:
        """Learn from a plate; see ``FaceRenderer``."""
        spent, steps, current = self._resume(checkpoint, key)
        random = np.random.default_rng((seed, steps))
        torch.manual_seed(seed)
        windows = [around_mouth(pair) for pair in held_out]
        warp = measure(windows, self.device, None, bank=False)
        bank = measure(windows, self.device, None)
        best_state = _copy(self.generator)
        measuring = time.monotonic()
        best = measure(windows, self.device, self.generator)
        measured, judged = time.monotonic(), steps
        # The last measurement and the writing of the weights are part of the time that was given.
        learning = seconds - 1.5 * (measured - measuring) - WRITING
        if current is not None:
            self.generator.load_state_dict(current)
        # Painting from nothing, a call for detail is answered with noise.
        weights = LossWeights(sharpness=0.0) if self._edges_only else LossWeights()
        rate = EDGES_RATE if self._edges_only else RATE
        trainer = Trainer(self.generator, None, weights, rate)
        pool: list[tuple[Window, tuple[int, int, int, int]]] = []
        total = max(1, math.ceil(seconds))
        while (now := spent + time.monotonic() - begun) < learning:
            if len(pool) < FIRST_PAIRS or (len(pool) < MOST_PAIRS and steps % STEPS_PER_PAIR == 0):
                pair = pairs.draw(random)
                pool.append((halved(whole_window(pair)), pair.mouth_box))
                if len(pool) < FIRST_PAIRS:
                    continue
            self.generator.train()
            trainer.set_rate(rate * min(1.0, 2.5 * (1.04 - now / seconds)))
            trainer.step(_draw_batch(pool, random))
            steps += 1
            if time.monotonic() - measured > MEASURE_EVERY:
                best, best_state = self._keep_better(windows, best, best_state)
                scores = warp, bank, best
                self._write(checkpoint, key, best_state, (now, seconds), steps, scores, False)
                measured, judged = time.monotonic(), steps
            yield Progress("adapt", min(total, int(now)), total, f"learning, step {steps}")
        if steps > judged:
            best, best_state = self._keep_better(windows, best, best_state)
        spent = spent + time.monotonic() - begun
        scores = warp, bank, best
        self._write(checkpoint, key, best_state, (spent, seconds), steps, scores, True)
        report = self.restore(checkpoint, key, seconds)
        assert report is not None
        yield Progress("adapt", total, total, f"{report.mode} is best on held-out frames")
        return report

    def restore(self, checkpoint: Path, key: str, seconds: float) -> AdaptationReport | None:
        """Take up a finished adaptation; see ``FaceRenderer``."""
        try:
            weights = load_weights(checkpoint, self._architecture + ADAPTED)
        except WeightsError:
            return None
        details = weights.details
        if details.get("key") != key or not details.get("finished"):
            return None
        if float(str(details["asked"])) < seconds:
            return None
        best = {n.removeprefix("best."): t for n, t in weights.tensors.items() if "best." in n}
        self.generator.load_state_dict(best)
        self.generator.eval()
        self._mode = str(details["mode"])
        self._adapted = _hash(best, self._mode)
        return AdaptationReport(
            mode=self._mode,
            warp_psnr=float(str(details["warp_psnr"])),
            bank_psnr=float(str(details["bank_psnr"])),
            learned_psnr=float(str(details["learned_psnr"])),
            seconds=float(str(details["seconds"])),
            steps=int(str(details["steps"])),
        )

    @property
    def _architecture(self) -> str:
        return EDGES_ARCHITECTURE if self._edges_only else ARCHITECTURE

    def _resume(self, checkpoint: Path, key: str) -> tuple[float, int, dict[str, Tensor] | None]:
        """Load the best of a broken-off or shorter adaptation; seconds, steps, latest state."""
        try:
            weights = load_weights(checkpoint, self._architecture + ADAPTED)
        except WeightsError:
            return 0.0, 0, None
        if weights.details.get("key") != key:
            return 0.0, 0, None
        best = {n.removeprefix("best."): t for n, t in weights.tensors.items() if "best." in n}
        latest = {n.removeprefix("last."): t for n, t in weights.tensors.items() if "last." in n}
        self.generator.load_state_dict(best)
        details = weights.details
        return float(str(details["seconds"])), int(str(details["steps"])), latest

    def _keep_better(
        self,
        windows: Sequence[Window],
        best: Score,
        best_state: dict[str, Tensor],
    ) -> tuple[Score, dict[str, Tensor]]:
        self.generator.eval()
        score = measure(windows, self.device, self.generator)
        if score.value > best.value:
            return score, _copy(self.generator)
        return best, best_state

    def _write(
        self,
        checkpoint: Path,
        key: str,
        best_state: dict[str, Tensor],
        seconds: tuple[float, float],
        steps: int,
        scores: tuple[Score, Score, Score],
        finished: bool,
    ) -> None:
        warp, bank, learned = scores
        values = {"bank": bank.value, "warp": warp.value, "learned": learned.value - WORTH}
        mode = "learned" if self._edges_only else max(values, key=lambda name: values[name])
        tensors = {f"best.{name}": tensor for name, tensor in best_state.items()}
        tensors |= {f"last.{name}": tensor for name, tensor in self.generator.state_dict().items()}
        details = {
            "key": key,
            "finished": finished,
            "mode": mode,
            "seconds": seconds[0],
            "asked": seconds[1],
            "steps": steps,
            "warp_psnr": warp.psnr,
            "bank_psnr": bank.psnr,
            "learned_psnr": learned.psnr,
        }
        save_weights(checkpoint, tensors, self._architecture + ADAPTED, details, exact=True)


def _draw_batch(
    pool: Sequence[tuple[Window, tuple[int, int, int, int]]], random: np.random.Generator
) -> list[Window]:
    """Windows of one kind: all with a frame before, or all without."""
    first = int(random.integers(len(pool)))
    follows = pool[first][0].follows
    same = [index for index, (window, _) in enumerate(pool) if window.follows == follows]
    picks = [first, *random.choice(same, BATCH - 1)]
    return [full(draw_window(pool[int(i)][0], pool[int(i)][1], random)) for i in picks]


def _copy(generator: Generator) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in generator.state_dict().items()}


def _hash(state: dict[str, Tensor], use: str) -> str:
    digest = hashlib.sha256(use.encode())
    for name in sorted(state):
        digest.update(state[name].cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
