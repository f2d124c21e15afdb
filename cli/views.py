"""``evp sheet`` and ``evp overlay``: pictures of a shot to look at."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..core.deliver import frame_path
from ..core.media.images import write_png
from ..core.pipeline import open_shot_plate
from ..core.sheet import contact_sheet
from ..core.shot import Shot
from .progress_bar import run_with_bar


def add_commands(commands: Any) -> None:
    """Add ``sheet`` and ``overlay``."""
    parser = commands.add_parser("sheet", help="draw a contact sheet of a finished shot")
    parser.add_argument("shot", type=Path, help="the shot's folder")
    parser.add_argument("--every", type=int, default=24, help="distance between the frames shown")
    parser.set_defaults(command=sheet)
    parser = commands.add_parser("overlay", help="write a video of mesh and landmarks on the plate")
    parser.add_argument("shot", type=Path, help="the shot's folder")
    parser.set_defaults(command=overlay)


def sheet(options: argparse.Namespace) -> int:
    """Write ``contact_sheet.png`` into the shot folder."""
    shot = Shot(options.shot)
    settings = shot.read_settings()
    _, plate = open_shot_plate(settings)
    frames = [
        frame_path(shot.folder / "frames", number, settings.frame_format)
        for number in plate.frame_numbers
    ]
    job = contact_sheet(plate, shot.load_aligned(), shot.faces, frames, max(1, options.every))
    path = shot.folder / "contact_sheet.png"
    write_png(path, run_with_bar(job))
    print(path)
    return 0
