"""How good pictures of held-out frames are: colour around face and mouth, and sharpness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from .batch import Window, move, to_input, truth
from .generator import Generator

SOFT_BELOW = 0.95
SOFT_PENALTY = 12.0
"""Decibels taken off per unit of sharpness that is missing below this share of the bank's own: the
mean of all possible mouths has the least error and is the picture nobody wants."""


@dataclass(frozen=True)
class Score:
    """Quality on held-out frames.

    Attributes:
        psnr: dB, weighted as in training: the face, and the mouth more.
        sharpness: Laplacian energy of the mouth against the true frames'.
    """

    psnr: float
    sharpness: float

    def value(self, usual: float) -> float:
        """What is maximised, given the sharpness of the plain bank.

        Detail beyond that earns nothing: it could only be made up.
        """
        wanted = SOFT_BELOW * min(usual, 1.0)
        return self.psnr - SOFT_PENALTY * max(0.0, wanted - self.sharpness)


@torch.no_grad()
def measure(
    windows: Sequence[Window], device: torch.device, generator: Generator | None, bank: bool = True
) -> Score:
    """Score the generator, or without one the bank (or the warp alone) on whole crops."""
    error = weight_sum = energy = true_energy = 0.0
    for window in windows:
        inputs, grid = window.inputs.float().to(device), window.grid[None].to(device)
        flow, weight = window.flow[None].float().to(device), window.weight[None].float().to(device)
        picture: Tensor | None = None
        for frame in inputs:
            frame = frame[None]
            if generator is None:
                start = to_input(frame, grid, frame[:, :3])
                picture = start.base if bank else start.texture
            else:
                last = None if picture is None else move(picture, flow)
                picture = render(generator, frame, grid, last)
        assert picture is not None
        true = truth(inputs[-1:])
        error += float((((picture - true) ** 2).mean(1, keepdim=True) * weight).sum())
        weight_sum += float(weight.sum())
        mouth = (weight > 1.0).float()
        energy += float((_detail(picture) * mouth).sum())
        true_energy += float((_detail(true) * mouth).sum())
    psnr = -10.0 * float(torch.log10(torch.tensor(error / max(weight_sum, 1e-6) + 1e-9)))
    return Score(psnr, energy / max(true_energy, 1e-9))


def render(generator: Generator, frame: Tensor, grid: Tensor, last: Tensor | None) -> Tensor:
    """One picture; without a last one it starts from what there is before any learning."""
    start = to_input(frame, grid, frame[:, :3])
    if last is None:
        last = torch.full_like(start.base, 0.5) if generator.edges_only else start.base
    picture: Tensor = generator(to_input(frame, grid, last)).picture
    return picture


def _detail(picture: Tensor) -> Tensor:
    """Squared Laplacian, at every pixel."""
    padded = functional.pad(picture.mean(1, keepdim=True), (1, 1, 1, 1), mode="replicate")
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]], device=picture.device)[None, None]
    return functional.conv2d(padded, kernel) ** 2
