"""What is measured on the speech before any network sees it: level, MFCC windows, voice activity.

All functions take mono samples at 16 kHz and work on a 10 ms grid (paper, section 4.1).
"""

from __future__ import annotations

import numpy as np
from scipy.fft import dct
from scipy.ndimage import binary_closing, binary_opening, gaussian_filter1d

from .records import SAMPLE_RATE, BoolArray, FloatArray, IntArray

ROW_RATE = 100
"""MFCC rows per second."""

WINDOW_ROWS = 28
COEFFICIENTS = 12
ROWS_BEFORE = 12
"""Rows of a window before its frame's time, 16 lie behind it (paper: rows 4(i-3) to 4(i+4))."""

LEVEL = 0.06
"""Root mean square that speech is brought to before it is analysed."""

_HOP = SAMPLE_RATE // ROW_RATE
_LENGTH = 400
_TRANSFORM = 512
_FILTERS = 26
_BLOCK_ROWS = 3000
_FLOOR = 1e-8
_SILENCE_BELOW_PEAK = 36.0
_SPEECH_ABOVE_NOISE = 9.0
_AUDIBLE = -60.0


def _row_count(samples: FloatArray) -> int:
    return max(1, -(-len(samples) // _HOP))


def _frames(samples: FloatArray, first: int, last: int) -> FloatArray:
    """Rows first..last of 25 ms frames, each centred on its 10 ms step."""
    start = first * _HOP + _HOP // 2 - _LENGTH // 2
    stop = (last - 1) * _HOP + _HOP // 2 + _LENGTH // 2
    piece = samples[max(start, 0) : max(stop, 0)]
    piece = np.pad(piece, (max(-start, 0), max(stop - max(len(samples), 0), 0)))
    frames: FloatArray = np.lib.stride_tricks.sliding_window_view(piece, _LENGTH)[::_HOP]
    return frames


def row_levels(samples: FloatArray, low: float = 80.0, high: float = 4000.0) -> FloatArray:
    """Level of the band where voices live, in dB relative to full scale: (M,), one every 10 ms."""
    frequencies = np.fft.rfftfreq(_TRANSFORM, 1 / SAMPLE_RATE)
    band = (frequencies >= low) & (frequencies <= high)
    window = np.hanning(_LENGTH)
    scale = 2.0 / (_TRANSFORM * np.sum(window**2))
    rows = _row_count(samples)
    levels = []
    for first in range(0, rows, _BLOCK_ROWS):
        frames = _frames(samples, first, min(rows, first + _BLOCK_ROWS))
        power = np.abs(np.fft.rfft(frames * window, _TRANSFORM)[:, band]) ** 2
        levels.append(power.sum(axis=1) * scale)
    decibel: FloatArray = 10.0 * np.log10(np.concatenate(levels) + 1e-12)
    return decibel


def speech_rows(samples: FloatArray) -> BoolArray:
    """(M,) whether somebody speaks in each 10 ms row, by the noise and the peak of the take.

    Pauses shorter than 0.12 s inside words count as speech, blips shorter than 0.05 s do not.
    """
    levels = gaussian_filter1d(row_levels(samples), 1.5)
    peak = float(np.percentile(levels, 97))
    noise = float(np.percentile(levels, 5))
    threshold = max(
        _AUDIBLE,
        peak - _SILENCE_BELOW_PEAK,
        min(noise + _SPEECH_ABOVE_NOISE, peak - 0.5 * _SILENCE_BELOW_PEAK),
    )
    loud = np.pad(levels > threshold, 12)
    loud = binary_closing(loud, np.ones(12))
    loud = binary_opening(loud, np.ones(5))
    rows: BoolArray = loud[12:-12]
    return rows


def voice_activity(samples: FloatArray, times: FloatArray) -> FloatArray:
    """How far somebody speaks at the given times, 0..1, with ramps of about 40 ms: (T,).

    Args:
        samples: (N,) mono, 16 kHz.
        times: (T,) seconds from the first sample; times outside the sound are silent.
    """
    smooth = gaussian_filter1d(speech_rows(samples).astype(float), 2.0, mode="constant")
    grid = (np.arange(len(smooth)) + 0.5) / ROW_RATE
    return np.interp(times, grid, smooth, left=0.0, right=0.0)


def normalise_level(samples: FloatArray) -> FloatArray:
    """Bring the speech in a recording to one level, whatever the microphone: (N,) float32."""
    rows = np.repeat(speech_rows(samples), _HOP)[: len(samples)]
    heard = samples[rows] if rows.any() else samples
    level = float(np.sqrt(np.mean(np.square(heard, dtype=np.float64)))) if len(heard) else 0.0
    scaled: FloatArray = (samples * (LEVEL / max(level, 1e-5))).astype(np.float32)
    return scaled


def _mel_bank() -> FloatArray:
    def to_mel(hertz: FloatArray) -> FloatArray:
        mel: FloatArray = 2595.0 * np.log10(1.0 + hertz / 700.0)
        return mel

    edges = np.linspace(0.0, to_mel(np.array(SAMPLE_RATE / 2.0)), _FILTERS + 2)
    bins = to_mel(np.fft.rfftfreq(_TRANSFORM, 1 / SAMPLE_RATE))[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    bank: FloatArray = np.clip(np.minimum(rising, falling), 0.0, None)
    return bank


def mfcc_rows(samples: FloatArray) -> FloatArray:
    """Mel-frequency cepstral coefficients 1 to 12, a row every 10 ms: (M, 12) float32.

    25 ms frames, pre-emphasis 0.97, 26 filters; coefficient 0, the level, is dropped as in the
    paper's section 4.1.
    """
    emphasised = np.append(samples[:1], samples[1:] - 0.97 * samples[:-1])
    window, bank = np.hamming(_LENGTH), _mel_bank()
    rows = _row_count(samples)
    blocks = []
    for first in range(0, rows, _BLOCK_ROWS):
        frames = _frames(emphasised, first, min(rows, first + _BLOCK_ROWS))
        power = np.abs(np.fft.rfft(frames * window, _TRANSFORM)) ** 2 / _TRANSFORM
        energies = np.log(power @ bank + _FLOOR)
        blocks.append(dct(energies, axis=1, norm="ortho")[:, 1 : COEFFICIENTS + 1])
    return np.concatenate(blocks).astype(np.float32)


def window_indices(times: FloatArray, rows: int) -> IntArray:
    """Rows that each frame's window holds, clipped to the sound: (T, 28)."""
    first = np.round(np.asarray(times) * ROW_RATE).astype(int) - ROWS_BEFORE
    return np.clip(first[:, None] + np.arange(WINDOW_ROWS), 0, rows - 1)


def mfcc_windows(rows: FloatArray, times: FloatArray) -> FloatArray:
    """The 28 x 12 window of each frame (paper, section 4.1).

    Args:
        rows: (M, 12) of ``mfcc_rows``.
        times: (T,) seconds from the first sample.

    Returns:
        (T, 28, 12).
    """
    windows: FloatArray = rows[window_indices(times, len(rows))]
    return windows
