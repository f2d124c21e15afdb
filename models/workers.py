"""Several processes that train one network, started by ``torchrun``; one process without it.

Every worker draws batches of its own and all take the same step, along the mean of their gradients
(synchronous data parallelism). What is written is written by the first worker alone.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
from torch import distributed, nn

PATIENCE = timedelta(days=7)
"""How long workers wait while the first one prepares the data."""


@contextmanager
def joined_workers(device: torch.device) -> Iterator[torch.device]:
    """Join the workers that ``torchrun`` started, if it did; give this worker its own device."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        yield device
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    # This module keeps, as default arguments, the group that there is when it is first imported,
    # as the making of an optimiser does. A group so kept outlives its destruction, and its threads
    # then abort the ending process.
    importlib.import_module("torch.distributed.nn.functional")
    backend = "nccl" if device.type == "cuda" else "gloo"
    distributed.init_process_group(backend, timeout=PATIENCE)
    try:
        yield device
    finally:
        distributed.destroy_process_group()


def worker_count() -> int:
    """How many workers train together."""
    return distributed.get_world_size() if _joined() else 1


def worker_number() -> int:
    """Which of them this is, from 0."""
    return distributed.get_rank() if _joined() else 0


@contextmanager
def first_worker_first() -> Iterator[None]:
    """Let the first worker do something alone, such as fill a cache, before the others do it."""
    if worker_number() > 0:
        distributed.barrier()
    yield
    if worker_number() == 0 and worker_count() > 1:
        distributed.barrier()


def share_state(network: nn.Module) -> None:
    """Give every worker the first one's parameters and buffers."""
    if worker_count() > 1:
        for tensor in network.state_dict().values():
            distributed.broadcast(tensor, 0)


def average_gradients(network: nn.Module) -> None:
    """Replace each gradient by its mean over the workers."""
    if worker_count() > 1:
        for parameter in network.parameters():
            if parameter.grad is not None:
                distributed.all_reduce(parameter.grad)
                parameter.grad /= worker_count()


def _joined() -> bool:
    return distributed.is_available() and distributed.is_initialized()
