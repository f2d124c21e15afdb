"""The farm's job template is valid, and a worker's command says how far it is."""

import subprocess
import sys
from pathlib import Path

from evp.cli.main import main
from evp.cli.progress_bar import run_with_bar
from evp.core.progress import Job, Progress

ROOT = Path(__file__).resolve().parent.parent


def test_the_template_is_valid():
    openjd = Path(sys.executable).with_name("openjd")
    check = subprocess.run(
        [openjd, "check", ROOT / "farm/evp.openjd.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stdout


def test_the_scheduler_hears_progress_that_only_grows(capsys):
    def job() -> Job[str]:
        for stage in ("render", "composite"):
            for done in range(3):
                yield Progress(stage, done, 2)
        return "made"

    assert run_with_bar(job(), farm=True) == "made"
    lines = capsys.readouterr().out.split()
    percents = [int(value) for value in lines[1::2]]
    assert set(lines[::2]) == {"openjd_progress:"}
    assert percents == sorted(set(percents)) and percents[-1] == 90


def test_the_scheduler_hears_why_a_task_failed(tmp_path: Path, capsys):
    arguments = ["render", str(tmp_path), "--plate", "no.mp4", "--audio", "no.wav", "--farm"]
    assert main(arguments) == 2
    assert "openjd_fail: no.mp4: there is no such file" in capsys.readouterr().out
