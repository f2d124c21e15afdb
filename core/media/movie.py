"""Write an MP4: frames with their own times, and sound."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from ..errors import OutputError
from ..files import discard
from ..records import FloatArray, PixelArray
from .audio import DELIVERY_RATE
from .colour import ACCURATE

FINE_CLOCK = Fraction(1, 90_000)
AUDIO_BLOCK = 1024


def write_movie(
    path: Path,
    frames: Iterable[PixelArray],
    times: FloatArray,
    rate: Fraction,
    sound: FloatArray | None,
    metadata: Mapping[str, str],
    pixel_aspect: Fraction = Fraction(1),
) -> Iterator[int]:
    """Encode H.264 and AAC, under a temporary name first; BT.709, tagged as such.

    H.264 with 4:2:0 colour needs even sizes: an odd row or column is repeated once.

    Args:
        path: the .mp4 file.
        frames: (H, W, 3) uint8 RGB, one per time.
        times: (T,) seconds.
        rate: nominal frames per second.
        sound: (N, 2) float32 at 48 kHz, from time 0; None for a silent movie.
        metadata: entries of the container.
        pixel_aspect: width of a pixel by its height.

    Yields:
        The number of frames written.

    Raises:
        OutputError: the folder cannot be written.
    """
    even_times = np.abs(times - np.arange(len(times)) / float(rate)).max(initial=0.0) < 0.001
    clock = 1 / rate if even_times else FINE_CLOCK
    partial = path.with_name(f".{path.stem}.{os.getpid()}.part.mp4")
    try:
        with av.open(os.fspath(partial), "w", options={"movflags": "use_metadata_tags"}) as movie:
            movie.metadata.update(metadata)
            video = movie.add_stream("libx264", rate=rate, options={"crf": "15", "preset": "fast"})
            video.pix_fmt = "yuv420p"
            video.codec_context.time_base = clock
            video.codec_context.sample_aspect_ratio = pixel_aspect
            video.codec_context.colorspace = Colorspace.ITU709
            video.codec_context.color_primaries = 1
            video.codec_context.color_trc = 1
            video.codec_context.color_range = ColorRange.MPEG
            audio = movie.add_stream("aac", rate=DELIVERY_RATE) if sound is not None else None
            if audio is not None:
                audio.layout = "stereo"
            for number, (pixels, time) in enumerate(zip(frames, times, strict=True), start=1):
                even = np.pad(
                    pixels,
                    ((0, pixels.shape[0] % 2), (0, pixels.shape[1] % 2), (0, 0)),
                    mode="edge",
                )
                if number == 1:
                    video.height, video.width = even.shape[:2]
                frame = av.VideoFrame.from_ndarray(even, format="rgb24").reformat(
                    format="yuv420p",
                    interpolation=ACCURATE,
                    dst_colorspace=Colorspace.ITU709,
                    dst_color_range=ColorRange.MPEG,
                )
                frame.pts = round(time / float(clock))
                frame.time_base = clock
                movie.mux(video.encode(frame))
                yield number
            movie.mux(video.encode(None))
            if audio is not None and sound is not None:
                for start in range(0, len(sound), AUDIO_BLOCK):
                    block = np.ascontiguousarray(sound[start : start + AUDIO_BLOCK].T, np.float32)
                    samples = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
                    samples.sample_rate = DELIVERY_RATE
                    samples.pts = start
                    samples.time_base = Fraction(1, DELIVERY_RATE)
                    movie.mux(audio.encode(samples))
                movie.mux(audio.encode(None))
        os.replace(partial, path)
    except (av.error.FFmpegError, OSError) as error:
        raise OutputError(f"{path}: the movie cannot be written ({error}).") from error
    finally:
        discard(partial)
