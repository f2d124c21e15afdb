"""``evp train``: train the speech networks or the base renderer on a folder of recordings."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..core.progress import finish
from .progress_bar import run_with_bar


def add_commands(commands: Any) -> None:
    """Add ``train speech`` and ``train renderer``."""
    parser = commands.add_parser("train", help="train the networks", description=__doc__)
    kinds = parser.add_subparsers(required=True, metavar="WHAT")
    speech = kinds.add_parser(
        "speech", help="content and emotion encoders and the landmark network"
    )
    speech.add_argument("--data", type=Path, required=True, help="folder of recordings")
    speech.add_argument(
        "--recipe", default="base", help="quick, base (also called open), research or long"
    )
    speech.add_argument("--out", type=Path, required=True, help="the run's folder; it is resumed")
    speech.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    speech.set_defaults(command=train_speech)
    renderer = kinds.add_parser("renderer", help="the base weights of the edge-to-video generator")
    renderer.add_argument("--data", type=Path, required=True, help="videos, a folder per person")
    renderer.add_argument("--minutes", type=float, default=60.0, help="of training, on the CPU")
    renderer.add_argument("--out", type=Path, required=True, help="the run's folder; it is resumed")
    renderer.add_argument("--seed", type=int, default=0)
    renderer.set_defaults(command=train_renderer)


def train_speech(options: argparse.Namespace) -> int:
    """Train the speech networks, going on from the checkpoints in the run's folder."""
    from ..models.devices import choose_device
    from ..models.speech import train as speech
    from ..models.workers import joined_workers, worker_count, worker_number

    choice = choose_device(options.device)
    with joined_workers(choice.device) as device:
        job = speech.train_speech(options.data, options.recipe, options.out, device)
        if worker_number() > 0:
            finish(job)
            return 0
        print(f"training on {device}, {worker_count()} at a time: {choice.reason}")
        print(run_with_bar(job))
    return 0


def train_renderer(options: argparse.Namespace) -> int:
    """Train the renderer's base weights, going on from the checkpoint in the run's folder."""
    from ..models.renderer import train_base

    job = train_base.train_renderer(options.data, options.minutes, options.out, options.seed)
    print(run_with_bar(job))
    return 0
