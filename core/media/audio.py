"""Read any sound file as mono speech, and as the stereo track of a delivery."""

from __future__ import annotations

import os
from pathlib import Path

import av
import av.error
import numpy as np

from ..errors import InputError
from ..records import SAMPLE_RATE, FloatArray, PixelArray

DELIVERY_RATE = 48_000


def read_audio(path: Path | str, rate: int = SAMPLE_RATE, channels: int = 1) -> FloatArray:
    """Decode a sound file, or the sound of a video, resampled once.

    Args:
        path: any format FFmpeg reads, any rate and channel count.
        rate: samples per second of the result.
        channels: 1 or 2.

    Returns:
        (N,) float32 -1..1 for one channel, (N, 2) for two.

    Raises:
        InputError: the file is missing, damaged, empty, or has no sound.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; check the path of the audio.")
    sound = bytearray()

    def keep(block: PixelArray) -> None:
        """Keep what was decoded in its final form: a long recording is held once."""
        block = np.nan_to_num(block.astype(np.float32))
        sound.extend((block.mean(axis=0) if channels == 1 else block.T).tobytes())

    try:
        with av.open(os.fspath(path)) as container:
            if not container.streams.audio:
                raise InputError(f"{path}: there is no sound in this file; give a recording.")
            stream = container.streams.audio[0]
            # FFmpeg's downmix to mono adds channels up and clips; the mean of two does not.
            mono = channels == 1 and stream.codec_context.layout.nb_channels == 1
            layout = "mono" if mono else "stereo"
            resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate)
            for frame in container.decode(stream):
                for out in resampler.resample(frame):
                    keep(out.to_ndarray())
            for out in resampler.resample(None):
                keep(out.to_ndarray())
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if not sound:
            raise InputError(f"{path}: the file cannot be read as sound ({error}).") from error
    if not sound:
        raise InputError(f"{path}: the sound is empty; record or export it again.")
    samples = np.frombuffer(sound, np.float32)
    return samples if channels == 1 else samples.reshape(-1, 2)
