"""The edge-to-video generator: a small recurrent U-Net (paper, section 3.4, after vid2vid).

Where the plate is the texture it corrects a picture that is already there: it starts as the
identity and learns where the bank's mouth shows and what colour is missing. Where it has edges
only it paints.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

PLATE_CHANNELS = 15
EDGE_CHANNELS = 7
WIDTHS = (48, 64, 96, 128)
OUTPUT_GAIN = 0.2
"""Keeps the first steps of the last layer small beside what the warp has right already."""


BLEND_GRAIN, CORRECTION_GRAIN = 2, 4
"""Finest structure of what is learnt, pixels. Detail comes from the plate's own pixels: a network
that may add its own learns edges between teeth that are not there."""


@dataclass(frozen=True)
class GeneratorInput:
    """A batch of frames as the generator sees them; N pictures of H x W, values 0..1.

    Attributes:
        texture, mouth_texture, previous: (N, 3, H, W); ``previous`` is the last output frame moved
            along to this one.
        masks: (N, 6, H, W): edge lines, face, mouth, stretch, prior, region.
        grid: (N, 2, H, W): place in the crop, -1..1.
    """

    texture: Tensor
    mouth_texture: Tensor
    previous: Tensor
    masks: Tensor
    grid: Tensor

    @property
    def prior(self) -> Tensor:
        """(N, 1, H, W) how far the bank's mouth shows before any learning."""
        return self.masks[:, 4:5]

    @property
    def region(self) -> Tensor:
        """(N, 1, H, W) where the picture may change."""
        return self.masks[:, 5:6]

    @property
    def base(self) -> Tensor:
        """(N, 3, H, W) the picture without the generator."""
        return self.texture + self.prior * (self.mouth_texture - self.texture)


@dataclass(frozen=True)
class GeneratorOutput:
    """What the generator makes of it.

    Attributes:
        picture: (N, 3, H, W).
        blend: (N, 1, H, W) how far the bank's mouth shows.
        correction: (N, 3, H, W) added to the blended textures.
    """

    picture: Tensor
    blend: Tensor
    correction: Tensor


class Block(nn.Module):
    """Two 3x3 convolutions with a shortcut; no batch statistics, so that a frame is only itself."""

    def __init__(self, incoming: int, outgoing: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(incoming, outgoing, 3, stride, 1)
        self.norm = nn.GroupNorm(8, outgoing)
        self.second = nn.Conv2d(outgoing, outgoing, 3, 1, 1)
        same = incoming == outgoing and stride == 1
        self.shortcut: nn.Module = (
            nn.Identity() if same else nn.Conv2d(incoming, outgoing, 1, stride)
        )

    def forward(self, value: Tensor) -> Tensor:
        """Transform (N, C, H, W)."""
        inner = functional.leaky_relu(self.norm(self.first(value)), 0.1)
        result: Tensor = self.shortcut(value) + self.second(inner)
        return functional.leaky_relu(result, 0.1)


class Generator(nn.Module):
    """U-Net on space-to-depth input: the picture is only touched through its last, zero layer.

    Args:
        edges_only: paint from the edge map alone (the paper's form) instead of correcting the
            warped plate.
    """

    def __init__(self, edges_only: bool = False) -> None:
        super().__init__()
        self.edges_only = edges_only
        channels = EDGE_CHANNELS if edges_only else PLATE_CHANNELS
        one, two, three, four = WIDTHS
        self.enter = nn.Conv2d(channels * 4, one, 3, 1, 1)
        self.down1 = Block(one, two, 2)
        self.down2 = Block(two, three, 2)
        self.down3 = Block(three, four, 2)
        self.middle = Block(four, four)
        self.up3 = Block(four + three, three)
        self.up2 = Block(three + two, two)
        self.up1 = Block(two + one, one)
        self.leave = nn.Conv2d(one, 4 * (3 if edges_only else 4), 3, 1, 1)
        nn.init.zeros_(self.leave.weight)
        if self.leave.bias is not None:
            nn.init.zeros_(self.leave.bias)

    def forward(self, frame: GeneratorInput) -> GeneratorOutput:
        """Render a batch of frames; height and width are multiples of 16."""
        level0 = functional.leaky_relu(self.enter(self._gather(frame)), 0.1)
        level1 = self.down1(level0)
        level2 = self.down2(level1)
        level3 = self.middle(self.down3(level2))
        value = self.up3(torch.cat([_double(level3), level2], 1))
        value = self.up2(torch.cat([_double(value), level1], 1))
        value = self.up1(torch.cat([_double(value), level0], 1))
        gain = 1.0 if self.edges_only else OUTPUT_GAIN
        made = functional.pixel_shuffle(self.leave(value), 2) * gain
        if self.edges_only:
            picture = torch.sigmoid(made)
            return GeneratorOutput(picture, torch.zeros_like(made[:, :1]), picture - frame.texture)
        change = _smooth(torch.tanh(made[:, 3:]), BLEND_GRAIN)
        blend = (frame.prior + frame.region * change).clamp(0, 1)
        correction = frame.region * _smooth(torch.tanh(made[:, :3]), CORRECTION_GRAIN)
        picture = frame.texture + blend * (frame.mouth_texture - frame.texture) + correction
        return GeneratorOutput(picture, blend, correction)

    def _gather(self, frame: GeneratorInput) -> Tensor:
        if self.edges_only:
            parts = [frame.masks[:, :2], frame.previous - 0.5, frame.grid]
        else:
            pictures = [frame.texture, frame.mouth_texture, frame.previous]
            parts = [*(picture - 0.5 for picture in pictures), frame.masks]
        return functional.pixel_unshuffle(torch.cat(parts, 1), 2)


def _smooth(value: Tensor, grain: int) -> Tensor:
    """Leave nothing finer than ``grain`` pixels."""
    small = functional.avg_pool2d(value, grain)
    return functional.interpolate(small, scale_factor=grain, mode="bilinear", align_corners=False)


def _double(value: Tensor) -> Tensor:
    return functional.interpolate(value, scale_factor=2, mode="bilinear", align_corners=False)
