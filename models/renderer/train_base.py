"""Base training of the renderer over many clips, re-enacted from their own other frames."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from ...core.crop import NETWORK_SIZE, apply, crop_pixels, face_crops
from ...core.errors import FaceNotFoundError, InputError
from ...core.face.smoothing import smooth_track
from ...core.files import files_below, make_folder
from ...core.media.plate import MOVIE_SUFFIXES, open_plate, read_frames
from ...core.progress import Job, Progress, finish
from ...core.records import Plate, Track
from ...core.reenact import FaceClip, PairMaker
from ...core.store import digest, load_record, save_record, stored_key
from ...core.track import TrackSettings, track_face
from ..weights import load_weights, save_weights
from .batch import Window, halved, whole_window
from .discriminators import Discriminators
from .generator import Generator
from .losses import LossWeights
from .network import ARCHITECTURE
from .training import Trainer, draw_window

LONGEST = 120
"""Frames taken of a clip at a time."""

FEWEST = 30
PAIRS_PER_CLIP = 24
POOL = 192
STEPS_PER_PAIR = 3
"""Steps for each new pair: making one costs about as much as learning from it."""

BATCH = 4
RATE = 4e-4
SECONDS_PER_CHECKPOINT = 60.0
CHECKPOINT = "evp-renderer-training-1"


def train_renderer(data: Path, minutes: float, out: Path, seed: int = 0) -> Job[Path]:
    """Train base weights for so many minutes more.

    Goes on where it stopped if ``out`` holds an earlier run. Clips are tracked when they are first
    drawn; the tracks are kept in ``out``.

    Args:
        data: talking videos; each folder in it that holds movies counts as one person, and every
            person is learnt from as often.
        minutes: of training.
        out: the run's folder; ``renderer.safetensors`` is written there.
        seed: of what is drawn.

    Returns:
        The weight file.

    Raises:
        InputError: there is no movie to learn from.
        OutputError: the run's folder cannot be made.
    """
    people = find_clips(data)
    make_folder(out / "tracks")
    torch.manual_seed(seed)
    generator = Generator().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    judges = Discriminators()
    trainer = Trainer(generator, judges, LossWeights())
    checkpoint = out / "checkpoint.safetensors"
    step = _restore(checkpoint, generator, judges) if checkpoint.is_file() else 0
    random = np.random.default_rng(seed + step)
    source = stream_pairs(people, out / "tracks", random)
    yield Progress("train", 0, round(60 * minutes), "tracking the first clip")
    pool = [next(source) for _ in range(PAIRS_PER_CLIP)]
    begin = saved = time.monotonic()
    while (spent := time.monotonic() - begin) < 60 * minutes:
        if step % STEPS_PER_PAIR == 0:
            pool.append(next(source))
            del pool[: max(0, len(pool) - POOL)]
        trainer.set_rate(RATE * min(1.0, 4.0 * (1.05 - spent / (60 * minutes))))
        picks = random.integers(len(pool), size=BATCH)
        windows = [vary(draw_window(pool[i][0], pool[i][1], random), random) for i in picks]
        losses = trainer.step(windows)
        step += 1
        text = f"step {step} reconstruction {losses['reconstruction']:.4f}"
        yield Progress("train", round(spent), round(60 * minutes), text)
        if time.monotonic() - saved > SECONDS_PER_CHECKPOINT:
            saved = time.monotonic()
            _save(checkpoint, generator, judges, step)
    _save(checkpoint, generator, judges, step)
    weights = out / "renderer.safetensors"
    save_weights(weights, generator.state_dict(), ARCHITECTURE, {"steps": step})
    return weights


def find_clips(data: Path) -> list[list[Path]]:
    """Movies below a folder, those of one folder together.

    Raises:
        InputError: there is none.
    """
    people: dict[Path, list[Path]] = {}
    for path in files_below(data):
        if path.suffix.lower() in MOVIE_SUFFIXES:
            people.setdefault(path.parent, []).append(path)
    if not people:
        raise InputError(f"{data}: there is no movie in this folder to learn from.")
    return list(people.values())


def read_clip(movie: Path, tracks: Path, random: np.random.Generator) -> FaceClip | None:
    """Decode a stretch of a clip into its stabilised crops; None where it shows no face."""
    plate = open_plate(movie)
    track = _track(plate, tracks)
    if track is None:
        return None
    track = smooth_track(track, plate.times)
    start = int(random.integers(0, max(1, len(plate) - LONGEST)))
    stop = min(len(plate), start + LONGEST)
    landmarks = track.landmarks[start:stop].astype(np.float64)
    found = track.found[start:stop]
    if found.sum() < FEWEST:
        return None
    affines = face_crops(landmarks[..., :2], found, NETWORK_SIZE)
    kept = np.flatnonzero(found)
    crops = [
        np.rint(np.clip(crop_pixels(pixels, affine, NETWORK_SIZE), 0, 1) * 255).astype(np.uint8)
        for pixels, affine, seen in zip(
            read_frames(plate, start, stop), affines, found, strict=True
        )
        if seen
    ]
    points = np.stack([apply(affines[i], landmarks[i, :, :2]) for i in kept])
    return FaceClip(np.stack(crops), points, landmarks[kept, :, 2], kept)


def _track(plate: Plate, tracks: Path) -> Track | None:
    """The clip's track, kept from the last time it was drawn."""
    key = digest(plate.path.absolute(), plate.path.stat().st_size)
    path = tracks / f"{plate.path.stem}.{key[:8]}.npz"
    if stored_key(path) != key:
        try:
            save_record(path, finish(track_face(plate, TrackSettings())), key)
        except FaceNotFoundError:
            return None
    return load_record(path, Track)


def vary(window: Window, random: np.random.Generator) -> Window:
    """The same window in another light, mirrored by chance: one speaker must not be all faces."""
    inputs, grid, flow = window.inputs.float(), window.grid, window.flow.float()
    gain = torch.from_numpy(random.uniform(0.55, 1.25, (3, 1, 1)).astype(np.float32))
    gain = gain * float(random.uniform(0.8, 1.1))
    gamma = float(random.uniform(0.75, 1.35))
    inputs = inputs.clone()
    for channel in (0, 3, 6):
        picture = inputs[:, channel : channel + 3]
        inputs[:, channel : channel + 3] = (picture.clamp(0, 1) ** gamma * gain).clamp(0, 1)
    weight = window.weight.float()
    if random.random() < 0.5:
        sign = torch.tensor([-1.0, 1.0])[:, None, None]
        inputs, weight = inputs.flip(-1), weight.flip(-1)
        grid, flow = grid.flip(-1) * sign, flow.flip(-1) * sign
    return Window(inputs, grid, flow, weight, window.follows)


def stream_pairs(
    people: list[list[Path]], tracks: Path, random: np.random.Generator
) -> Iterator[tuple[Window, tuple[int, int, int, int]]]:
    """Whole-crop windows without end; every person comes as often."""
    while True:
        movies = people[int(random.integers(len(people)))]
        clip = read_clip(movies[int(random.integers(len(movies)))], tracks, random)
        if clip is None:
            continue
        maker = PairMaker(clip, np.ones(len(clip), dtype=bool))
        for _ in range(PAIRS_PER_CLIP):
            pair = maker.draw(random)
            if len(pair.layers) == 2:
                yield halved(whole_window(pair)), pair.mouth_box


def _save(path: Path, generator: Generator, judges: Discriminators, step: int) -> None:
    tensors = {f"generator.{name}": value for name, value in generator.state_dict().items()}
    tensors |= {f"judges.{name}": value for name, value in judges.state_dict().items()}
    save_weights(path, tensors, CHECKPOINT, {"step": step}, exact=True)


def _restore(path: Path, generator: Generator, judges: Discriminators) -> int:
    saved = load_weights(path, CHECKPOINT)
    for prefix, module in (("generator.", generator), ("judges.", judges)):
        part = {
            name.removeprefix(prefix): value
            for name, value in saved.tensors.items()
            if name.startswith(prefix)
        }
        module.load_state_dict(part)
    return int(str(saved.details["step"]))
