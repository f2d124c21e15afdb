from pathlib import Path

import numpy as np
import pytest

from evp.core.errors import OutputError
from evp.core.files import make_folder, replace_file
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
