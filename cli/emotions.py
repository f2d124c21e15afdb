"""``evp emotions``: one line in all eight emotions on a drawn head, as a video and as a strip."""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..core.emotion_sheet import (
    RATE,
    EmotionSheet,
    perform_emotions,
    telling_moments,
    with_blinks,
)
from ..core.files import make_folder
from ..core.media.audio import DELIVERY_RATE, read_audio
from ..core.media.images import write_png
from ..core.media.movie import write_movie
from ..core.progress import Progress
from ..core.provenance import provenance
from ..core.shot_inputs import read_speech
from ..core.store import file_digest
from ..core.transcript import read_transcript, script_of
from .progress_bar import run_with_bar


def add_commands(commands: Any) -> None:
    """Add ``emotions``."""
    parser = commands.add_parser(
        "emotions", help="show a line in all eight emotions on a drawn head", description=__doc__
    )
    parser.add_argument("audio", type=Path, help="the speech: any sound file")
    parser.add_argument("--out", type=Path, required=True, help="folder of the video and the strip")
    parser.add_argument("--transcript", type=Path, help="text file with the words of the speech")
    parser.add_argument("--language", default="en", help="of the transcript")
    parser.add_argument("--weights", choices=("open", "research"), default="open")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--size", type=int, default=320, help="pixels of a head in the video")
    parser.add_argument("--moments", type=int, default=8, help="columns of the strip")
    parser.set_defaults(command=emotions)


def emotions(options: argparse.Namespace) -> int:
    """Write ``emotions.mp4`` and ``emotions.png`` into the folder."""
    from ..models.devices import choose_device
    from ..models.speech import load_speech_network

    speech = read_speech(options.audio, 0.0)
    script = None
    if options.transcript is not None:
        script = script_of(read_transcript(options.transcript), options.language)
    make_folder(options.out)
    network = load_speech_network(choose_device(options.device).device, options.weights)
    expressions = run_with_bar(perform_emotions(speech, network, script))
    metadata = provenance({"audio": file_digest(options.audio)})
    sheet = EmotionSheet(max(32, options.size))
    strip = options.out / "emotions.png"
    moments = telling_moments(expressions, max(1, options.moments))
    write_png(strip, sheet.strip(expressions[:, moments]), metadata)
    movie = options.out / "emotions.mp4"
    count = expressions.shape[1]
    writing = write_movie(
        movie,
        sheet.frames(with_blinks(expressions)),
        np.arange(count) / RATE,
        Fraction(RATE),
        read_audio(options.audio, DELIVERY_RATE, 2),
        metadata,
    )
    run_with_bar(Progress("draw", done, count) for done in writing)
    print(movie, strip, sep="\n")
    return 0
