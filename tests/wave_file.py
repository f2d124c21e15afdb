"""Sound files for the tests."""

import wave
from pathlib import Path

import numpy as np


def write_wave(path: Path, samples: np.ndarray, rate: int = 16_000) -> Path:
    """Write samples (N,) or (N, channels), -1..1, in 16 bits; gives the path back."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((32767 * np.clip(samples, -1, 1)).astype("<i2").tobytes())
    return path
