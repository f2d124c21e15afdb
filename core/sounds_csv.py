"""The sounds of a transcript with their times as CSV, for the artist to look at."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from .files import replace_file
from .records import SpokenSounds
from .speech_sounds import SOUNDS


def write_sounds(path: Path, script: SpokenSounds) -> None:
    """Write start, end, word, phone, what the lips take it for, and how sure it is, by row.

    Raises:
        OutputError: the folder cannot be written.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["start", "end", "word", "phone", "sound", "certainty"])
    for place, sound in enumerate(script.sounds):
        start, end = script.start[place], script.end[place]
        certainty = f"{script.certainty[place]:.2f}"
        row = [script.words[place], script.phones[place], SOUNDS[int(sound)], certainty]
        table.writerow([f"{start:.3f}", f"{end:.3f}", *row])
    replace_file(path, text.getvalue().encode())
