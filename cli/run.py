"""``evp run``: plate and speech in, frames and movie out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..compose import Networks
from ..core.pipeline import Pipeline
from ..core.shot import Shot
from .options import add_shot_options, shot_settings
from .progress_bar import run_with_bar
from .tell import tell


def add_commands(commands: Any) -> None:
    """Add ``run``."""
    parser = commands.add_parser("run", help="make the plate say the speech", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the shot's folder")
    add_shot_options(parser)
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run every stage of the shot that is not valid already."""
    settings = shot_settings(options, None)
    shot = Shot(options.out)
    report = run_with_bar(Pipeline(shot, settings, Networks(settings)).deliver())
    tell(report)
    print(f"{shot.folder / 'result.mp4'}")
    return 0
