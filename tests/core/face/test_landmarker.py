import os
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from evp.core.errors import MissingDependencyError
from evp.core.face import landmarker
from evp.core.face.landmarker import Landmarker


def test_nothing_but_our_own_words_reaches_the_terminal(capfd: pytest.CaptureFixture[str]):
    for _ in range(2):
        with closing(Landmarker(1, video=False)) as loaded:
            assert loaded.detect(np.zeros((64, 64, 3), np.uint8), 0.0) == []
    os.write(2, b"evp: our own words\n")
    assert capfd.readouterr().err == "evp: our own words\n"


def test_a_model_that_cannot_be_loaded_is_still_told(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    broken = tmp_path / "broken.task"
    broken.write_bytes(b"no model")
    monkeypatch.setattr(landmarker, "MODEL", broken)
    with pytest.raises(MissingDependencyError, match="mediapipe cannot be loaded"):
        Landmarker(1, video=False)
    os.write(2, b"told\n")
    assert capfd.readouterr().err == "told\n"
