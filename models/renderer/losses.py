"""Losses of the edge-to-video network.

The paper's LSGAN and reconstruction terms. Its VGG feature loss asks for weights this project
cannot ship; the features of our own discriminators and a Laplacian pyramid take its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

Judgement = list[list[Tensor]]


@dataclass(frozen=True)
class LossWeights:
    """How much each term counts (paper: adversarial 1, reconstruction 2, features 2).

    The reconstruction is a mean over 0..1 colours and therefore small beside the adversarial term.
    """

    reconstruction: float = 10.0
    pyramid: float = 10.0
    temporal: float = 5.0
    sharpness: float = 25.0
    features: float = 2.0
    adversarial: float = 0.05


def weighted_mean(value: Tensor, weight: Tensor) -> Tensor:
    """Mean of (N, C, H, W) under a weight (N, 1, H, W)."""
    return (value * weight).sum() / (weight.sum() * value.shape[1] + 1e-6)


def reconstruction(picture: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """A rounded absolute difference: outliers of a moved edge must not rule."""
    return weighted_mean(torch.sqrt((picture - target) ** 2 + 1e-4) - 1e-2, weight)


def pyramid(picture: Tensor, target: Tensor, weight: Tensor, levels: int = 3) -> Tensor:
    """Absolute difference of Laplacian pyramids: structure counts as much as colour.

    Without the finest level: that is grain and skin, which no network can put where the truth has
    it; ``sharpness`` asks for its amount.
    """
    total = picture.new_zeros(())
    difference, weight = (
        functional.avg_pool2d(picture - target, 2),
        functional.avg_pool2d(weight, 2),
    )
    for level in range(levels):
        small = functional.avg_pool2d(difference, 2)
        detail = difference - functional.interpolate(small, scale_factor=2, mode="bilinear")
        total = total + weighted_mean(detail.abs(), weight) * 2.0 ** (-level)
        difference, weight = small, functional.avg_pool2d(weight, 2)
    return total


def sharpness(picture: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Difference of local detail, wherever exactly it lies: the mean of two pictures has less."""
    return weighted_mean((local_detail(picture) - local_detail(target)).abs(), weight)


def local_detail(picture: Tensor) -> Tensor:
    """(N, 1, H, W) root of the local mean of the squared Laplacian of the brightness."""
    grey = picture.mean(1, keepdim=True)
    padded = functional.pad(grey, (1, 1, 1, 1), mode="replicate")
    around = padded[..., :-2, 1:-1] + padded[..., 2:, 1:-1]
    around = around + padded[..., 1:-1, :-2] + padded[..., 1:-1, 2:]
    energy = functional.avg_pool2d((around - 4.0 * grey) ** 2, 7, 1, 3)
    return torch.sqrt(energy + 1e-5)


def fool(judgement: Judgement) -> Tensor:
    """Least-squares loss of the generator."""
    return torch.stack([((features[-1] - 1) ** 2).mean() for features in judgement]).mean()


def tell_apart(real: Judgement, made: Judgement) -> Tensor:
    """Least-squares loss of the discriminators."""
    terms = [
        ((r[-1] - 1) ** 2).mean() + (m[-1] ** 2).mean() for r, m in zip(real, made, strict=True)
    ]
    return torch.stack(terms).mean() / 2


def feature_matching(real: Judgement, made: Judgement) -> Tensor:
    """Distance of the discriminators' inner features on real and made pictures."""
    terms = [
        (m - r.detach()).abs().mean()
        for reals, mades in zip(real, made, strict=True)
        for r, m in zip(reals[:-1], mades[:-1], strict=True)
    ]
    return torch.stack(terms).mean()
