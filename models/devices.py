"""Which processor the networks run on."""

from __future__ import annotations

from typing import NamedTuple

import torch

from ..core.errors import InputError

DEVICES = ("auto", "cpu", "cuda", "mps")


class DeviceChoice(NamedTuple):
    """A device and why it was taken.

    Attributes:
        device: what torch calls it.
        reason: one sentence for ``evp doctor`` and the report.
    """

    device: torch.device
    reason: str


def choose_device(name: str = "auto") -> DeviceChoice:
    """Choose the processor: the named one, or the fastest there is.

    Args:
        name: one of ``DEVICES``.

    Raises:
        InputError: the name is unknown or this machine has no such device.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        for kind in ("cuda", "mps"):
            if available[kind]:
                return DeviceChoice(torch.device(kind), f"{kind} is available.")
        return DeviceChoice(torch.device("cpu"), "No CUDA or Metal device was found.")
    if name not in DEVICES:
        raise InputError(f"There is no device '{name}'; choose one of {', '.join(DEVICES)}.")
    if not available.get(name, True):
        raise InputError(f"This machine has no {name} device for torch; use --device auto or cpu.")
    return DeviceChoice(torch.device(name), f"{name} was asked for.")
