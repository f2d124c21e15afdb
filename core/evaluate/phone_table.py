"""The naive baseline: recognise phones, look up how far each opens the mouth, smooth."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ..records import FloatArray

WIDEST = 0.012
"""Lip gap of the most open phone, metres."""

SMOOTHING = 0.035
"""Standard deviation of the smoothing, seconds."""

FRAME_RATE = 100

OPENNESS: dict[str, float] = {
    "SIL": 0.0, "B": 0.0, "M": 0.0, "P": 0.0, "F": 0.1, "V": 0.1, "W": 0.15, "UW": 0.25,
    "OW": 0.45, "UH": 0.35, "OY": 0.5, "AO": 0.7, "AA": 1.0, "AE": 0.9, "AH": 0.65, "AW": 0.85,
    "AY": 0.9, "EH": 0.7, "ER": 0.4, "EY": 0.6, "IH": 0.45, "IY": 0.35, "HH": 0.5, "R": 0.3,
    "L": 0.45, "N": 0.3, "NG": 0.35, "T": 0.3, "D": 0.3, "S": 0.2, "Z": 0.2, "SH": 0.25,
    "ZH": 0.25, "CH": 0.25, "JH": 0.25, "TH": 0.3, "DH": 0.3, "K": 0.4, "G": 0.4, "Y": 0.35,
}  # fmt: skip
"""How far each phone of the recogniser opens the mouth, 0..1."""


@lru_cache(maxsize=1)
def _recogniser() -> Any:
    if importlib.util.find_spec("pocketsphinx") is None:
        return None
    import pocketsphinx

    model = Path(pocketsphinx.get_model_path()) / "en-us"
    return pocketsphinx.Decoder(
        hmm=str(model / "en-us"),
        allphone=str(model / "en-us-phone.lm.bin"),
        lw=2.0,
        beam=1e-20,
        pbeam=1e-20,
        loglevel="FATAL",
    )


def naive_gap(samples: FloatArray, times: FloatArray) -> FloatArray | None:
    """Lip gap (T,) in metres from recognised phones, or None where no recogniser is installed.

    Args:
        samples: (N,) mono, 16 kHz.
        times: (T,) seconds from the first sample.
    """
    decoder = _recogniser()
    if decoder is None:
        return None
    loudest = max(float(np.abs(samples).max()), 1e-6)
    decoder.start_utt()
    decoder.process_raw((samples / loudest * 30_000).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    curve = np.zeros(len(samples) * FRAME_RATE // 16_000 + 1)
    for segment in decoder.seg() or []:
        opening = OPENNESS.get(segment.word.split("(")[0], 0.0)
        curve[segment.start_frame : segment.end_frame + 1] = opening
    curve = gaussian_filter1d(curve, SMOOTHING * FRAME_RATE)
    return WIDEST * np.interp(times, np.arange(len(curve)) / FRAME_RATE, curve, left=0, right=0)
