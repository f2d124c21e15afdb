"""A shot with a transcript, on the machine's own plate and speech."""

import csv
from pathlib import Path

import numpy as np
import pytest

from evp.cli.main import main
from evp.compose import Networks
from evp.core.pipeline import Pipeline
from evp.core.progress import finish
from evp.core.records import Performance
from evp.core.shot import Shot
from evp.core.store import stored_key

DEMO = Path(__file__).resolve().parent.parent.parent / "demo"


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory, demo_files: Path) -> Path:
    """A shot performed with the demo's words."""
    shot = tmp_path_factory.mktemp("scripted") / "shot"
    plate = demo_files / "WolfgangLanger_Pexels.mp4"
    given = (
        "--plate",
        str(plate),
        "--frames",
        "300-311",
        "--extend",
        "pingpong",
        "--no-adapt-speech",
    )
    words = ("--audio", str(DEMO / "speech.flac"), "--transcript", str(DEMO / "speech.txt"))
    assert main(["perform", str(shot), *given, *words]) == 0
    return shot


def test_the_words_times_lie_beside_the_shot(scripted: Path):
    with (scripted / "transcript.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    words = list(dict.fromkeys(row["word"] for row in rows))
    assert words[1:6] == ["mister", "john", "dashwood", "had", "then"]
    starts = [float(row["start"]) for row in rows]
    assert starts == sorted(starts)
    assert starts[-1] > 12.0


def test_the_report_says_how_well_it_fits_and_nothing_is_made_twice(scripted: Path):
    shot = Shot(scripted)
    settings = shot.read_settings()
    assert settings.transcript == DEMO / "speech.txt"
    pipeline = Pipeline(shot, settings, Networks(settings))
    finish(pipeline.perform())
    assert any(note.startswith("The transcript fits the speech") for note in pipeline.report.notes)
    assert pipeline.report.stages["script"].reused and pipeline.report.stages["perform"].reused


def test_other_words_change_the_lips_but_not_what_is_heard(
    scripted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    shot = Shot(scripted)
    before = shot.load("perform", Performance).expression
    heard = stored_key(shot.stages / "listen.npz")
    other = tmp_path / "other.txt"
    other.write_text((DEMO / "speech.txt").read_text().replace("had then leisure", "made up maps"))
    assert main(["perform", str(scripted), "--transcript", str(other)]) == 0
    assert "The transcript fits the speech" in capsys.readouterr().out
    assert stored_key(shot.stages / "listen.npz") == heard
    assert not np.array_equal(shot.load("perform", Performance).expression, before)


@pytest.mark.parametrize(
    ("more", "reason"),
    [(("--language", "xx"), "'xx' is not known"), (("--transcript", "none.txt"), "cannot be read")],
)
def test_what_cannot_be_used_is_one_sentence(
    scripted: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, str], reason: str
):
    assert main(["perform", str(scripted), *more]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and reason in said[0]


@pytest.mark.parametrize("command", ["fit", "perform"])
def test_more_words_than_can_be_spoken_are_refused_and_not_kept(
    scripted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
):
    kept = (scripted / "shot.json").read_bytes()
    long = tmp_path / "long.txt"
    long.write_text("strengthened " * 200)
    assert main([command, str(scripted), "--transcript", str(long)]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and "long.txt: The transcript has 200 words, more than can be" in said[0]
    assert (scripted / "shot.json").read_bytes() == kept


def test_a_transcript_can_be_taken_back(scripted: Path):
    with_words = Shot(scripted).load("perform", Performance).expression
    assert main(["perform", str(scripted), "--reset", "transcript"]) == 0
    assert Shot(scripted).read_settings().transcript is None
    assert not (scripted / "transcript.csv").exists()
    assert not np.array_equal(Shot(scripted).load("perform", Performance).expression, with_words)
