from pathlib import Path

import pytest
import torch

from evp.core.errors import WeightsError
from evp.models.weights import load_weights, save_weights


def tensors() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {"matrix": torch.randn(128, 64), "bias": torch.randn(7), "count": torch.tensor(90_000)}


def test_small_files_keep_what_matters(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(path, tensors(), "net-1", {"data": "none"})
    loaded = load_weights(path, "net-1")
    assert loaded.details == {"data": "none"}
    assert loaded.tensors["count"] == 90_000
    error = (loaded.tensors["matrix"] - tensors()["matrix"]).abs().max()
    assert error < 0.02
    assert loaded.tensors["matrix"].dtype == torch.float32
    assert path.stat().st_size < 128 * 64 * 1.2 + 2000


def test_checkpoints_are_exact(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(path, tensors(), "net-1", exact=True)
    assert torch.equal(load_weights(path, "net-1").tensors["matrix"], tensors()["matrix"])


def test_the_fingerprint_changes_with_the_weights(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(path, tensors(), "net-1")
    first = load_weights(path, "net-1").fingerprint
    save_weights(path, {**tensors(), "bias": torch.zeros(7)}, "net-1")
    assert load_weights(path, "net-1").fingerprint != first


def test_missing_damaged_and_foreign_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    with pytest.raises(WeightsError, match="missing"):
        load_weights(path, "net-1")
    save_weights(path, tensors(), "net-1")
    with pytest.raises(WeightsError, match="net-2"):
        load_weights(path, "net-2")
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(WeightsError, match="damaged"):
        load_weights(path, "net-1")
