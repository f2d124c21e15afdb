"""The steps of a training: learning rate, losses, gradients, checkpoints and progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from ...core.progress import Job, Progress
from ..weights import load_weights, save_weights
from ..workers import average_gradients, share_state, worker_number

STEPS_BETWEEN_CHECKPOINTS = 100

LossMaker = Callable[[np.random.Generator], dict[str, Tensor]]
"""Draws a batch and gives its losses by name."""


@dataclass(frozen=True)
class Descent:
    """How a network is trained.

    Attributes:
        stage: name for the progress and the plots.
        architecture: of the checkpoint.
        checkpoint: file that is written every 100 steps and gone on from.
        steps: optimiser steps in all.
        ramp: steps in which the learning rate rises; from there it falls along a cosine.
        steepest: norm that gradients are clipped to.
        weights: factor on each loss; 1 for one that is not named.
        seed: of what is drawn.
        averaged: of so many last steps the network ends as the mean; a run that was interrupted
            among them averages what is left.
    """

    stage: str
    architecture: str
    checkpoint: Path
    steps: int
    ramp: int
    steepest: float
    weights: Mapping[str, float]
    seed: int
    averaged: int = 1


def resume(network: nn.Module, plan: Descent) -> int:
    """Load the checkpoint if there is one; the number of steps already done."""
    if not plan.checkpoint.is_file():
        return 0
    stored = load_weights(plan.checkpoint, plan.architecture)
    network.load_state_dict(stored.tensors)
    return int(str(stored.details["steps"]))


def descend(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    plan: Descent,
    done: int,
    losses_of: LossMaker,
) -> Job[None]:
    """Take the steps that are left; afterwards the network is in evaluation mode.

    Args:
        network: what is saved, and whose gradients are clipped.
        optimiser: its groups' rates are the highest ones.
        plan: see there.
        done: steps that ``resume`` found done.
        losses_of: see there.
    """
    share_state(network)
    worker = worker_number()
    if worker:
        torch.manual_seed(plan.seed + worker)
    random = np.random.default_rng([plan.seed, done, worker])
    rates = [group["lr"] for group in optimiser.param_groups]
    network.train()
    mean = AveragedModel(network)
    for step in range(done, plan.steps):
        falling = 0.5 * (1.0 + np.cos(np.pi * step / plan.steps))
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * falling * min(1.0, (step + 1) / plan.ramp)
        losses = losses_of(random)
        total = sum(plan.weights.get(name, 1.0) * loss for name, loss in losses.items())
        assert isinstance(total, Tensor)
        optimiser.zero_grad()
        total.backward()
        average_gradients(network)
        nn.utils.clip_grad_norm_(network.parameters(), plan.steepest)
        optimiser.step()
        last = step + 1 == plan.steps
        if plan.averaged > 1 and step >= plan.steps - plan.averaged:
            mean.update_parameters(network)
            if last:
                _take_parameters(network, mean.module)
        if worker == 0 and (last or (step + 1) % STEPS_BETWEEN_CHECKPOINTS == 0):
            details = {"steps": step + 1}
            save_weights(plan.checkpoint, network.state_dict(), plan.architecture, details, True)
        message = " ".join(f"{name} {float(value.detach()):.3f}" for name, value in losses.items())
        yield Progress(plan.stage, step + 1, plan.steps, message)
    network.eval()
    share_state(network)


@torch.no_grad()
def _take_parameters(network: nn.Module, other: nn.Module) -> None:
    for own, wanted in zip(network.parameters(), other.parameters(), strict=True):
        own.copy_(wanted)
