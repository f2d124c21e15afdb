"""What is measured on the speech before any network sees it: level, MFCC windows, voice activity.

All functions take mono samples at 16 kHz and work on a 10 ms grid (paper, section 4.1).
"""

from __future__ import annotations

import numpy as np
from scipy.fft import dct
from scipy.ndimage import binary_closing, binary_opening, gaussian_filter1d, maximum_filter1d

from .records import SAMPLE_RATE, BoolArray, FloatArray, IntArray

ROW_RATE = 100
"""MFCC rows per second."""

WINDOW_ROWS = 28
COEFFICIENTS = 12
ROWS_BEFORE = 12
"""Rows of a window before its frame's time, 16 lie behind it (paper: rows 4(i-3) to 4(i+4))."""

LEVEL = 0.06
"""Root mean square that speech is brought to before it is analysed."""

LEAST_VOICE = 0.5
"""Probability of a voice above which sound is taken for speech, if it is loud enough."""

VOICE_REACH = 0.2
"""Seconds around a voice in which loud sound belongs to it: the consonants at a word's ends."""

_HOP = SAMPLE_RATE // ROW_RATE
_LENGTH = 400
_TRANSFORM = 512
_FILTERS = 26
_BLOCK_ROWS = 1000
_FLOOR = 1e-8
_SILENCE_BELOW_PEAK = 36.0
_SPEECH_ABOVE_NOISE = 9.0
_AUDIBLE = -60.0


def _row_count(samples: FloatArray) -> int:
    return max(1, -(-len(samples) // _HOP))


def _frames(samples: FloatArray, first: int, last: int, before: int = 0) -> FloatArray:
    """Rows first..last of 25 ms frames, each centred on its 10 ms step.

    Each holds ``before`` samples more at its beginning.
    """
    start = first * _HOP + _HOP // 2 - _LENGTH // 2 - before
    stop = (last - 1) * _HOP + _HOP // 2 + _LENGTH // 2
    piece = samples[max(start, 0) : max(stop, 0)]
    piece = np.pad(piece, (max(-start, 0), max(stop - max(len(samples), 0), 0)))
    frames: FloatArray = np.lib.stride_tricks.sliding_window_view(piece, _LENGTH + before)[::_HOP]
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


def speech_rows(samples: FloatArray, gain: float = 1.0) -> BoolArray:
    """(M,) whether somebody speaks in each 10 ms row, by the noise and the peak of the take.

    Pauses shorter than 0.12 s inside words count as speech, blips shorter than 0.05 s do not.

    Args:
        samples: (N,) mono, 16 kHz.
        gain: factor on the samples.
    """
    levels = gaussian_filter1d(row_levels(samples), 1.5) + 20.0 * np.log10(gain)
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


def voice_activity(samples: FloatArray, times: FloatArray, voices: FloatArray) -> FloatArray:
    """How far somebody speaks at the given times, 0..1, with ramps of about 40 ms: (T,).

    Loudness says when exactly; that a voice is near says whether it is speech at all.

    Args:
        samples: (N,) mono, 16 kHz.
        times: (T,) seconds from the first sample; times outside the sound are silent.
        voices: (M,) probability of a voice in each 10 ms row.
    """
    near = maximum_filter1d(voices, round(2 * VOICE_REACH * ROW_RATE) + 1, mode="constant")
    spoken = speech_rows(samples) & (near > LEAST_VOICE)
    smooth = gaussian_filter1d(spoken.astype(float), 2.0, mode="constant")
    grid = (np.arange(len(smooth)) + 0.5) / ROW_RATE
    return np.interp(times, grid, smooth, left=0.0, right=0.0)


def level_gain(samples: FloatArray) -> float:
    """Factor that brings the speech in a recording to one level, whatever the microphone."""
    rows = speech_rows(samples)
    rows = rows if rows.any() else np.ones_like(rows)
    power, count = 0.0, 0
    for first in range(0, len(rows), _BLOCK_ROWS):
        heard = np.repeat(rows[first : first + _BLOCK_ROWS], _HOP)
        piece = samples[first * _HOP : first * _HOP + len(heard)]
        piece = piece[heard[: len(piece)]]
        power += float(np.sum(np.square(piece, dtype=np.float64)))
        count += len(piece)
    return float(LEVEL / max(np.sqrt(power / max(count, 1)), 1e-5))


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


def mfcc_rows(samples: FloatArray, gain: float = 1.0) -> FloatArray:
    """Mel-frequency cepstral coefficients 1 to 12, a row every 10 ms: (M, 12) float32.

    25 ms frames, pre-emphasis 0.97, 26 filters; coefficient 0, the level, is dropped as in the
    paper's section 4.1.

    Args:
        samples: (N,) mono, 16 kHz.
        gain: factor on the samples.
    """
    window, bank = np.hamming(_LENGTH), _mel_bank()
    rows = _row_count(samples)
    coefficients = np.empty((rows, COEFFICIENTS), np.float32)
    for first in range(0, rows, _BLOCK_ROWS):
        last = min(rows, first + _BLOCK_ROWS)
        frames = _frames(samples, first, last, before=1) * gain
        emphasised = frames[:, 1:] - 0.97 * frames[:, :-1]
        power = np.abs(np.fft.rfft(emphasised * window, _TRANSFORM)) ** 2 / _TRANSFORM
        energies = np.log(power @ bank + _FLOOR)
        coefficients[first:last] = dct(energies, axis=1, norm="ortho")[:, 1 : COEFFICIENTS + 1]
    return coefficients


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
