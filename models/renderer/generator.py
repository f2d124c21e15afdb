"""The edge-to-video generator: a small recurrent U-Net (paper, section 3.4, after vid2vid).

Where the plate is the texture it corrects a picture that is already there: it starts as the
identity and learns where the bank's mouth shows, whose detail, and what colour is missing. Detail
comes from the plate's own pixels: a network that may add its own learns edges between teeth that
are not there. Where it has edges only it paints.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...core.mouth_mean import SPLIT

PLATE_CHANNELS = 16
EDGE_CHANNELS = 7
WIDTHS = (80, 112, 160)
PATCH = 4
"""Pixels a side that the network takes in at once, and the finest structure of what it learns."""

OUTPUTS = 6
OUTPUT_GAIN = 0.2
"""Keeps the first steps of the last layer small beside what the warp has right already."""


@dataclass(frozen=True)
class GeneratorInput:
    """A batch of frames as the generator sees them; N pictures of H x W, values 0..1.

    Attributes:
        texture, mouth_texture, previous: (N, 3, H, W); ``previous`` is the last output frame moved
            along to this one.
        masks: (N, 7, H, W): edge lines, face, mouth, stretch, prior, region, doubt.
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
        return without_learning(self, True).picture

    def mix(self, blend: Tensor, detail: Tensor) -> tuple[Tensor, Tensor]:
        """Blend the textures, coarse and fine apart; both (N, 3, H, W)."""
        pictures = torch.cat([self.texture, self.mouth_texture], 1)
        low = coarse(pictures)
        fine = pictures - low
        mixed = low[:, :3] + blend * (low[:, 3:] - low[:, :3])
        return mixed, fine[:, :3] + detail * (fine[:, 3:] - fine[:, :3])


@dataclass(frozen=True)
class GeneratorOutput:
    """What the generator makes of it.

    Attributes:
        picture: (N, 3, H, W).
        blend, detail, gain: (N, 1, H, W) and
        correction: (N, 3, H, W); see ``RenderedCrop``.
        fine: (N, 3, H, W) the part of the picture that ``gain`` multiplies, multiplied: where the
            bank's mouth shows before any learning, and nothing elsewhere.
    """

    picture: Tensor
    blend: Tensor
    detail: Tensor
    gain: Tensor
    correction: Tensor
    fine: Tensor


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
    """U-Net on patches of the input: the picture is only touched through its last, zero layer.

    Args:
        edges_only: paint from the edge map alone (the paper's form) instead of correcting the
            warped plate.
    """

    def __init__(self, edges_only: bool = False) -> None:
        super().__init__()
        self.edges_only = edges_only
        channels = EDGE_CHANNELS if edges_only else PLATE_CHANNELS
        one, two, three = WIDTHS
        self.enter = nn.Conv2d(channels * PATCH**2, one, 1)
        self.first = Block(one, one)
        self.down1 = Block(one, two, 2)
        self.down2 = Block(two, three, 2)
        self.middle = Block(three, three)
        self.up2 = Block(three + two, two)
        self.up1 = Block(two + one, one)
        self.leave = nn.Conv2d(one, 3 * PATCH**2 if edges_only else OUTPUTS, 3, 1, 1)
        nn.init.zeros_(self.leave.weight)
        if self.leave.bias is not None:
            nn.init.zeros_(self.leave.bias)

    def forward(self, frame: GeneratorInput) -> GeneratorOutput:
        """Render a batch of frames; height and width are multiples of 16."""
        level0 = self.first(functional.leaky_relu(self.enter(self._gather(frame)), 0.1))
        level1 = self.down1(level0)
        level2 = self.middle(self.down2(level1))
        value = self.up2(torch.cat([_grow(level2, 2), level1], 1))
        value = self.up1(torch.cat([_grow(value, 2), level0], 1))
        made = self.leave(value)
        if self.edges_only:
            picture = torch.sigmoid(functional.pixel_shuffle(made, PATCH))
            blank = torch.zeros_like(picture[:, :1])
            change = picture - frame.texture
            return GeneratorOutput(picture, blank, blank, blank, change, torch.zeros_like(picture))
        change = _grow(torch.tanh(made * OUTPUT_GAIN), PATCH) * frame.region
        blend = (frame.prior + change[:, 3:4]).clamp(0, 1)
        detail = (frame.prior + change[:, 4:5]).clamp(0, 1)
        gain = 1.0 + change[:, 5:6]
        correction = change[:, :3]
        mixed, fine = frame.mix(blend, detail)
        fine = gain * fine
        picture = mixed + fine + correction
        return GeneratorOutput(picture, blend, detail, gain, correction, fine * frame.prior)

    def _gather(self, frame: GeneratorInput) -> Tensor:
        if self.edges_only:
            parts = [frame.masks[:, :2], frame.previous - 0.5, frame.grid]
        else:
            pictures = [frame.texture, frame.mouth_texture, frame.previous]
            parts = [*(picture - 0.5 for picture in pictures), frame.masks]
        return functional.pixel_unshuffle(torch.cat(parts, 1), PATCH)


def without_learning(frame: GeneratorInput, bank: bool) -> GeneratorOutput:
    """The picture as it is before any learning, with the bank's mouth or from the warp alone."""
    blend = frame.prior if bank else torch.zeros_like(frame.prior)
    mixed, fine = frame.mix(blend, blend)
    one, nothing = torch.ones_like(blend), torch.zeros_like(fine)
    return GeneratorOutput(mixed + fine, blend, blend, one, nothing, fine * blend)


@cache
def _blur_taps() -> Tensor:
    line = torch.exp(-(torch.arange(-4, 5) ** 2) / (2 * SPLIT**2))
    return line / line.sum()


def coarse(picture: Tensor) -> Tensor:
    """What of (N, C, H, W) is coarser than ``SPLIT``: as ``core.mouth_mean.coarse`` parts it."""
    channels = picture.shape[1]
    taps = _blur_taps().to(picture)
    down = taps.view(1, 1, -1, 1).expand(channels, 1, -1, 1)
    across = taps.view(1, 1, 1, -1).expand(channels, 1, 1, -1)
    padded = functional.pad(picture, (4, 4, 4, 4), mode="replicate")
    return functional.conv2d(
        functional.conv2d(padded, down, groups=channels), across, groups=channels
    )


def _grow(value: Tensor, times: int) -> Tensor:
    return functional.interpolate(value, scale_factor=times, mode="bilinear", align_corners=False)
