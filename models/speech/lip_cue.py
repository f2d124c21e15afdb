"""Hears b, m and p: when the lips must touch.

A network that follows the opening of mouths on the average leaves lips ajar where it is unsure; an
animator sends that back. One linear step on the listener's features tells closed lips well enough,
and voices it has never heard do not confuse it.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ...core.records import FloatArray
from .encoders import Standardise
from .listener import WIDTH
from .utterances import BLOCK, HEARD_RATE, Heard, voice_shift

OFFSETS = (-6, -4, -2, -1, 0, 1, 2, 4, 6)
"""Listener rows (20 ms) around a moment that are looked at."""


class LipCue(nn.Module):
    """Standardised listener features around a moment to how surely the lips are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = Standardise(WIDTH)
        self.line = nn.Linear(len(OFFSETS) * WIDTH, 1)

    def forward(self, heard: Tensor) -> Tensor:
        """(B, 9, 384) with the utterance's mean taken off to (B,), 1 in b, m and p, else 0."""
        cue: Tensor = self.line(self.scale(heard).flatten(1))[:, 0]
        return cue

    @torch.inference_mode()
    def judge(self, heard: Heard, times: FloatArray) -> FloatArray:
        """How surely the lips touch (T,) at times (T,) of an analysed utterance."""
        device, rows = self.line.weight.device, heard.content
        shift = voice_shift(rows, heard.active_heard, self.scale.mean.cpu().numpy())
        judged = np.empty(len(times), np.float32)
        for first in range(0, len(times), BLOCK):
            at = np.round(np.asarray(times[first : first + BLOCK]) * HEARD_RATE).astype(int)
            around = np.clip(at[:, None] + OFFSETS, 0, len(rows) - 1)
            cue = self(torch.from_numpy(rows[around] - shift).to(device))
            judged[first : first + BLOCK] = cue.cpu().numpy()
        return judged
