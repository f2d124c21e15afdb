from pathlib import Path

import pytest
import torch

from evp.core.errors import InputError, WeightsError
from evp.models.renderer.discriminators import Discriminators
from evp.models.renderer.generator import Generator
from evp.models.renderer.train_base import _restore, _save, find_clips


def test_a_folder_of_movies_is_one_person(tmp_path: Path):
    for name in ("anna/1.mp4", "anna/2.mov", "bert/1.mp4", "bert/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [len(movies) for movies in find_clips(tmp_path)] == [2, 1]


def test_a_folder_without_movies_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="no movie"):
        find_clips(tmp_path)


def test_training_goes_on_with_the_very_same_networks(tmp_path: Path):
    torch.manual_seed(0)
    generator, judges = Generator(), Discriminators()
    _save(tmp_path / "checkpoint.safetensors", generator, judges, 41)
    torch.manual_seed(1)
    other = Generator()
    assert _restore(tmp_path / "checkpoint.safetensors", other, Discriminators()) == 41
    for name, value in generator.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])


def test_a_damaged_checkpoint_is_named(tmp_path: Path):
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="checkpoint"):
        _restore(path, Generator(), Discriminators())
