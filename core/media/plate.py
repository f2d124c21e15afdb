"""Open a plate (a movie or a numbered image sequence) and decode its frames, once and in RGB."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import av.error
import numpy as np

from ..errors import InputError
from ..records import IntArray, PixelArray, Plate
from .colour import ACCURATE
from .colour_space import to_working
from .images import IMAGE_SUFFIXES, image_pixel_aspect, read_image
from .sequence import find_sequence

DEFAULT_SEQUENCE_RATE = Fraction(24)
MOVIE_SUFFIXES = (".mp4", ".mov", ".mkv", ".avi", ".mpg", ".webm")
"""What counts as a movie where a folder is searched for them."""

SEEK_GAP = 24
"""Frames that are cheaper to decode and drop than to seek over."""

REVERSE_BLOCK = 24
"""Frames decoded at a time where a plate runs backwards."""


def open_plate(
    path: Path | str,
    frames: tuple[int, int] | None = None,
    rate: Fraction | None = None,
) -> Plate:
    """Read a plate's size, rate and frame times without decoding its pictures.

    Args:
        path: a movie; or an image, a folder, or a pattern (``shot.####.exr``, ``shot.%04d.png``) of
            a numbered sequence; a lone image is a plate of one frame.
        frames: first and last frame of the shot, both included, as the user counts them: from 1 in
            a movie, by the numbers in the file names of a sequence.
        rate: frames per second of a sequence, which cannot say it itself (24 where not given).

    Raises:
        InputError: the file is missing, unreadable, not a video, or lacks the frames asked for.
    """
    path = Path(path)
    if path.suffix.lower() in IMAGE_SUFFIXES or path.is_dir():
        plate = _open_sequence(path, rate)
    else:
        plate = _open_movie(path)
    return plate if frames is None else _cut(plate, frames)


def read_frames(plate: Plate, start: int = 0, stop: int | None = None) -> Iterator[PixelArray]:
    """Decode the shot's frames ``start`` to ``stop`` (indices within the shot), in order.

    Yields:
        (H, W, 3) RGB, of ``plate.bit_depth``, with the file's rotation applied; float32 linear
        light with sRGB primaries where the plate names its colour space.

    Raises:
        InputError: the file ends early or cannot be decoded.
    """
    if plate.colour is not None:
        for pixels in read_frames(plate.recorded, start, stop):
            yield to_working(pixels, plate.colour)
        return
    stop = len(plate) if stop is None else min(stop, len(plate))
    if plate.order is None:
        yield from _read_forward(plate, start, stop)
        return
    for run in _monotone_runs(plate.order[start:stop]):
        if run[0] == run[-1]:
            yield from list(_read_forward(plate, int(run[0]), int(run[0]) + 1)) * len(run)
            continue
        if run[0] < run[-1]:
            yield from _read_forward(plate, int(run[0]), int(run[-1]) + 1)
            continue
        for block_start in range(0, len(run), REVERSE_BLOCK):
            block = run[block_start : block_start + REVERSE_BLOCK]
            yield from reversed(list(_read_forward(plate, int(block[-1]), int(block[0]) + 1)))


def read_selected(plate: Plate, indices: Sequence[int]) -> Iterator[tuple[int, PixelArray]]:
    """Decode just these frames of the shot (ascending indices), seeking over long gaps."""
    start = 0
    while start < len(indices):
        end = start + 1
        while end < len(indices) and indices[end] - indices[end - 1] <= SEEK_GAP:
            end += 1
        wanted = set(indices[start:end])
        first, last = indices[start], indices[end - 1]
        for index, pixels in enumerate(read_frames(plate, first, last + 1), first):
            if index in wanted:
                yield index, pixels
        start = end


def extend_pingpong(plate: Plate, duration: float) -> Plate:
    """Make a plate last at least ``duration`` seconds by running it forth and back.

    The turning frames are shown once. A plate that is long enough is returned as it is.
    """
    step = 1.0 / float(plate.rate)
    count = int(np.ceil(duration / step - 1e-6))
    if count <= len(plate):
        return plate
    length = len(plate)
    period = max(2 * length - 2, 1)
    phase = np.arange(count) % period
    order = np.where(phase < length, phase, period - phase).astype(np.int64)
    extra = plate.times[-1] + step * np.arange(1, count - length + 1)
    return dataclasses.replace(plate, times=np.concatenate([plate.times, extra]), order=order)


def plate_files(plate: Plate) -> list[Path]:
    """The files that hold the plate: one movie, or each image of the shot."""
    if plate.path.suffix.lower() not in IMAGE_SUFFIXES:
        return [plate.path]
    files = find_sequence(plate.path).files
    count = len(plate) if plate.order is None else int(plate.order.max()) + 1
    return files[plate.skip : plate.skip + count]


def _cut(plate: Plate, frames: tuple[int, int]) -> Plate:
    first, last = frames
    have = plate.frame_numbers
    if first > last or first not in have or last not in have:
        raise InputError(
            f"{plate.path}: frames {first}-{last} were asked for, but the plate has frames "
            f"{have.start}-{have.stop - 1}."
        )
    skip = first - plate.first_frame
    times = plate.times[skip : last - plate.first_frame + 1] - plate.times[skip]
    return dataclasses.replace(plate, times=times, first_frame=first, skip=plate.skip + skip)


def _monotone_runs(order: IntArray) -> list[IntArray]:
    if len(order) == 0:
        return []
    turns = np.flatnonzero(np.diff(np.sign(np.diff(order))) != 0) + 2
    return np.split(order, turns)


def _open_sequence(path: Path, rate: Fraction | None) -> Plate:
    sequence = find_sequence(path)
    first = read_image(sequence.files[0])
    rate = rate or DEFAULT_SEQUENCE_RATE
    return Plate(
        path=sequence.files[0],
        width=first.shape[1],
        height=first.shape[0],
        rate=rate,
        times=np.arange(len(sequence.files)) / float(rate),
        first_frame=sequence.first_number,
        bit_depth=first.dtype.itemsize * 8,
        pixel_aspect=image_pixel_aspect(sequence.files[0]),
    )


def _open_movie(path: Path) -> Plate:
    with _container(path) as container:
        if not container.streams.video:
            raise InputError(
                f"{path}: there is no picture in this file; give a video as the plate."
            )
        stream = container.streams.video[0]
        base = stream.time_base or Fraction(1, 1000)
        stamps = _frame_stamps(path, path.stat().st_mtime_ns)
        if not stamps:
            raise InputError(f"{path}: the video holds no frames; export the plate again.")
        rate = Fraction(stream.average_rate or stream.guessed_rate or 25)
        pixel_format = stream.codec_context.format
        bits = max((c.bits for c in pixel_format.components), default=8) if pixel_format else 8
        has_audio = bool(container.streams.audio)
        aspect = stream.sample_aspect_ratio or Fraction(1)
    frame = next(_decode(path, stamps, 0), None)
    if frame is None:
        raise InputError(f"{path}: no frame of the video can be decoded; export the plate again.")
    pixels = _pixels(frame, 8)
    return Plate(
        path=path,
        width=pixels.shape[1],
        height=pixels.shape[0],
        rate=rate,
        times=np.array([float((stamp - stamps[0]) * base) for stamp in stamps]),
        bit_depth=8 if bits <= 8 else 16,
        has_audio=has_audio,
        pixel_aspect=1 / aspect if round(frame.rotation / 90) % 2 else aspect,
        interlaced=frame.interlaced_frame,
    )


def _read_forward(plate: Plate, start: int, stop: int) -> Iterator[PixelArray]:
    if start >= stop:
        return
    if plate.path.suffix.lower() in IMAGE_SUFFIXES:
        for file in find_sequence(plate.path).files[plate.skip + start : plate.skip + stop]:
            pixels = read_image(file)
            if pixels.shape[:2] != (plate.height, plate.width):
                raise InputError(
                    f"{file}: this frame is {pixels.shape[1]}x{pixels.shape[0]}, the first "
                    f"{plate.width}x{plate.height}; all frames must have one size."
                )
            yield pixels
        return
    if not plate.path.is_file():
        raise InputError(f"{plate.path}: there is no such file; check the path of the plate.")
    stamps = _frame_stamps(plate.path, plate.path.stat().st_mtime_ns)
    done = 0
    for frame in _decode(plate.path, stamps, plate.skip + start):
        yield _pixels(frame, plate.bit_depth)
        done += 1
        if done == stop - start:
            return
    raise InputError(
        f"{plate.path}: the video is damaged after frame {plate.first_frame + start + done - 1}; "
        "export the plate again or give --frames up to there."
    )


@lru_cache(maxsize=8)
def _frame_stamps(path: Path, modified: int) -> tuple[int, ...]:
    """Presentation stamps of a movie's frames, ascending; read again when the file changes."""
    with _container(path) as container:
        packets = container.demux(container.streams.video[0])
        return tuple(sorted(p.pts for p in packets if p.pts is not None and not p.is_discard))


def _decode(path: Path, stamps: Sequence[int], first: int) -> Iterator[av.VideoFrame]:
    """Decode from the frame at position ``first`` of ``stamps`` on."""
    with _container(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        if first > 0:
            container.seek(stamps[first], stream=stream, backward=True)
        try:
            for frame in container.decode(stream):
                if frame.pts is not None and frame.pts >= stamps[first]:
                    yield frame
        except av.error.FFmpegError:
            return


def _pixels(frame: av.VideoFrame, bit_depth: int) -> PixelArray:
    encoding = "rgb24" if bit_depth == 8 else "rgb48le"
    pixels = frame.reformat(format=encoding, interpolation=ACCURATE).to_ndarray()
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels


@contextlib.contextmanager
def _container(path: Path) -> Iterator[av.container.InputContainer]:
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; check the path of the plate.")
    try:
        container = av.open(os.fspath(path))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise InputError(f"{path}: the file cannot be read as a video ({error}).") from error
    with container:
        yield container
