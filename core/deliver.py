"""Composite the rendered faces on the plate and write frames and the movie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from .composite import composite_frame, plate_layers
from .media.audio import DELIVERY_RATE, read_audio
from .media.colour import display_8_bit, to_encoded, to_linear
from .media.colour_space import to_working
from .media.images import image_text, read_image, write_exr, write_png
from .media.movie import write_movie
from .media.plate import read_selected
from .progress import Job, Progress
from .records import ColourSpace, FloatArray, Frame, PixelArray, Plate
from .rendered_faces import face_path, load_frame
from .settings import FrameFormat
from .stage_keys import stage_key
from .store import stored_key

MADE_FROM = "evp_made_from"
COLOUR = "evp_colour_space"
"""Entries of a frame's header."""


def frame_path(folder: Path, number: int, frame_format: FrameFormat) -> Path:
    """Where a delivered frame lies."""
    return folder / f"frame.{number:04d}.{frame_format}"


def composite_frames(
    plate: Plate,
    plate_hash: str,
    faces: Path,
    folder: Path,
    numbers: Sequence[int],
    frame_format: FrameFormat,
    metadata: Mapping[str, str],
) -> Job[list[Path]]:
    """Write one composited frame per number; frames that are still valid are left.

    PNG holds the beauty: of an integer plate as recorded, at its bit depth; of a float plate
    sRGB-encoded in 16 bits. EXR holds all layers: ``R G B`` is the beauty, of a float plate in the
    plate's own space, of an integer plate in linear light with sRGB primaries; half floats for an
    8-bit plate, full floats otherwise.

    Args:
        plate: the plate.
        plate_hash: its SHA-256.
        faces: folder of the rendered crops.
        folder: where the frames go.
        numbers: frame numbers, ascending.
        frame_format: ``png`` or ``exr``.
        metadata: entries for every file's header.
    """
    stale: dict[int, str] = {}
    for number in numbers:
        face_key = stored_key(face_path(faces, number))
        made_from = stage_key(
            "composite",
            plate_hash,
            plate.colour,
            number,
            frame_format,
            face_key,
            sorted(metadata.items()),
        )
        if image_text(frame_path(folder, number, frame_format), MADE_FROM) != made_from:
            stale[number] = made_from
    total = len(stale)
    indices = [number - plate.first_frame for number in sorted(stale)]
    space = delivered_space(plate, frame_format)
    light = "linear light, sRGB primaries" if frame_format == "exr" else "sRGB"
    colour_name = space.name if space is not None else light
    for done, (index, pixels) in enumerate(read_selected(plate.recorded, indices)):
        number = plate.first_frame + index
        yield Progress("composite", done, total, f"frame {number}")
        crop_file = face_path(faces, number)
        frame = load_frame(crop_file) if crop_file.is_file() else None
        path = frame_path(folder, number, frame_format)
        header = {**metadata, COLOUR: colour_name, MADE_FROM: stale[number]}
        if frame_format == "exr":
            layers = exr_layers(pixels, frame, plate.colour)
            write_exr(path, layers, header, plate.pixel_aspect)
        else:
            beauty = pixels if frame is None else composite_frame(pixels, frame, plate.colour)
            write_png(path, _png_pixels(beauty, plate.colour), header)
    yield Progress("composite", total, total)
    return [frame_path(folder, number, frame_format) for number in numbers]


def write_result(
    path: Path,
    plate: Plate,
    frame_files: Sequence[Path],
    audio: Path,
    audio_offset: float,
    metadata: Mapping[str, str],
) -> Job[Path]:
    """Encode the composited frames and the new sound as an MP4 of the plate's frame times."""
    length = float(plate.times[-1]) + 1.0 / float(plate.rate)
    sound = place_sound(read_audio(audio, DELIVERY_RATE, 2), audio_offset, length)
    frames = (display_pixels(file, plate) for file in frame_files)
    for done in write_movie(
        path, frames, plate.times, plate.rate, sound, metadata, plate.pixel_aspect
    ):
        yield Progress("deliver", done, len(plate), path.name)
    return path


def place_sound(samples: FloatArray, offset: float, length: float) -> FloatArray:
    """Put (N, 2) samples at ``offset`` seconds into a track of ``length`` seconds, padded, cut."""
    track = np.zeros((round(length * DELIVERY_RATE), 2), np.float32)
    start = round(offset * DELIVERY_RATE)
    part = samples[max(0, -start) :][: max(0, len(track) - max(0, start))]
    track[max(0, start) : max(0, start) + len(part)] = part
    return track


def delivered_space(plate: Plate, frame_format: FrameFormat) -> ColourSpace | None:
    """The plate's own space where frames are delivered in it: floats as EXR, integers as PNG."""
    own = (plate.bit_depth == 32) == (frame_format == "exr")
    return plate.colour if own else None


def display_pixels(path: Path, plate: Plate) -> PixelArray:
    """A delivered frame of a plate as (H, W, 3) uint8 RGB, display-encoded."""
    pixels = read_image(path)
    colour = delivered_space(plate, "exr" if path.suffix == ".exr" else "png")
    return display_8_bit(pixels if colour is None else to_working(pixels, colour))


def exr_layers(
    pixels: PixelArray, frame: Frame | None, colour: ColourSpace | None = None
) -> dict[str, FloatArray]:
    """All layers of a frame as EXR channels; a frame without a face has them too, empty."""
    precision = np.float16 if pixels.dtype == np.uint8 else np.float32
    channels: dict[str, FloatArray] = {}
    for name, plane in plate_layers(pixels, frame, colour).items():
        if name in ("beauty", "face"):
            linear = _exr_light(plane, colour)
            prefix = "" if name == "beauty" else f"{name}."
            for index, letter in enumerate("RGB"):
                channels[prefix + letter] = linear[..., index].astype(precision)
        elif plane.ndim == 3:
            for index, letter in enumerate("XY"):
                channels[f"{name}.{letter}"] = plane[..., index].astype(np.float32)
        else:
            channels[f"{name}.V"] = plane.astype(np.float16)
    return channels


def _exr_light(pixels: PixelArray, colour: ColourSpace | None) -> FloatArray:
    """What an EXR holds of recorded pixels: floats as they are, integers in linear light."""
    if not np.issubdtype(pixels.dtype, np.integer):
        return pixels
    if colour is not None:
        return to_working(pixels, colour)
    return to_linear(pixels / np.iinfo(pixels.dtype).max)


def _png_pixels(pixels: PixelArray, colour: ColourSpace | None) -> PixelArray:
    if pixels.dtype == np.float32:
        pixels = pixels if colour is None else to_working(pixels, colour)
        return np.rint(np.clip(to_encoded(pixels), 0.0, 1.0) * 65535.0).astype(np.uint16)
    return pixels
