import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from evp.core.progress import finish
from evp.models.speech.descend import Descent, descend, resume
from evp.models.workers import worker_count, worker_number

STEPS = 3


def plan(checkpoint: Path) -> Descent:
    return Descent("fit", "test-1", checkpoint, STEPS, 1, 1e9, {}, 0)


def fit_mean(checkpoint: Path, numbers: list[float]) -> tuple[nn.Linear, list[float]]:
    """Pull one number towards those that are drawn; also what this process drew."""
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, 10.0 * (worker_number() + 1))
    optimiser = torch.optim.SGD(network.parameters(), lr=0.2)
    drawn: list[float] = []

    def losses_of(random: np.random.Generator) -> dict[str, Tensor]:
        drawn.append(float(random.choice(numbers)))
        return {"distance": (network.weight.sum() - drawn[-1]) ** 2}

    steps = plan(checkpoint)
    finish(descend(network, optimiser, steps, resume(network, steps), losses_of))
    return network, drawn


def expected(draws: list[list[float]]) -> float:
    """The same by hand: a step along the mean of the workers' gradients."""
    value = 10.0
    for step in range(STEPS):
        rate = 0.2 * 0.5 * (1.0 + np.cos(np.pi * step / STEPS))
        value -= rate * 2.0 * (value - np.mean([own[step] for own in draws]))
    return value


def test_a_run_that_is_done_takes_no_further_step(tmp_path: Path) -> None:
    first, _ = fit_mean(tmp_path / "c.safetensors", [1.0, 2.0, 3.0])
    again, drawn = fit_mean(tmp_path / "c.safetensors", [50.0])
    assert not drawn
    assert again.weight.item() == pytest.approx(first.weight.item())


def test_alone_there_is_one_worker(tmp_path: Path) -> None:
    network, drawn = fit_mean(tmp_path / "c.safetensors", [1.0, 2.0, 3.0])
    assert (worker_number(), worker_count()) == (0, 1)
    assert network.weight.item() == pytest.approx(expected([drawn]), rel=1e-5)


SCRIPT = """
import json, sys, weakref
from pathlib import Path
import torch
from torch import distributed
sys.path.insert(0, {tests!r})
from test_workers import fit_mean
from evp.models.workers import first_worker_first, joined_workers, worker_number
folder = Path({folder!r})
with joined_workers(torch.device("cpu")):
    group = weakref.ref(distributed.group.WORLD)
    with first_worker_first():
        order = len(list(folder.glob("begun*")))
        (folder / f"begun{{worker_number()}}").touch()
    network, drawn = fit_mean(folder / "c.safetensors", list(range(100)))
    line = json.dumps([order, network.weight.item(), drawn])
    (folder / f"result{{worker_number()}}.json").write_text(line)
assert group() is None, "the group and its threads are still there when the process ends"
"""


def test_two_workers_step_along_the_mean_of_their_gradients(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parent), folder=str(tmp_path)))
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    subprocess.run(
        [*launcher, "--nproc-per-node", "2", str(script)], check=True, timeout=120, cwd=tmp_path
    )
    results = [json.loads((tmp_path / f"result{k}.json").read_text()) for k in (0, 1)]
    (order, value, drawn), (other_order, other_value, other_drawn) = results
    assert (order, other_order) == (0, 1)
    assert drawn != other_drawn
    assert value == other_value == pytest.approx(expected([drawn, other_drawn]), rel=1e-5)
