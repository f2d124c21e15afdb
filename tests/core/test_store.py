from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from evp.core.errors import EvpError
from evp.core.records import Camera, EmotionCurve
from evp.core.store import digest, load_record, save_record, stored_key


@dataclass(frozen=True)
class Nested:
    camera: Camera
    rows: np.ndarray
    name: str


def test_a_record_comes_back_as_it_was(tmp_path: Path):
    record = Nested(Camera(500.0, np.array([3.0, 2.0]), 6, 4), np.arange(6).reshape(2, 3), "x")
    save_record(tmp_path / "a.npz", record, "key")
    back = load_record(tmp_path / "a.npz", Nested)
    assert back.camera.focal == 500.0 and back.camera.width == 6 and back.camera.world is None
    assert np.array_equal(back.rows, record.rows) and back.name == "x"
    assert stored_key(tmp_path / "a.npz") == "key"


def test_a_damaged_file_counts_as_not_there(tmp_path: Path):
    path = tmp_path / "a.npz"
    save_record(path, EmotionCurve(np.zeros(1), np.zeros((1, 8))), "key")
    path.write_bytes(path.read_bytes()[:-30])
    assert stored_key(path) is None
    with pytest.raises(EvpError, match="run it again"):
        load_record(path, EmotionCurve)


def test_the_digest_sees_every_change():
    curve = EmotionCurve(np.zeros(1), np.zeros((1, 8)))
    other = EmotionCurve(np.zeros(1), np.full((1, 8), 1e-9))
    parts = [curve, other, None, 1, 1.5, "1", (1, 2), np.zeros(3), np.zeros(3, np.float32)]
    assert len({digest(part) for part in parts}) == len(parts)
    assert digest(curve, 1) == digest(EmotionCurve(np.zeros(1), np.zeros((1, 8))), 1)
