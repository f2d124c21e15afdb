"""Which sound is spoken when: what a transcript is laid along."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ...core.records import FloatArray
from ...core.speech_sounds import SOUNDS
from .encoders import Standardise
from .listener import WIDTH
from .utterances import Heard, voice_shift

HIDDEN = 96
REACH = 4
"""Listener rows (20 ms) before and after a moment that are looked at."""

CHUNK = 2048
"""Rows judged at a time."""


class SoundClassifier(nn.Module):
    """Listener features to the logarithm of each sound's probability."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = Standardise(WIDTH)
        self.narrow = nn.Linear(WIDTH, HIDDEN)
        self.around = nn.Conv1d(HIDDEN, HIDDEN, 2 * REACH + 1)
        self.name = nn.Linear(HIDDEN, len(SOUNDS))

    def forward(self, heard: Tensor) -> Tensor:
        """(B, N + 8, 384) with the utterance's mean taken off to (B, N, 24)."""
        x = functional.gelu(self.narrow(self.scale(heard))).transpose(1, 2)
        x = functional.gelu(self.around(x)).transpose(1, 2)
        return functional.log_softmax(self.name(x), dim=-1)

    @torch.inference_mode()
    def judge(self, heard: Heard) -> FloatArray:
        """Log-probabilities (N, 24) in the order of ``SOUNDS``, a row every 20 ms."""
        device, rows = self.name.weight.device, heard.content
        shift = voice_shift(rows, heard.active_heard, self.scale.mean.cpu().numpy())
        judged = np.empty((len(rows), len(SOUNDS)), np.float32)
        for first in range(0, len(rows), CHUNK):
            last = min(first + CHUNK, len(rows))
            around = np.clip(np.arange(first - REACH, last + REACH), 0, len(rows) - 1)
            piece = torch.from_numpy(rows[around] - shift).to(device)
            judged[first:last] = self(piece[None])[0].cpu().numpy()
        return judged
