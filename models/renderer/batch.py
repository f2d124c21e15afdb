"""From numpy layers to the tensors of the generator, and windows of them for training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ...core.layers import Layers
from ...core.records import FloatArray
from ...core.reenact import TrainingPair
from .generator import GeneratorInput

MEASURED = 144
"""Side of the windows in which held-out frames are measured: mouth, chin and cheeks."""

MOUTH_WEIGHT = 2.0
"""What a pixel at the mouth counts more than one of the face, which counts 1."""


@dataclass(frozen=True)
class Window:
    """A square part of a training pair, as tensors without a batch dimension.

    Attributes:
        inputs: (T, 16, H, W) of one or two consecutive frames: texture, mouth texture, true
            picture, masks (see ``GeneratorInput``).
        grid: (2, H, W) place in the crop, -1..1.
        flow: (2, H, W) pixels, from the last frame to the one before.
        weight: (1, H, W) how much each pixel counts.
        follows: whether there are two frames.
    """

    inputs: Tensor
    grid: Tensor
    flow: Tensor
    weight: Tensor
    follows: bool


def stack_layers(layers: Layers) -> FloatArray:
    """Texture, mouth texture and the seven masks of a frame: (13, H, W) float32."""
    masks = [layers.lines, layers.face, layers.mouth, layers.stretch, layers.prior, layers.region]
    masks.append(layers.doubt)
    pictures = [layers.texture.transpose(2, 0, 1), layers.mouth_texture.transpose(2, 0, 1)]
    stacked = np.concatenate([*pictures, np.stack(masks)]).astype(np.float32)
    stacked[:6] = np.clip(stacked[:6], 0.0, 1.0)
    return stacked


def place_grid(size: int) -> Tensor:
    """(2, size, size) x and y of each pixel in the crop, -1..1."""
    line = (torch.arange(size, dtype=torch.float32) + 0.5) * (2.0 / size) - 1.0
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x, y])


def whole_window(pair: TrainingPair) -> Window:
    """The whole crop of a pair."""
    frames = []
    for layers, target in zip(pair.layers, pair.targets, strict=True):
        stacked = stack_layers(layers)
        frames.append(np.concatenate([stacked[:6], target.transpose(2, 0, 1), stacked[6:]]))
    inputs = torch.from_numpy(np.stack(frames).astype(np.float32))
    size = inputs.shape[-1]
    last = inputs[-1]
    left, top, right, bottom = pair.mouth_box
    weight = 0.1 + last[10:11].clone()
    weight[:, top:bottom, left:right] += MOUTH_WEIGHT
    flow = torch.from_numpy(np.ascontiguousarray(pair.flow.transpose(2, 0, 1)))
    return Window(inputs, place_grid(size), flow, weight, len(pair.layers) == 2)


def halved(window: Window) -> Window:
    """The same window in half floats: a pool of them is most of a training's memory."""
    return Window(
        window.inputs.half(), window.grid, window.flow.half(), window.weight.half(), window.follows
    )


def full(window: Window) -> Window:
    """The same window in full floats again."""
    return Window(
        window.inputs.float(),
        window.grid,
        window.flow.float(),
        window.weight.float(),
        window.follows,
    )


def cut(window: Window, left: int, top: int, size: int) -> Window:
    """A square part of a window."""
    part = (..., slice(top, top + size), slice(left, left + size))
    return Window(
        window.inputs[part],
        window.grid[part],
        window.flow[part],
        window.weight[part],
        window.follows,
    )


def around_mouth(pair: TrainingPair) -> Window:
    """The part of a pair around the mouth, ``MEASURED`` pixels a side."""
    window = whole_window(pair)
    size = window.inputs.shape[-1]
    left, top, right, bottom = pair.mouth_box
    corner = [(left + right - MEASURED) // 2, (top + bottom - MEASURED) // 2]
    low = [min(max(0, 4 * (place // 4)), size - MEASURED) for place in corner]
    return cut(window, low[0], low[1], MEASURED)


def to_input(frames: Tensor, grid: Tensor, previous: Tensor) -> GeneratorInput:
    """(N, 16, H, W) stacked frames, as the generator takes them."""
    return GeneratorInput(frames[:, :3], frames[:, 3:6], previous, frames[:, 9:], grid)


def truth(frames: Tensor) -> Tensor:
    """(N, 3, H, W) the true pictures in (N, 16, H, W) stacked frames."""
    return frames[:, 6:9]


def move(picture: Tensor, flow: Tensor) -> Tensor:
    """Fetch (N, C, H, W) at every pixel's own place plus ``flow`` (N, 2, H, W) pixels."""
    height, width = picture.shape[-2:]
    y = torch.arange(height, dtype=picture.dtype, device=picture.device) + 0.5
    x = torch.arange(width, dtype=picture.dtype, device=picture.device) + 0.5
    place_x = (x + flow[:, 0]) * (2.0 / width) - 1.0
    place_y = (y[:, None] + flow[:, 1]) * (2.0 / height) - 1.0
    place = torch.stack([place_x, place_y], dim=-1)
    return functional.grid_sample(
        picture, place, mode="bilinear", padding_mode="border", align_corners=False
    )


def collate(windows: Sequence[Window]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Stack windows that all have the same number of frames: inputs, grid, flow, weight."""
    return (
        torch.stack([window.inputs for window in windows]),
        torch.stack([window.grid for window in windows]),
        torch.stack([window.flow for window in windows]),
        torch.stack([window.weight for window in windows]),
    )
