"""Measure the renderer by re-enacting a clip from its own other frames, beside its baselines.

The renderer learns from the first three quarters of a clip. Each frame of the last quarter is then
made from another frame and its own landmarks: in the *neighbour* protocol from the frame 0.2 s
before it, in the *far* protocol from the training frame of the most similar head pose. Mouths come
from the training frames only. Baselines: the warp alone, the training frame with the nearest lips,
and the generator that sees edges only, with the same seconds.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..adapt import FEWEST_FRAMES, adapt_renderer, read_face_clip
from ..crop import NETWORK_SIZE, crop_size, face_crops, resize
from ..errors import InputError
from ..layers import Layers, build_layers, network_layers
from ..mouth_bank import bank_frames, lip_features
from ..mouth_detail import MouthDetail
from ..mouth_mean import BANK_SIZE
from ..networks import FaceRenderer
from ..plate_face import to_crops
from ..progress import Job, Progress
from ..records import AlignedFace, FloatArray, IntArray, Plate
from ..reenact import FaceClip, PairMaker
from ..render import compose
from ..report import peak_memory_mb
from ..warp import displacement, rasterise, sample
from .picture_tally import METHODS, MadePictures, PictureTally, RenderScore

TRAINING_SHARE = 0.75
NEIGHBOUR_SECONDS = 0.2
PROTOCOLS = ("neighbour", "far")


@dataclass(frozen=True)
class RenderEvaluation:
    """What was measured on one clip.

    Attributes:
        clip: its file name.
        size: side of the crop everything was measured in, pixels.
        mode: what adaptation kept: ``learned``, ``bank`` or ``warp``; empty where it did nothing.
        adapt_seconds: wall clock spent learning, without the edges-only baseline.
        seconds_per_frame: of warping and rendering.
        peak_memory_mb: of the process.
        scores: one per protocol and method.
    """

    clip: str
    size: int
    mode: str
    adapt_seconds: float
    seconds_per_frame: float
    peak_memory_mb: float | None
    scores: list[RenderScore]


def evaluate_render(
    plate: Plate,
    aligned: AlignedFace,
    renderer: FaceRenderer,
    edges: FaceRenderer | None,
    adapt_seconds: float,
    folder: Path,
    most_frames: int = 120,
    crop: int | None = None,
) -> Job[RenderEvaluation]:
    """Measure on one clip.

    Args:
        plate: the clip.
        aligned: its own face, tracked; only the plate's landmarks are used.
        renderer: the renderer; it is reset and adapted here.
        edges: the edges-only renderer, or None to leave that baseline out.
        adapt_seconds: for each of the two.
        folder: for checkpoints.
        most_frames: of the last quarter that are measured, from its beginning.
        crop: side of the crop; None takes the plate's own sampling of the face.

    Raises:
        InputError: the clip is too short.
    """
    frames = np.flatnonzero(aligned.valid)
    split = int(TRAINING_SHARE * len(frames))
    learn, test = frames[:split], frames[split:][:most_frames]
    if len(learn) < FEWEST_FRAMES or len(test) < 3:
        raise InputError(f"{plate.path}: too few frames with a face to measure a renderer on.")
    size = crop or crop_size(aligned.plate_landmarks, aligned.valid)
    started = time.monotonic()
    mode = yield from _adapt(renderer, plate, aligned, int(learn[-1]) + 1, adapt_seconds, folder)
    spent = time.monotonic() - started
    if edges is not None:
        yield from _adapt(edges, plate, aligned, int(learn[-1]) + 1, adapt_seconds, folder)
    yield Progress("eval", 0, len(test) * len(PROTOCOLS), "reading frames")
    stage = _Stage.build(plate, aligned, learn, test, size)
    scores, seconds = [], 0.0
    for number, protocol in enumerate(PROTOCOLS):
        methods = {
            name: PictureTally() for name in METHODS if edges is not None or name != "edges only"
        }
        begun = time.monotonic()
        for done, pictures in enumerate(stage.run(protocol, renderer, edges)):
            for name, tally in methods.items():
                tally.add(pictures, name, size)
            yield Progress("eval", number * len(test) + done + 1, len(test) * 2, protocol)
        seconds += time.monotonic() - begun
        scores += [tally.score(protocol, name) for name, tally in methods.items()]
    return RenderEvaluation(
        clip=plate.path.name,
        size=size,
        mode=mode,
        adapt_seconds=round(spent, 1),
        seconds_per_frame=round(seconds / (len(test) * len(PROTOCOLS)), 3),
        peak_memory_mb=peak_memory_mb(),
        scores=scores,
    )


@dataclass(frozen=True)
class _Stage:
    """A clip laid out for re-enactment at the measured size."""

    clip: FaceClip
    learn: list[int]
    test: list[int]
    rate: float
    pairs: PairMaker

    @staticmethod
    def build(
        plate: Plate, aligned: AlignedFace, learn: IntArray, test: IntArray, size: int
    ) -> _Stage:
        crops = face_crops(aligned.plate_landmarks, aligned.valid, size)
        features = lip_features(to_crops(crops, aligned.plate_landmarks), size)
        usable = np.zeros(len(plate), dtype=bool)
        usable[learn] = True
        kept = np.union1d(bank_frames(features, usable, BANK_SIZE), learn[-16:])
        frames = np.union1d(kept, test)
        clip = read_face_clip(plate, aligned, frames, size)
        known = np.isin(frames, kept)
        pairs = PairMaker(clip, known)
        return _Stage(
            clip,
            np.flatnonzero(known).tolist(),
            np.flatnonzero(np.isin(frames, test)).tolist(),
            float(plate.rate),
            pairs,
        )

    def run(
        self, protocol: str, renderer: FaceRenderer, edges: FaceRenderer | None
    ) -> Iterator[MadePictures]:
        """Re-enact every measured frame."""
        last: FloatArray | None = None
        last_edges: FloatArray | None = None
        lag = max(1, round(NEIGHBOUR_SECONDS * self.rate))
        for target in self.test:
            if protocol == "neighbour":
                wanted = self.clip.frames[target] - lag
                source = int(np.abs(self.clip.frames - wanted).argmin())
            else:
                source = self.pairs.nearest_pose(target)
            nearest, layers, detail = self._layers(target, source)
            small = network_layers(layers)
            follows = target > 0 and self.clip.frames[target] - self.clip.frames[target - 1] == 1
            move = self._mover(target) if follows else None
            made = renderer.predict(small, move(last) if move and last is not None else None)
            last = made.picture
            pictures = {
                "full": compose(layers, made, detail),
                "warp only": layers.texture,
                "nearest frame": self.clip.picture(nearest),
            }
            if edges is not None:
                drawn = edges.predict(
                    small, move(last_edges) if move and last_edges is not None else None
                )
                last_edges = drawn.picture
                pictures["edges only"] = resize(drawn.picture, len(layers.face), cv2.INTER_LINEAR)
            yield MadePictures(
                pictures, self.clip.picture(target), layers.face, self.clip.landmarks[target]
            )

    def _layers(self, target: int, source: int) -> tuple[int, Layers, MouthDetail | None]:
        clip, features = self.clip, self.pairs.features
        known = self.pairs.usable
        distance = np.linalg.norm(features[known] - features[target], axis=1)
        nearest = int(known[int(np.argmin(distance))])
        pick, new = self.pairs.pick(target, source), clip.landmarks[target]
        layers = build_layers(
            clip.picture(source), clip.landmarks[source], new, clip.depth[target], pick
        )
        return nearest, layers, pick.detail(new, clip.size)

    def _mover(self, target: int) -> Callable[[FloatArray], FloatArray]:
        scale = NETWORK_SIZE / len(self.clip.crops[0])
        before = self.clip.landmarks[target - 1] * scale
        here = self.clip.landmarks[target] * scale
        mesh = rasterise(here, self.clip.depth[target], NETWORK_SIZE)
        field = displacement(mesh, before, here)
        return lambda picture: sample(picture, field, cv2.INTER_LINEAR)


def _adapt(
    renderer: FaceRenderer,
    plate: Plate,
    aligned: AlignedFace,
    stop: int,
    seconds: float,
    folder: Path,
) -> Job[str]:
    """Adapt to the frames before ``stop``."""
    part = dataclasses.replace(plate, times=plate.times[:stop])
    name = "edges" if renderer.edges_only else "texture"
    checkpoint = folder / f"{plate.path.stem}.{name}.safetensors"
    known = aligned.take(np.arange(stop))
    report = yield from adapt_renderer(part, known, renderer, seconds, 0, checkpoint)
    return report.mode if report is not None else ""
