"""How good pictures of held-out frames are: colour around face and mouth, and sharpness."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ...core.mouth_detail import LEVELS
from ...core.records import FloatArray
from .batch import MOUTH_WEIGHT, Window, move, to_input, truth
from .generator import Generator, GeneratorOutput, without_learning

SOFT_BELOW = 0.8
SOFT_PENALTY = 12.0
"""Decibels taken off per unit of sharpness below that share of the true frames': the mean of all
possible mouths has the least error and is the picture nobody wants."""

WANTED_SHARPNESS = 0.94
"""Detail is set to so much of the true frames' own: all of it would have to be in its place."""


@dataclass(frozen=True)
class Score:
    """Quality on held-out frames, with as much detail as theirs: a finished picture is given it.

    Attributes:
        psnr: dB, weighted as in training: the face, and the mouth more.
        sharpness: Laplacian energy of the mouth against the true frames'.
    """

    psnr: float
    sharpness: float

    @property
    def value(self) -> float:
        """What is maximised."""
        return self.psnr - SOFT_PENALTY * max(0.0, SOFT_BELOW - self.sharpness)


@torch.no_grad()
def measure(
    windows: Sequence[Window], device: torch.device, generator: Generator | None, bank: bool = True
) -> Score:
    """Score the generator, or without one the bank (or the warp alone) on held-out windows.

    Measured with the detail at the level that fits the true frames.
    """
    # Error and detail energy are quadratic in the level: their three coefficients are gathered.
    error, energy = np.zeros(3), np.zeros(3)
    true_energy = weight_sum = 0.0
    for window in windows:
        inputs, grid = window.inputs.float().to(device), window.grid[None].to(device)
        flow, weight = window.flow[None].float().to(device), window.weight[None].float().to(device)
        made: GeneratorOutput | None = None
        for frame in inputs:
            frame = frame[None]
            if generator is None:
                made = without_learning(to_input(frame, grid, frame[:, :3]), bank)
            else:
                last = None if made is None else move(made.picture, flow)
                made = render(generator, frame, grid, last)
        assert made is not None
        true = truth(inputs[-1:])
        rest = made.picture - made.fine
        error += _square(rest - true, made.fine, weight / 3.0)
        weight_sum += float(weight.sum())
        mouth = (weight > MOUTH_WEIGHT).float()
        energy += _square(_laplacian(rest), _laplacian(made.fine), mouth)
        true_energy += float((_laplacian(true) ** 2 * mouth).sum())
    level = 1.0
    if energy[1:].any():
        level = _fitting_level(energy / max(true_energy, 1e-9))
    powers = level ** np.arange(3)
    psnr = -10.0 * math.log10(float(error @ powers) / max(weight_sum, 1e-6) + 1e-9)
    return Score(psnr, float(energy @ powers) / max(true_energy, 1e-9))


def _fitting_level(energy: FloatArray) -> float:
    levels = np.linspace(*LEVELS, 91)
    sharpness = np.polynomial.polynomial.polyval(levels, energy)
    return float(levels[int(np.argmin(np.abs(sharpness - WANTED_SHARPNESS)))])


def _square(rest: Tensor, fine: Tensor, weight: Tensor) -> FloatArray:
    """(3,) coefficients of the weighted sum of (rest + level * fine) squared."""
    terms = (rest**2, 2 * rest * fine, fine**2)
    return np.array([float((term * weight).sum()) for term in terms])


def render(
    generator: Generator, frame: Tensor, grid: Tensor, last: Tensor | None
) -> GeneratorOutput:
    """One picture; without a last one it starts from what there is before any learning."""
    inputs = to_input(frame, grid, frame[:, :3])
    if last is None:
        last = torch.full_like(frame[:, :3], 0.5) if generator.edges_only else inputs.base
    made: GeneratorOutput = generator(dataclasses.replace(inputs, previous=last))
    return made


def _laplacian(picture: Tensor) -> Tensor:
    padded = functional.pad(picture.mean(1, keepdim=True), (1, 1, 1, 1), mode="replicate")
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]], device=picture.device)[None, None]
    return functional.conv2d(padded, kernel)
