"""``evp sheet`` and ``evp overlay``: pictures of a shot to look at."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..core.deliver import frame_path
from ..core.errors import InputError
from ..core.media.images import image_text, write_picture, write_png
from ..core.media.movie import write_movie
from ..core.overlay import overlay_frames, plot_error
from ..core.progress import Progress
from ..core.records import Plate
from ..core.sheet import contact_sheet, mouth_sheet
from ..core.shot import Shot
from ..core.shot_inputs import check_tracked, open_shot_plate
from .progress_bar import run_with_bar


def add_commands(commands: Any) -> None:
    """Add ``sheet`` and ``overlay``."""
    parser = commands.add_parser("sheet", help="draw a contact sheet of a finished shot")
    parser.add_argument("shot", type=Path, help="the shot's folder")
    parser.add_argument("--every", type=int, default=24, help="distance between the frames shown")
    parser.add_argument(
        "--beside", type=Path, nargs="+", help="shots of the same plate: compare faces and mouths"
    )
    parser.add_argument("--out", type=Path, help="PNG or JPEG (default: contact_sheet.png in it)")
    parser.set_defaults(command=sheet)
    parser = commands.add_parser("overlay", help="write a video of the fit over the plate")
    parser.add_argument("shot", type=Path, help="the shot's folder")
    parser.set_defaults(command=overlay)


def sheet(options: argparse.Namespace) -> int:
    """Write ``contact_sheet.png`` into the shot folder, or one of several shots' mouths."""
    shot = Shot(options.shot)
    path = options.out or shot.folder / "contact_sheet.png"
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise InputError(f"{path}: choose a file that ends in .png or .jpg.")
    settings = shot.read_settings()
    source, plate = open_shot_plate(settings)
    check_tracked(shot, source, settings)
    frames = _delivered(shot, plate)
    every = max(1, options.every)
    track, fit = shot.load_track(), shot.load_fit()
    if plate.order is not None:
        track, fit = track.take(plate.order), fit.take(plate.order)
    if options.beside:
        shots = {item.name: _delivered(Shot(item), plate) for item in options.beside}
        for item, files in zip(options.beside, shots.values(), strict=True):
            _check_same_plate(frames[0], files[0], item)
        shown = [index for index in range(0, len(plate), every) if track.found[index]]
        job = mouth_sheet(plate, track, {shot.folder.name: frames, **shots}, shown)
    else:
        job = contact_sheet(plate, track, fit, shot.faces, frames, every)
    write_picture(path, run_with_bar(job))
    print(path)
    return 0


def _delivered(shot: Shot, plate: Plate) -> list[Path]:
    """The delivered frames of a shot of this plate.

    Raises:
        InputError: one of them is missing.
    """
    frame_format = shot.read_settings().frame_format
    files = [frame_path(shot.frames, number, frame_format) for number in plate.frame_numbers]
    missing = next((file for file in files if not file.is_file()), None)
    if missing is not None:
        raise InputError(f"{missing}: this frame was not delivered; run the shot first.")
    return files


def _check_same_plate(own: Path, other: Path, folder: Path) -> None:
    """See by the frames' labels that two shots were made from one plate.

    Raises:
        InputError: they were not.
    """
    if image_text(own, "plate_sha256") != image_text(other, "plate_sha256"):
        raise InputError(
            f"{folder}: this shot was made from another plate; give shots of one plate."
        )


def overlay(options: argparse.Namespace) -> int:
    """Write ``overlay.mp4`` and ``fit_error.png`` into the shot folder."""
    shot = Shot(options.shot)
    settings = shot.read_settings()
    plate, _ = open_shot_plate(settings)
    check_tracked(shot, plate, settings)
    fit = shot.load_fit()
    movie = shot.folder / "overlay.mp4"
    frames = overlay_frames(plate, shot.load_track(), fit)
    writing = write_movie(movie, frames, plate.times, plate.rate, None, {}, plate.pixel_aspect)
    run_with_bar(Progress("overlay", done, len(plate)) for done in writing)
    graph = shot.folder / "fit_error.png"
    write_png(graph, plot_error(fit, plate.first_frame))
    print(movie, graph, sep="\n")
    return 0
