"""Teaching Ee to hear an emotion in voices it has never heard (paper, section 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ...core.records import EMOTIONS, FloatArray
from .encoders import EmotionEncoder
from .takes import Take
from .utterances import statistics

PIECES = 3
"""The whole of a take and two of its halves."""

SHORTEST_PIECE = 40
MOST_FOLDS = 3
LBFGS_STEPS = 60


@dataclass(frozen=True)
class EmotionSettings:
    """How Ee is trained to tell emotions.

    Attributes:
        steps: optimiser steps of the pretraining.
        batch: pieces in a step.
        rate, decay: learning rate and weight decay.
        smoothing: share of every label that is spread over all emotions.
        dropout: of what Ee hears and of its hidden layer; strong, as there are many more clips
            than voices.
        known: share of pieces that the voice's own mean is taken off.
        calibrate: whether the classifier's scale and bias are set on voices left out by turns.
        prior: how strongly the bias is held at nothing.
    """

    steps: int = 600
    batch: int = 256
    rate: float = 1e-3
    decay: float = 0.05
    smoothing: float = 0.1
    dropout: tuple[float, float] = (0.6, 0.5)
    known: float = 0.5
    calibrate: bool = True
    prior: float = 0.01


class EmotionTask:
    """Pieces of labelled takes, and how well their emotion is told."""

    def __init__(self, takes: Sequence[Take], settings: EmotionSettings, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.settings = settings
        labelled = [take for take in takes if take.emotion is not None]
        pieces, owners = [], []
        for owner, take in enumerate(labelled):
            pieces += _pieces(take, random)
            owners += [owner] * PIECES
        owner_index = torch.tensor(owners)
        self.measured = torch.from_numpy(np.stack(pieces))
        self.offsets = _speaker_offsets(labelled, self.measured[::PIECES])[owner_index]
        self.labels = torch.tensor([take.emotion for take in labelled])[owner_index]
        counts = torch.bincount(self.labels, minlength=len(EMOTIONS)).float()
        present = counts > 0
        self.balance = present * counts.sum() / (counts.clamp(min=1.0) * present.sum())

    def loss(self, encoder: EmotionEncoder, random: np.random.Generator) -> Tensor:
        """Cross-entropy of one batch; emotions count alike."""
        count = self.settings.batch
        batch = torch.from_numpy(random.integers(0, len(self.measured), count))
        known = torch.from_numpy(random.random((count, 1)) < self.settings.known).float()
        device = encoder.classifier.weight.device
        heard = (self.measured[batch] - known * self.offsets[batch]).to(device)
        return functional.cross_entropy(
            encoder.classify(encoder(heard)),
            self.labels[batch].to(device),
            weight=self.balance.to(device),
            label_smoothing=self.settings.smoothing,
        )


def pretrain_emotion(
    encoder: EmotionEncoder, task: EmotionTask, seed: int, device: torch.device
) -> None:
    """Train Ee and its classifier alone; they end in evaluation mode."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    settings = task.settings
    encoder.scale.measure(task.measured)
    encoder.to(device).train()
    optimiser = torch.optim.AdamW(
        encoder.parameters(), lr=settings.rate, weight_decay=settings.decay
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, settings.steps)
    for _ in range(settings.steps):
        loss = task.loss(encoder, random)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    encoder.eval()


def calibrate_emotion(
    encoder: EmotionEncoder, takes: Sequence[Take], settings: EmotionSettings, seed: int
) -> None:
    """Set scale and bias of a trained classifier by what it says of voices it was not trained on.

    Voices are left out of the pretraining by turns; scale and bias are those at which the left-out
    takes' emotions are likeliest, corpora counting alike. With fewer than two labelled voices
    nothing is changed.
    """
    labelled = [take for take in takes if take.emotion is not None]
    folds = _folds(labelled)
    if len(set(folds)) < 2:
        return
    logits, labels, shares = [], [], []
    for fold in sorted(set(folds)):
        left_out = [take for take, own in zip(labelled, folds, strict=True) if own == fold]
        others = [take for take, own in zip(labelled, folds, strict=True) if own != fold]
        apprentice = EmotionEncoder(settings.dropout)
        cpu = torch.device("cpu")
        pretrain_emotion(apprentice, EmotionTask(others, settings, seed), seed, cpu)
        measured = [statistics(t.heard) for t in left_out]
        with torch.no_grad():
            code = apprentice(torch.from_numpy(np.stack(measured)))
            logits.append(apprentice.classify(code))
        labels += [take.emotion for take in left_out]
        shares += [take.corpus for take in left_out]
    share = torch.tensor([1.0 / shares.count(corpus) for corpus in shares])
    scale, bias = _fit_scale_and_bias(
        torch.cat(logits), torch.tensor(labels), share / share.sum(), settings.prior
    )
    with torch.no_grad():
        encoder.classifier.weight.mul_(scale)
        encoder.classifier.bias.mul_(scale).add_(bias.to(encoder.classifier.bias.device))


def _fit_scale_and_bias(
    logits: Tensor, labels: Tensor, share: Tensor, prior: float
) -> tuple[float, Tensor]:
    """Scale and bias (8,) of logits (N, 8) that make the labels likeliest; rows weigh ``share``."""
    scale = torch.ones(1, requires_grad=True)
    bias = torch.zeros(logits.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([scale, bias], max_iter=LBFGS_STEPS)

    def unlikeliness() -> Tensor:
        optimiser.zero_grad()
        each = functional.cross_entropy(scale * logits + bias, labels, reduction="none")
        loss = (share * each).sum() + prior * bias.square().sum()
        loss.backward()
        return loss

    optimiser.step(unlikeliness)
    return float(scale.detach()), bias.detach()


def _folds(takes: Sequence[Take]) -> list[int]:
    """Which fold each take's voice is left out in; every corpus' voices are spread over all."""
    voices = {
        corpus: sorted({t.voice for t in takes if t.corpus == corpus})
        for corpus in {t.corpus for t in takes}
    }
    return [voices[take.corpus].index(take.voice) % MOST_FOLDS for take in takes]


def _pieces(take: Take, random: np.random.Generator) -> list[FloatArray]:
    """Statistics (1536,) of the whole take, then of random halves."""
    length = len(take.heard.emotion)
    half = max(SHORTEST_PIECE, length // 2)
    pieces = [statistics(take.heard)]
    for _ in range(PIECES - 1):
        first = int(random.integers(0, max(1, length // 2)))
        pieces.append(statistics(take.heard, slice(first, first + half)))
    return pieces


def _speaker_offsets(takes: Sequence[Take], measured: Tensor) -> Tensor:
    """How far each take's voice lies from the average voice: (N, 1536)."""
    average = measured.mean(dim=0)
    offsets = torch.zeros_like(measured)
    for voice in {take.voice for take in takes}:
        own = torch.tensor([take.voice == voice for take in takes])
        offsets[own] = measured[own].mean(dim=0) - average
    return offsets
