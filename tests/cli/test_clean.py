from pathlib import Path

import pytest

from evp.cli.main import main
from evp.core.settings import ShotSettings
from evp.core.shot import Shot

CACHED = (
    "stages/faces/face.0001.npz",
    "earlier_frames/frame.0001.png",
    "earlier_edges/edges.7.png",
)
KEPT = (
    "frames/frame.0001.png",
    "stages/fit.npz",
    "stages/aligned_by_artist.npz",
    "curves.csv",
    "earlier_frames/notes.txt",
    "result.mp4",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shot = Shot.create(tmp_path / "shot")
    shot.write_settings(ShotSettings(plate=tmp_path / "plate.mp4"))
    for name in (*CACHED, *KEPT):
        path = shot.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(2_000_000 if name in CACHED else 9))
    return shot.folder


def test_what_can_go_is_listed_and_goes_only_with_yes(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    before = sorted(folder.rglob("*"))
    assert main(["clean", str(folder)]) == 0
    told = capsys.readouterr().out
    assert told.count("1 files, 2.0 MB") == len(CACHED) and "--yes" in told
    assert sorted(folder.rglob("*")) == before
    assert main(["clean", str(folder), "--yes"]) == 0
    assert not [name for name in CACHED if (folder / name).exists()]
    assert all((folder / name).is_file() for name in (*KEPT, "shot.json"))
    capsys.readouterr()
    assert main(["clean", str(folder), "--yes"]) == 0
    assert "nothing to remove" in capsys.readouterr().out


def test_a_folder_that_is_no_shot_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    picture = tmp_path / "earlier_frames" / "frame.0001.png"
    picture.parent.mkdir()
    picture.touch()
    assert main(["clean", str(tmp_path), "--yes"]) == 2
    assert picture.is_file()
    assert len(capsys.readouterr().err.splitlines()) == 1
