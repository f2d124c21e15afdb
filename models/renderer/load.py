"""Load a face renderer by name."""

from __future__ import annotations

from typing import Literal

import torch

from ..weights import FOLDER, load_weights
from .network import ARCHITECTURE, EDGES_ARCHITECTURE, TorchFaceRenderer


def load_face_renderer(
    device: torch.device,
    weights: Literal["open", "research"] = "open",
    renderer: Literal["texture", "edges"] = "texture",
) -> TorchFaceRenderer:
    """The renderer with its base weights.

    Args:
        device: where it runs.
        weights: which base: ``open``, or ``research`` from data whose use is restricted.
        renderer: ``texture`` corrects the warped plate; ``edges`` paints from the edge map alone
            and has no base: it learns its person from the plate.

    Raises:
        WeightsError: the weights are missing or damaged.
    """
    if renderer == "edges":
        return TorchFaceRenderer(device, None, EDGES_ARCHITECTURE, edges_only=True)
    base = load_weights(FOLDER / f"renderer_{weights}.safetensors", ARCHITECTURE)
    return TorchFaceRenderer(device, base.tensors, base.fingerprint)
