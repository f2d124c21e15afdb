import pytest

from evp.core.errors import InputError
from evp.models.devices import choose_device


def test_auto_always_finds_a_device_and_says_why() -> None:
    device, reason = choose_device("auto")
    assert device.type in ("cpu", "cuda", "mps")
    assert reason.endswith(".")


def test_unknown_and_absent_devices_are_refused() -> None:
    with pytest.raises(InputError, match="no device 'tpu'"):
        choose_device("tpu")
    import torch

    if not torch.cuda.is_available():
        with pytest.raises(InputError, match="no cuda"):
            choose_device("cuda")
