"""A speaker-independent ear: the encoder of a small open speech recogniser, cut after some layers.

The content encoder of the paper is pretrained on a speech task before it is disentangled (section
3.2). Here that pretraining is inherited: the first layers of Whisper tiny.en (Radford et al. 2022,
MIT licence) turn sound into 384 numbers every 20 ms that say what is spoken and hardly by whom.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ...core.records import SAMPLE_RATE, FloatArray

WIDTH = 384
HEADS = 6
MELS = 80
HOP_SECONDS = 0.02
"""Seconds between two output rows."""

MEL_HOP = 160
MEL_WINDOW = 400
DYNAMIC_RANGE = 8.0
"""Powers of ten kept below the loudest moment; what lies below is treated as silence."""


@lru_cache(maxsize=1)
def _mel_filters() -> FloatArray:
    """Slaney's mel filters (80, 201), as librosa makes them; importing it takes half a second."""
    lowest_logarithmic, step, growth = 1000.0, 200.0 / 3.0, np.log(6.4) / 27.0
    straight = lowest_logarithmic / step
    highest = straight + np.log(SAMPLE_RATE / 2 / lowest_logarithmic) / growth
    mels = np.linspace(0.0, highest, MELS + 2)
    corners = lowest_logarithmic * np.exp(growth * (mels - straight))
    corners[mels < straight] = step * mels[mels < straight]
    apart = corners[:, None] - np.fft.rfftfreq(MEL_WINDOW, 1.0 / SAMPLE_RATE)
    widths = np.diff(corners)[:, None]
    rising, falling = -apart[:-2] / widths[:-1], apart[2:] / widths[1:]
    triangles = np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)
    filters: FloatArray = triangles * (2.0 / (corners[2:] - corners[:-2]))[:, None]
    return filters.astype(np.float32)


def log_mel(samples: Tensor) -> Tensor:
    """Log-mel spectrum in the recogniser's own scaling.

    Args:
        samples: (N,) mono, 16 kHz.

    Returns:
        (80, M) one column every 10 ms, roughly -1..1, independent of the level of the recording.
    """
    window = torch.hann_window(MEL_WINDOW, device=samples.device)
    spectrum = torch.stft(samples, MEL_WINDOW, MEL_HOP, window=window, return_complex=True)
    power = spectrum[:, :-1].abs() ** 2
    filters = torch.from_numpy(np.ascontiguousarray(_mel_filters())).to(samples.device)
    logarithm = torch.log10(torch.clamp(filters @ power, min=1e-10))
    logarithm = torch.maximum(logarithm, logarithm.max() - DYNAMIC_RANGE)
    return (logarithm + 4.0) / 4.0


class _Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(WIDTH)
        self.attention_in = nn.Linear(WIDTH, 3 * WIDTH)
        self.attention_out = nn.Linear(WIDTH, WIDTH)
        self.norm = nn.LayerNorm(WIDTH)
        self.expand = nn.Linear(WIDTH, 4 * WIDTH)
        self.contract = nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, _ = x.shape
        parts = self.attention_in(self.attention_norm(x))
        query, key, value = (
            part.view(batch, length, HEADS, -1).transpose(1, 2) for part in parts.chunk(3, dim=-1)
        )
        mixed = functional.scaled_dot_product_attention(query, key, value)
        x = x + self.attention_out(mixed.transpose(1, 2).reshape(batch, length, WIDTH))
        expanded = functional.gelu(self.expand(self.norm(x)))
        contracted: Tensor = self.contract(expanded)
        return x + contracted


def _positions(length: int, device: torch.device) -> Tensor:
    scale = np.log(10_000.0) / (WIDTH // 2 - 1)
    rates = torch.exp(-scale * torch.arange(WIDTH // 2, device=device))
    angles = torch.arange(length, device=device)[:, None] * rates[None]
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Listener(nn.Module):
    """Two convolutions, the second of which halves the rate, and some transformer layers."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(MELS, WIDTH, 3, padding=1)
        self.second = nn.Conv1d(WIDTH, WIDTH, 3, stride=2, padding=1)
        self.blocks = nn.ModuleList(_Block() for _ in range(layers))

    def forward(self, mel: Tensor) -> Tensor:
        """Log-mel (B, 80, M) to features (B, M / 2, 384)."""
        return self.every_layer(mel)[-1]

    def every_layer(self, mel: Tensor) -> list[Tensor]:
        """The output of each layer, for choosing where to cut."""
        x = functional.gelu(self.first(mel))
        x = functional.gelu(self.second(x)).transpose(1, 2)
        x = x + _positions(x.shape[1], x.device)
        outputs = []
        for block in self.blocks:
            x = block(x)
            outputs.append(x)
        return outputs
