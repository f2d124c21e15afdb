"""The networks that split speech into what is said and how (paper, section 3.2).

Ec hears a window of MFCCs and of the listener's features, Ee the statistics of two of the
listener's layers over a stretch of speech; D puts both together again while they are trained, and
is not needed after.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...core.networks import CONTENT_SIZE
from ...core.records import EMOTIONS
from ...core.speech_features import COEFFICIENTS, WINDOW_ROWS
from .listener import WIDTH

EMOTION_SIZE = 128
STATISTICS = 4 * WIDTH
"""Mean and deviation of two of the listener's layers, from which an emotion is heard."""

HEARD_ROWS = WINDOW_ROWS // 2
"""Listener rows (20 ms) of a window, as long as its 28 MFCC rows (10 ms)."""


class Standardise(nn.Module):
    """Shift and scale by statistics of the training data, which are part of the weights."""

    mean: Tensor
    scale: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("scale", torch.ones(size))

    def measure(self, rows: Tensor) -> None:
        """Take the statistics of rows (N, size)."""
        self.mean.copy_(rows.mean(dim=0))
        self.scale.copy_(rows.std(dim=0).clamp(min=1e-3))

    def forward(self, x: Tensor) -> Tensor:
        """Standardise the last dimension."""
        return (x - self.mean) / self.scale


class ContentEncoder(nn.Module):
    """Ec: what is said in a window, 256 numbers.

    The paper's encoder slides over MFCC images; this one slides over time only, with the twelve
    coefficients and the listener's features as channels, which costs a hundredth. A straight path
    past the convolutions keeps what the listener learned from many voices. Every output
    has unit variance: the content loss cannot be met by making the content small.

    Attributes:
        guard: (256, 256) projection that takes off what linearly tells the emotion; see
            ``disentangle.guard_content``.
    """

    guard: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.mfcc_scale = Standardise(COEFFICIENTS)
        self.heard_scale = Standardise(WIDTH)
        self.drop = nn.Dropout(0.1)
        self.reduce = nn.Linear(WIDTH, 128)
        self.layers = nn.Sequential(
            nn.Conv1d(128 + 2 * COEFFICIENTS, 192, 3, padding=1),
            nn.BatchNorm1d(192),
            nn.ReLU(),
            nn.Conv1d(192, 256, 3, stride=2, padding=1),
            nn.BatchNorm1d(256),
            nn.ReLU(),
            nn.Conv1d(256, 256, 3, padding=1),
            nn.BatchNorm1d(256),
            nn.ReLU(),
        )
        self.out = nn.Linear(256 * HEARD_ROWS // 2, CONTENT_SIZE)
        self.straight = nn.Linear(128 * HEARD_ROWS, CONTENT_SIZE)
        self.unit = nn.BatchNorm1d(CONTENT_SIZE, affine=False)
        self.register_buffer("guard", torch.eye(CONTENT_SIZE))

    def forward(self, mfcc: Tensor, heard: Tensor) -> Tensor:
        """Encode windows.

        Args:
            mfcc: (B, 28, 12) with the utterance's mean taken off.
            heard: (B, 14, 384) with the utterance's mean taken off.

        Returns:
            (B, 256).
        """
        rows = self.mfcc_scale(mfcc).reshape(len(mfcc), HEARD_ROWS, 2 * COEFFICIENTS)
        listened = self.reduce(self.drop(self.heard_scale(heard)))
        joined = torch.cat([listened, self.drop(rows)], dim=2).transpose(1, 2)
        content = self.out(self.layers(joined).flatten(1)) + self.straight(listened.flatten(1))
        guarded: Tensor = self.unit(content) @ self.guard
        return guarded


class EmotionEncoder(nn.Module):
    """Ee: how a stretch of speech is said, 128 numbers, and the classifier on them."""

    def __init__(self, dropout: tuple[float, float] = (0.6, 0.5)) -> None:
        super().__init__()
        self.scale = Standardise(STATISTICS)
        self.layers = nn.Sequential(
            nn.Dropout(dropout[0]),
            nn.Linear(STATISTICS, 256),
            nn.ReLU(),
            nn.Dropout(dropout[1]),
            nn.Linear(256, EMOTION_SIZE),
        )
        self.classifier = nn.Linear(EMOTION_SIZE, len(EMOTIONS))

    def forward(self, statistics: Tensor) -> Tensor:
        """Statistics of the listener's features (B, 1536) to emotion codes (B, 128)."""
        code: Tensor = self.layers(self.scale(statistics))
        return code

    def classify(self, code: Tensor) -> Tensor:
        """Emotion codes (B, 128) to logits (B, 8)."""
        logits: Tensor = self.classifier(code)
        return logits


class SpeechDecoder(nn.Module):
    """D: content and emotion back to a 28 x 12 MFCC window."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(CONTENT_SIZE + EMOTION_SIZE, 7 * 128)
        self.layers = nn.Sequential(
            nn.BatchNorm1d(128),
            nn.ReLU(),
            nn.ConvTranspose1d(128, 96, 4, stride=2, padding=1),
            nn.BatchNorm1d(96),
            nn.ReLU(),
            nn.ConvTranspose1d(96, 64, 4, stride=2, padding=1),
            nn.BatchNorm1d(64),
            nn.ReLU(),
            nn.Conv1d(64, COEFFICIENTS, 3, padding=1),
        )

    def forward(self, content: Tensor, emotion: Tensor) -> Tensor:
        """(B, 256) and (B, 128) to standardised windows (B, 28, 12)."""
        first = self.first(torch.cat([content, emotion], dim=1)).reshape(-1, 128, 7)
        window: Tensor = self.layers(first).transpose(1, 2)
        return window
