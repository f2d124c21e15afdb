"""Tells voices from music and noise: the network of Silero VAD (MIT licence), as published.

Loudness alone takes a song, a drum or a fan for speech; this small network was trained on speech
in thousands of languages, noises and music.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ...core.records import SAMPLE_RATE, FloatArray

STEP = 512
"""Samples that one probability stands for."""

STEP_SECONDS = STEP / SAMPLE_RATE
_CONTEXT = 64
_BINS = 129
_STEPS_AT_A_TIME = 1024


class VoiceDetector(nn.Module):
    """Spectrum, four convolutions, an LSTM over the steps, and a probability for each."""

    def __init__(self) -> None:
        super().__init__()
        self.stft_conv = nn.Conv1d(1, 2 * _BINS, 256, stride=128, bias=False)
        self.conv1 = nn.Conv1d(_BINS, 128, 3, padding=1)
        self.conv2 = nn.Conv1d(128, 64, 3, stride=2, padding=1)
        self.conv3 = nn.Conv1d(64, 64, 3, stride=2, padding=1)
        self.conv4 = nn.Conv1d(64, 128, 3, padding=1)
        self.lstm = nn.LSTM(128, 128, batch_first=True)
        self.final_conv = nn.Conv1d(128, 1, 1)

    def forward(
        self, steps: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Judge neighbouring steps.

        Args:
            steps: (M, 576) each with the 64 samples before it.
            state: of the LSTM after the steps before these.

        Returns:
            (M,) probability that somebody speaks, and the state after them.
        """
        spectrum = self.stft_conv(functional.pad(steps[:, None], (0, _CONTEXT), "reflect"))
        x = torch.hypot(spectrum[:, :_BINS], spectrum[:, _BINS:])
        for convolution in (self.conv1, self.conv2, self.conv3, self.conv4):
            x = functional.relu(convolution(x))
        hidden, state = self.lstm(x[None, :, :, 0], state)
        logits = self.final_conv(functional.relu(hidden).transpose(1, 2))
        return torch.sigmoid(logits[0, 0]), state

    @torch.inference_mode()
    def probabilities(self, samples: FloatArray, gain: float = 1.0) -> FloatArray:
        """(M,) probability of a voice in each step of 32 ms of mono sound (N,) at 16 kHz.

        Args:
            samples: the sound.
            gain: factor on it; quiet voices are missed.
        """
        count = max(1, -(-len(samples) // STEP))
        found = np.empty(count, np.float32)
        state = None
        device = self.final_conv.weight.device
        for first in range(0, count, _STEPS_AT_A_TIME):
            last = min(count, first + _STEPS_AT_A_TIME)
            start = first * STEP - _CONTEXT
            piece = samples[max(start, 0) : last * STEP]
            piece = np.pad(piece, (max(-start, 0), last * STEP - max(start, 0) - len(piece)))
            sound = gain * torch.from_numpy(np.asarray(piece, np.float32)).to(device)
            judged, state = self(sound.unfold(0, STEP + _CONTEXT, STEP), state)
            found[first:last] = judged.cpu().numpy()
        return found
