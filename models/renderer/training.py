"""One optimisation step, shared by base training and by the adaptation to a shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from . import losses
from .batch import Window, collate, cut, move, to_input, truth
from .discriminators import Discriminators
from .generator import Generator, GeneratorOutput

WINDOW = 96


@dataclass
class Trainer:
    """Networks and optimisers in training.

    Attributes:
        generator: being trained.
        judges: the discriminators, or None for training without them.
        weights: of the loss terms.
        rate: learning rate (paper: Adam (0.5, 0.999), 1e-4; a small network takes more).
    """

    generator: Generator
    judges: Discriminators | None
    weights: losses.LossWeights
    rate: float = 4e-4

    def __post_init__(self) -> None:
        self.optimiser = torch.optim.Adam(
            self.generator.parameters(), lr=self.rate, betas=(0.5, 0.999)
        )
        self.judge_optimiser = None
        if self.judges is not None:
            self.judge_optimiser = torch.optim.Adam(
                self.judges.parameters(), lr=self.rate / 2, betas=(0.5, 0.999)
            )

    def set_rate(self, rate: float) -> None:
        """Change the learning rate of the generator."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate

    def step(self, windows: Sequence[Window]) -> dict[str, float]:
        """Learn from windows with the same number of frames each; returns the loss terms."""
        device = next(self.generator.parameters()).device
        inputs, grid, flow, weight = (part.to(device) for part in collate(windows))
        count = inputs.shape[1]
        first = inputs[:, 0]
        start = to_input(first, grid, first[:, :3])
        grey = torch.full_like(start.base, 0.5)
        beginning = grey if self.generator.edges_only else start.base
        made = self.generator(to_input(first, grid, beginning))
        terms = self._still_terms(made, first, weight)
        last, real_last = beginning, truth(first)
        if count == 2:
            second = inputs[:, 1]
            last = move(made.picture.detach(), flow)
            real_last = move(truth(first), flow)
            made = self.generator(to_input(second, grid, last))
            for name, value in self._still_terms(made, second, weight).items():
                terms[name] = (terms[name] + value) / 2
            change = made.picture - last - (truth(second) - real_last)
            terms["temporal"] = losses.weighted_mean(change.abs(), weight) * self.weights.temporal
        frame = inputs[:, -1]
        if self.judges is not None:
            self._judge(made, frame, (last, real_last), flow, terms)
        loss = torch.stack(list(terms.values())).sum()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.generator.parameters(), 1.0)
        self.optimiser.step()
        return {name: float(value.detach()) for name, value in terms.items()}

    def _still_terms(
        self, made: GeneratorOutput, frame: Tensor, weight: Tensor
    ) -> dict[str, Tensor]:
        true = truth(frame)
        return {
            "reconstruction": losses.reconstruction(made.picture, true, weight)
            * self.weights.reconstruction,
            "sharpness": losses.sharpness(made.picture, true, weight) * self.weights.sharpness,
            "pyramid": losses.pyramid(made.picture, true, weight) * self.weights.pyramid,
        }

    def _judge(
        self,
        made: GeneratorOutput,
        frame: Tensor,
        last: tuple[Tensor, Tensor],
        flow: Tensor,
        terms: dict[str, Tensor],
    ) -> None:
        assert self.judges is not None and self.judge_optimiser is not None
        lines, motion = frame[:, 9:10], flow / 8.0
        true = truth(frame)
        real = self.judges(true, lines, last[1], motion)
        fake = self.judges(made.picture.detach(), lines, last[0].detach(), motion)
        self.judge_optimiser.zero_grad(set_to_none=True)
        losses.tell_apart(real, fake).backward()
        self.judge_optimiser.step()
        self.judges.requires_grad_(False)
        judged = self.judges(made.picture, lines, last[0].detach(), motion)
        with torch.no_grad():
            real = self.judges(true, lines, last[1], motion)
        terms["adversarial"] = losses.fool(judged) * self.weights.adversarial
        matching = losses.feature_matching(real, judged)
        terms["features"] = matching * self.weights.features * self.weights.adversarial
        self.judges.requires_grad_(True)


def draw_window(
    window: Window, mouth: tuple[int, int, int, int], random: np.random.Generator
) -> Window:
    """A part of a pair to learn from: mostly the mouth, sometimes anywhere in the face."""
    size = window.inputs.shape[-1]
    if random.random() < 0.65:
        centre = np.array([mouth[0] + mouth[2], mouth[1] + mouth[3]]) / 2
        centre = centre + random.uniform(-24, 24, 2)
    else:
        centre = size / 2 + random.uniform(-0.25, 0.25, 2) * size
    low = np.clip(np.rint((centre - WINDOW / 2) / 4) * 4, 0, size - WINDOW).astype(int)
    return cut(window, int(low[0]), int(low[1]), WINDOW)
