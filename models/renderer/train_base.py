"""Base training over many clips: ``python -m evp.models.renderer.train_base --help``.

Reads raw landmark tracks (``lm`` (T, 478, 3) pixels, ``found`` (T,)) and the clips they belong to,
re-enacts each clip from its own other frames, and goes on from its last checkpoint when stopped.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import torch

from ...core.crop import NETWORK_SIZE, apply, crop_pixels, face_crops
from ...core.reenact import FaceClip, PairMaker
from ..weights import save_weights
from .batch import Window, halved, whole_window
from .discriminators import Discriminators
from .generator import Generator
from .losses import LossWeights
from .network import ARCHITECTURE
from .training import Trainer, draw_window

LONGEST = 120
"""Frames taken of a clip at a time."""

PAIRS_PER_CLIP = 24
POOL = 192
BATCH = 4


def read_clip(movie: Path, track: Path, random: np.random.Generator) -> FaceClip:
    """Decode a stretch of a clip into its stabilised crops."""
    with np.load(track) as saved:
        landmarks, found = saved["lm"].astype(np.float64), saved["found"].astype(bool)
    start = int(random.integers(0, max(1, len(found) - LONGEST)))
    part = slice(start, start + LONGEST)
    landmarks, found = landmarks[part], found[part]
    affines = face_crops(landmarks[..., :2], found, NETWORK_SIZE)
    crops, kept = [], []
    with av.open(str(movie)) as file:
        for index, frame in enumerate(file.decode(video=0)):
            place = index - start
            if place >= len(found):
                break
            if place >= 0 and found[place]:
                pixels = frame.to_ndarray(format="rgb24")
                crop = crop_pixels(pixels, affines[place], NETWORK_SIZE)
                crops.append(np.rint(np.clip(crop, 0, 1) * 255).astype(np.uint8))
                kept.append(place)
    frames = np.array(kept)
    points = np.stack([apply(affines[i], landmarks[i, :, :2]) for i in kept])
    return FaceClip(np.stack(crops), points, landmarks[frames, :, 2], frames)


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
    clips: list[list[tuple[Path, Path]]], random: np.random.Generator
) -> Iterator[tuple[Window, tuple[int, int, int, int]]]:
    """Whole-crop windows without end; every group (an identity or a corpus) comes as often."""
    while True:
        group = clips[int(random.integers(len(clips)))]
        movie, track = group[int(random.integers(len(group)))]
        clip = read_clip(movie, track, random)
        if len(clip) < 30:
            continue
        maker = PairMaker(clip, np.ones(len(clip), dtype=bool))
        for _ in range(PAIRS_PER_CLIP):
            pair = maker.draw(random)
            if len(pair.layers) == 2:
                yield halved(whole_window(pair)), pair.mouth_box


def find_clips(data: Path, tracks: Path, folders: list[str]) -> list[list[tuple[Path, Path]]]:
    """Clips with a track, grouped by who is seen."""
    groups: dict[str, list[tuple[Path, Path]]] = {}
    for folder in folders:
        for track in sorted(tracks.glob(f"{folder}__*.npz")):
            name = track.stem.split("__")[1]
            person = {"grid_s1": "", "plates": name[:5]}.get(folder, name[:2])
            who = folder + person
            groups.setdefault(who, []).append((data / folder / f"{name}.mp4", track))
    return list(groups.values())


def main() -> None:
    """Train until the given time is over."""
    parser = argparse.ArgumentParser(description="Train the renderer's base weights.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--tracks", type=Path, required=True, help="folder of raw tracks")
    parser.add_argument("--folders", nargs="+", default=["grid_s1"], help="corpora to learn from")
    parser.add_argument("--checkpoint", type=Path, required=True, help="file to write and resume")
    parser.add_argument("--start", type=Path, help="checkpoint to start from")
    parser.add_argument("--export", type=Path, help="weight file to write at the end")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    generator = Generator().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    trainer = Trainer(generator, Discriminators(), LossWeights())
    step = 0
    resume = options.checkpoint if options.checkpoint.exists() else options.start
    if resume is not None:
        saved = torch.load(resume, weights_only=True)
        trainer.generator.load_state_dict(saved["generator"])
        trainer.judges.load_state_dict(saved["judges"])  # type: ignore[union-attr]
        step = int(saved["step"])
    random = np.random.default_rng(options.seed + step)
    source = stream_pairs(find_clips(options.data, options.tracks, options.folders), random)
    pool = [next(source) for _ in range(PAIRS_PER_CLIP)]
    begin, shown = time.monotonic(), time.monotonic()
    sums: dict[str, float] = {}
    while (spent := time.monotonic() - begin) < options.minutes * 60:
        pool.append(next(source))
        del pool[: max(0, len(pool) - POOL)]
        trainer.set_rate(4e-4 * min(1.0, 4.0 * (1.05 - spent / (options.minutes * 60))))
        picks = random.integers(len(pool), size=BATCH)
        windows = [vary(draw_window(pool[i][0], pool[i][1], random), random) for i in picks]
        for name, value in trainer.step(windows).items():
            sums[name] = 0.98 * sums.get(name, value) + 0.02 * value
        step += 1
        if time.monotonic() - shown > 60:
            shown = time.monotonic()
            text = " ".join(f"{name} {value:.4f}" for name, value in sums.items())
            print(f"{spent / 60:.1f} min step {step} {text}", flush=True)
            save(options.checkpoint, trainer, step)
    save(options.checkpoint, trainer, step)
    if options.export is not None:
        details = {"data": sorted(options.folders), "steps": step}
        save_weights(options.export, trainer.generator.state_dict(), ARCHITECTURE, details)


def save(path: Path, trainer: Trainer, step: int) -> None:
    """Write a checkpoint in one piece."""
    temporary = path.with_suffix(".part")
    state = {
        "generator": trainer.generator.state_dict(),
        "judges": trainer.judges.state_dict() if trainer.judges is not None else {},
        "step": step,
    }
    torch.save(state, temporary)
    os.replace(temporary, path)


if __name__ == "__main__":
    main()
