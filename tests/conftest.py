"""Small files made on the spot, shared by all tests."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

DEMO_FILES = Path(__file__).resolve().parent.parent / ".cache/demo/feat/tests/data"

MovieMaker = Callable[..., Path]


@pytest.fixture
def make_movie(tmp_path: Path) -> MovieMaker:
    """Write a lossless little movie whose frame n has the grey level 10 n; returns its path."""

    def make(
        name: str = "plate.mp4",
        count: int = 8,
        size: tuple[int, int] = (64, 48),
        rate: Fraction = Fraction(25),
        stamps: list[int] | None = None,
        sound: bool = False,
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w") as movie:
            video = movie.add_stream("libx264rgb", rate=rate, options={"qp": "0", "g": "4"})
            video.pix_fmt = "rgb24"
            video.width, video.height = size
            video.codec_context.time_base = 1 / rate
            audio = movie.add_stream("aac", rate=16000) if sound else None
            for number in range(count):
                pixels = np.full((size[1], size[0], 3), 10 * number, np.uint8)
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                frame.pts = stamps[number] if stamps else number
                frame.time_base = 1 / rate
                movie.mux(video.encode(frame))
            movie.mux(video.encode(None))
            if audio is not None:
                tone = np.sin(np.arange(16000) * 0.1).astype(np.float32)[None] * 0.3
                samples = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
                samples.sample_rate = 16000
                movie.mux(audio.encode(samples))
                movie.mux(audio.encode(None))
        return path

    return make


@pytest.fixture(scope="session")
def demo_files() -> Path:
    """The folder with the demo plate and its companions, which ``make test`` downloads."""
    if not DEMO_FILES.is_dir():
        pytest.skip("the demo plate is not there: make test downloads it")
    return DEMO_FILES
