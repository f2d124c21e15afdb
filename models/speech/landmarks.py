"""Audio to landmark: identity, content and emotion to displacements (paper, section 3.3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...core.records import LANDMARK_COUNT
from ...core.speech_sounds import SOUNDS
from .encoders import CONTENT_SIZE, EMOTION_SIZE, Standardise

COMPONENTS = 24
IDENTITY_POINTS = 478 // 6
IDENTITY_SIZE = 32
HEARD_SIZE = CONTENT_SIZE + len(SOUNDS)
SOUND_UNIT = 0.2
"""Probability of a sound that counts as much as one deviation of the content."""

HIDDEN = 128
NARROW = 96
WARM_UP = 12
"""Frames at the beginning of a window that only fill the LSTM's memory."""

LOOK_AHEAD = 3
"""Frames at the end of a window that are only looked at."""

WINDOW = WARM_UP + 16 + LOOK_AHEAD
"""Frames the network is run over; longer memory learns a corpus' sentences by heart."""


class LandmarkNetwork(nn.Module):
    """f_a and the LSTM; its output are components of landmark displacement.

    The LSTM knows the past, which sounds are spoken, the identity and the emotion. What follows
    from the sound about a moment alone comes from ``StraightPath``, in the same components.

    Attributes:
        basis: (K, 478, 3) displacement per unit of a component, metres, head frame.
        middle: (478, 3) mean displacement of the training data, metres.
    """

    basis: Tensor
    middle: Tensor

    def __init__(self, dropout: float = 0.3, noise: float = 0.5) -> None:
        super().__init__()
        self.noise = noise
        self.identity_scale = Standardise(3 * IDENTITY_POINTS)
        self.identity = nn.Sequential(
            nn.Linear(3 * IDENTITY_POINTS, 64), nn.ReLU(), nn.Linear(64, IDENTITY_SIZE), nn.Tanh()
        )
        self.content_scale = Standardise(CONTENT_SIZE)
        self.emotion_scale = Standardise(EMOTION_SIZE)
        self.drop = nn.Dropout(dropout)
        self.narrow = nn.Linear(HEARD_SIZE, NARROW)
        self.lstm = nn.LSTM(IDENTITY_SIZE + NARROW + EMOTION_SIZE, HIDDEN, batch_first=True)
        self.out = nn.Linear(HIDDEN, COMPONENTS)
        self.register_buffer("basis", torch.zeros(COMPONENTS, LANDMARK_COUNT, 3))
        self.register_buffer("middle", torch.zeros(LANDMARK_COUNT, 3))

    def forward(self, neutral: Tensor, content: Tensor, emotion: Tensor) -> Tensor:
        """Predict components of a window, the LSTM starting afresh.

        Args:
            neutral: (B, 478, 3) metres, head frame.
            content: (B, T, 280) Ec's content and the probability of each sound.
            emotion: (B, T, 128).

        Returns:
            (B, T, K) components.
        """
        points = neutral[:, :: LANDMARK_COUNT // IDENTITY_POINTS][:, :IDENTITY_POINTS]
        identity = self.identity(self.identity_scale(points.flatten(1)))
        identity = identity[:, None].expand(-1, content.shape[1], -1)
        scaled = self.content_scale(content[..., :CONTENT_SIZE])
        heard = torch.cat([scaled, content[..., CONTENT_SIZE:] / SOUND_UNIT], dim=2)
        if self.training:
            heard = heard + self.noise * torch.randn_like(heard)
        heard = self.drop(torch.relu(self.narrow(heard)))
        felt = self.drop(self.emotion_scale(emotion))
        hidden, _ = self.lstm(torch.cat([identity, heard, felt], dim=2))
        components: Tensor = self.out(self.drop(hidden))
        return components

    def displacements(self, components: Tensor) -> Tensor:
        """Components (..., K) to landmark displacements (..., 478, 3) in metres."""
        moved: Tensor = torch.tensordot(components, self.basis, dims=1) + self.middle
        return moved
