"""``evp track SHOT`` and its like: one stage on a shot folder, and all it needs before it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..compose import Networks
from ..core.pipeline import STAGES, Pipeline
from ..core.shot import Shot
from .options import add_shot_options, frame_range, reset_options, shot_settings
from .progress_bar import run_with_bar
from .tell import tell

HELP = {
    "track": "find the face in every frame",
    "fit": "fit the head: pose, identity, expression",
    "listen": "hear content and emotion of the speech",
    "perform": "turn speech and emotion into movement",
    "align": "put the performance into the plate's head pose",
    "adapt": "let the renderer learn from the plate",
    "sketch": "write the edge maps as images",
    "render": "render the new face",
    "composite": "put the rendered face on the plate",
    "deliver": "write the movie and the report",
}
WITHOUT_SPEECH = ("track", "fit")
CHUNKED = ("sketch", "render", "composite")


def add_commands(commands: Any) -> None:
    """Add one command per stage."""
    for name in STAGES:
        parser = commands.add_parser(
            name,
            help=HELP[name],
            description=f"{HELP[name].capitalize()}. Options change the shot's stored settings.",
        )
        parser.add_argument("shot", type=Path, help="the shot's folder")
        add_shot_options(parser)
        parser.add_argument(
            "--reset",
            action="append",
            metavar="OPTION",
            help="give a stored option its default back, e.g. --reset transcript",
        )
        if name in CHUNKED:
            parser.add_argument(
                "--only", type=frame_range, help="just these frames, for a farm task"
            )
        parser.add_argument("--farm", action="store_true", help="talk to a farm's scheduler")
        parser.set_defaults(command=run_stage, stage=name)


def run_stage(options: argparse.Namespace) -> int:
    """Run the stage, reusing everything that is still valid."""
    shot = Shot(options.shot)
    stored = shot.read_settings() if shot.settings_path.is_file() else None
    if stored is not None:
        stored = reset_options(stored, options.reset or ())
    settings = shot_settings(options, stored, options.stage not in WITHOUT_SPEECH)
    pipeline = Pipeline(shot, settings, Networks(settings))
    stage = getattr(pipeline, options.stage)
    only = getattr(options, "only", None)
    run_with_bar(stage(range(only[0], only[1] + 1)) if only else stage(), options.farm)
    tell(pipeline.report)
    return 0
