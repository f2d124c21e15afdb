"""Weight files: safetensors with the architecture they belong to, small enough to be committed.

Matrices are stored as 8-bit rows with a scale each, everything else as 16-bit floats; what is
loaded is float32 again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..core.errors import WeightsError

FOLDER = Path(__file__).resolve().parent / "weights"
"""Where the committed weights lie."""

_SCALE = ".row_scale"
_SMALL = 4096


@dataclass(frozen=True)
class Weights:
    """What a weight file holds.

    Attributes:
        tensors: float32 tensors by name.
        details: what the writer said about them (sizes, data, settings).
        fingerprint: SHA-256 of the file, hexadecimal.
    """

    tensors: dict[str, Tensor]
    details: dict[str, object]
    fingerprint: str


def save_weights(
    path: Path,
    tensors: Mapping[str, Tensor],
    architecture: str,
    details: Mapping[str, object] | None = None,
    exact: bool = False,
) -> None:
    """Write a weight file; the old one stays whole until the new one is complete.

    Args:
        path: the file, ``.safetensors``.
        tensors: float tensors by name.
        architecture: name and version of the network they fit.
        details: anything JSON can hold.
        exact: keep 32-bit floats, as a checkpoint needs.
    """
    stored: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if not tensor.is_floating_point():
            stored[name] = tensor.detach().cpu().clone()
            continue
        value = tensor.detach().cpu().float().contiguous()
        if exact:
            stored[name] = value.clone()
        elif value.ndim >= 2 and value.numel() >= _SMALL:
            rows = value.reshape(len(value), -1)
            scale = (rows.abs().amax(dim=1) / 127.0).clamp(min=1e-12)
            stored[name] = torch.round(rows / scale[:, None]).to(torch.int8).reshape(value.shape)
            stored[name + _SCALE] = scale
        else:
            stored[name] = value.half()
    metadata = {"architecture": architecture, "details": json.dumps(dict(details or {}))}
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    save_file(stored, str(temporary), metadata=metadata)
    temporary.chmod(0o644)
    os.replace(temporary, path)


def load_weights(path: Path, architecture: str) -> Weights:
    """Read a weight file.

    Raises:
        WeightsError: the file is missing, damaged, or made for another architecture.
    """
    if not path.is_file():
        raise WeightsError(f"The weight file {path} is missing; install the package again.")
    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata() or {}
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        details = json.loads(metadata.get("details", "{}"))
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(
            f"The weight file {path} is damaged ({error}); install the package again."
        ) from error
    found = metadata.get("architecture", "none")
    if found != architecture:
        raise WeightsError(
            f"The weight file {path} is for '{found}', this program needs '{architecture}'; "
            "use the weights that came with this version."
        )
    tensors = {}
    for name, tensor in stored.items():
        if name.endswith(_SCALE):
            continue
        if name + _SCALE in stored:
            scale = stored[name + _SCALE]
            tensors[name] = tensor.float() * scale.reshape(-1, *[1] * (tensor.ndim - 1))
        else:
            tensors[name] = tensor.float() if tensor.is_floating_point() else tensor
    return Weights(tensors, details, hashlib.sha256(path.read_bytes()).hexdigest())
