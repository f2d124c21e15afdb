from pathlib import Path

import pytest

from evp.cli.evaluate import measure_each
from evp.cli.main import main
from evp.core.errors import FaceNotFoundError, InputError


def width(path: Path) -> int:
    if path.stem.startswith("faceless"):
        raise FaceNotFoundError("No face was found; choose another clip.")
    return len(path.stem)


def test_a_clip_that_cannot_be_measured_does_not_cost_the_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    paths = [Path("one.mp4"), Path("faceless.mp4"), Path("three.mp4")]
    measured, skipped = measure_each(paths, width)
    assert measured == [3, 5]
    assert skipped == {"skipped": ["faceless.mp4: No face was found; choose another clip."]}
    assert capsys.readouterr().err.count("faceless.mp4") == 1
    assert measure_each(paths[:1], width) == ([3], {})


def test_clips_of_which_none_can_be_measured_are_refused() -> None:
    with pytest.raises(InputError, match="None of 2 clips"):
        measure_each([Path("faceless.mp4"), Path("faceless b.mp4")], width)


def test_a_folder_of_broken_clips_ends_with_a_sentence_and_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no movie")
    figures = tmp_path / "fit.json"
    assert main(["eval", "fit", "--clips", str(tmp_path), "--json", str(figures)]) == 2
    assert "broken.mp4" in capsys.readouterr().err.splitlines()[-1]
    assert not figures.exists()
