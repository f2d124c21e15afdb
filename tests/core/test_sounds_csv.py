# ruff: noqa: RUF001 - the letters of the phonetic alphabet look like others.

import csv
from pathlib import Path

import numpy as np

from evp.core.records import SpokenSounds
from evp.core.sounds_csv import write_sounds
from evp.core.speech_sounds import SOUND_INDEX


def test_every_sound_is_a_row_with_its_times(tmp_path: Path):
    spoken = SpokenSounds(
        sounds=np.array([SOUND_INDEX["p"], SOUND_INDEX["a"]]),
        phones=np.array(["b", "ɑː"]),
        words=np.array(["bar", "bar"]),
        start=np.array([0.1, 0.18]),
        end=np.array([0.18, 0.4]),
        certainty=np.array([0.9, 0.5]),
    )
    write_sounds(tmp_path / "transcript.csv", spoken)
    with (tmp_path / "transcript.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["start"] == "0.100" and rows[0]["sound"] == "p" and rows[0]["word"] == "bar"
    assert rows[1]["phone"] == "ɑː" and rows[1]["certainty"] == "0.50"
