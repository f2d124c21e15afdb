"""``evp export``: a shot's curves, and its head and camera, for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..compose import export_head
from ..core.curves_csv import write_curves
from ..core.errors import InputError
from ..core.shot import Shot
from ..core.shot_inputs import check_tracked, open_shot_plate


def add_commands(commands: Any) -> None:
    """Add ``export``."""
    parser = commands.add_parser(
        "export",
        help="write curves as CSV, the head as USD, Alembic or FBX",
        description="Write the plate's own and the new face's 52 ARKit curves as CSV, and with "
        "--head the head with its shapes and the camera. A shot that is only fitted gives the "
        "plate's own.",
    )
    parser.add_argument("shot", type=Path, help="the shot's folder")
    parser.add_argument(
        "--head", type=Path, help="also write head and camera: FILE.usd, FILE.abc or FILE.fbx"
    )
    parser.set_defaults(command=export)


def export(options: argparse.Namespace) -> int:
    """Write ``curves_plate.csv`` and ``curves.csv`` into the shot folder, the head where asked.

    A shot that is only fitted has the plate's own curves.
    """
    shot = Shot(options.shot)
    settings = shot.read_settings()
    source, plate = open_shot_plate(settings)
    fit = shot.load_fit()
    check_tracked(shot, source, settings)
    if shot.stored_key("align") is None:
        curves = {"curves_plate.csv": fit.expression}
        plate = source
    else:
        aligned = shot.load_aligned()
        if len(aligned.valid) != len(plate):
            raise InputError(
                f"{shot.folder}: the shot's length changed since its curves were made; "
                f"run evp align {shot.folder} first."
            )
        curves = {"curves_plate.csv": aligned.plate_expression, "curves.csv": aligned.expression}
    for name, expression in curves.items():
        path = shot.folder / name
        write_curves(path, plate, expression)
        print(path)
    if options.head is not None:
        export_head(options.shot, options.head)
        print(options.head)
    return 0
