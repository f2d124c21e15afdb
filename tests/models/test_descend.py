from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from evp.core.progress import finish
from evp.models.speech.descend import Descent, descend, resume


def plan(checkpoint: Path, steps: int, averaged: int) -> Descent:
    return Descent("made", "evp-made-1", checkpoint, steps, 1, 1e9, {}, 0, averaged)


def place_after(checkpoint: Path, steps: int, averaged: int) -> tuple[float, list[float]]:
    """Where a number ends that is pulled to random places, and where it stood before each step."""
    network = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        network.weight.zero_()
    stood: list[float] = []

    def losses_of(random: np.random.Generator) -> dict[str, Tensor]:
        stood.append(float(network.weight.detach()))
        return {"pull": (network.weight - random.normal()).square().sum()}

    optimiser = torch.optim.SGD(network.parameters(), lr=0.2)
    run = plan(checkpoint, steps, averaged)
    finish(descend(network, optimiser, run, resume(network, run), losses_of))
    return float(network.weight.detach()), stood


def test_the_network_ends_as_the_mean_of_its_last_steps(tmp_path: Path) -> None:
    last, stood = place_after(tmp_path / "plain.safetensors", 20, 1)
    mean, same = place_after(tmp_path / "mean.safetensors", 20, 5)
    assert same == stood
    assert np.isclose(mean, np.mean([*stood[-4:], last]), atol=1e-6)
    assert not np.isclose(mean, last, atol=1e-4)


def test_what_is_kept_is_the_mean(tmp_path: Path) -> None:
    mean, _ = place_after(tmp_path / "mean.safetensors", 20, 5)
    network = nn.Linear(1, 1, bias=False)
    assert resume(network, plan(tmp_path / "mean.safetensors", 20, 5)) == 20
    assert np.isclose(float(network.weight.detach()), mean)
