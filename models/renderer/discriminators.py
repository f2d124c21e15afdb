"""Image and video discriminators with least-squares loss (paper, section 3.4, after vid2vid)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

VIDEO_CHANNELS = 8
"""This frame, the last one moved along to it, and the flow between them."""


class PatchDiscriminator(nn.Module):
    """Judges patches of a picture; its inner features serve as the perceptual loss."""

    def __init__(self, channels: int, width: int = 32) -> None:
        super().__init__()
        widths = (width, width * 2, width * 4)
        layers: list[nn.Module] = []
        incoming = channels
        for outgoing in widths:
            layers.append(nn.Conv2d(incoming, outgoing, 4, 2, 1))
            incoming = outgoing
        self.layers = nn.ModuleList(layers)
        self.norms = nn.ModuleList([nn.Identity(), *(nn.GroupNorm(8, w) for w in widths[1:])])
        self.judge = nn.Conv2d(incoming, 1, 3, 1, 1)

    def forward(self, picture: Tensor) -> list[Tensor]:
        """Features of each layer, then the judgement, for (N, C, H, W)."""
        features = []
        value = picture
        for layer, norm in zip(self.layers, self.norms, strict=True):
            value = functional.leaky_relu(norm(layer(value)), 0.2)
            features.append(value)
        return [*features, self.judge(value)]


class Discriminators(nn.Module):
    """Two scales of the image discriminator and one flow-conditioned video discriminator."""

    def __init__(self) -> None:
        super().__init__()
        self.fine = PatchDiscriminator(4)
        self.coarse = PatchDiscriminator(4)
        self.video = PatchDiscriminator(VIDEO_CHANNELS)

    def forward(
        self, picture: Tensor, lines: Tensor, last: Tensor, flow: Tensor
    ) -> list[list[Tensor]]:
        """Judge pictures (N, 3, H, W) with their edge map, the last frame moved along, the flow."""
        still = torch.cat([picture, lines], 1)
        moving = torch.cat([picture, last, flow], 1)
        small = functional.avg_pool2d(still, 2)
        return [self.fine(still), self.coarse(small), self.video(moving)]
