import os
from pathlib import Path

import numpy as np
import pytest

from evp.core.errors import OutputError
from evp.core.files import files_below, make_folder, replace_file, set_aside
from evp.core.media.images import write_exr


def test_a_file_in_the_way_of_a_folder_is_one_sentence(tmp_path: Path):
    way = tmp_path / "way"
    way.write_text("a file")
    with pytest.raises(OutputError, match="cannot be written"):
        replace_file(way / "a.png", b"x")
    with pytest.raises(OutputError, match="cannot be written"):
        write_exr(way / "a.exr", {"R": np.zeros((2, 2), np.float32)}, {})
    for folder in (way, way / "inside"):
        with pytest.raises(OutputError, match="cannot be made"):
            make_folder(folder)
    assert way.read_text() == "a file"


def test_a_stop_while_a_file_is_written_leaves_nothing_behind(tmp_path: Path, monkeypatch):
    def stop(*paths: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("evp.core.files.os.replace", stop)
    with pytest.raises(KeyboardInterrupt):
        replace_file(tmp_path / "a.json", b"x")
    assert not list(tmp_path.iterdir())


def test_pictures_of_an_earlier_job_are_moved_and_nothing_else_is_touched(tmp_path: Path):
    folder = tmp_path / "frames"
    folder.mkdir()
    others = {"frame.0300.png", "frame.0301.exr", "frame.10000.png"}
    left = {".frame.0300.png.17.part", "frame.notes.txt", "other.0300.png", "frame.0301.png"}
    for name in others | left:
        (folder / name).write_text(name)
    assert set_aside(folder, "frame", {"frame.0301.png", "frame.0302.png"}) == len(others)
    assert {path.name for path in folder.iterdir()} == left
    assert {path.name for path in (tmp_path / "earlier_frames").iterdir()} == others
    assert set_aside(folder, "frame", {"frame.0301.png"}) == 0


def test_two_tasks_may_move_the_same_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "frame.0001.png").touch()
    move = os.replace

    def beaten(source: Path, target: Path) -> None:
        move(source, target)
        move(source, target)

    monkeypatch.setattr("evp.core.files.os.replace", beaten)
    set_aside(tmp_path / "frames", "frame", ())
    assert (tmp_path / "earlier_frames" / "frame.0001.png").is_file()


def test_files_of_linked_folders_are_found_once_and_a_link_upwards_does_no_harm(tmp_path: Path):
    corpus, data = tmp_path / "corpus", tmp_path / "data"
    (corpus / "inner").mkdir(parents=True)
    (corpus / "inner" / "b.wav").touch()
    data.mkdir()
    (data / "a.wav").touch()
    (data / "linked").symlink_to(corpus)
    (corpus / "inner" / "up").symlink_to(corpus)
    found = [str(path.relative_to(data)) for path in files_below(data)]
    assert found == ["a.wav", "linked/inner/b.wav"]
