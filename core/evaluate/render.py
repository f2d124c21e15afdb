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
from ..crop import NETWORK_SIZE, apply, crop_size, face_crops
from ..errors import InputError
from ..face.landmarker import Landmarker
from ..face.topology import LIPS
from ..layers import Layers, build_layers, network_layers
from ..mouth_bank import bank_frames, lip_features
from ..mouth_detail import MouthDetail, mouth_box
from ..mouth_mean import BANK_SIZE
from ..networks import FaceRenderer, RenderedCrop
from ..progress import Job, Progress
from ..records import AlignedFace, FloatArray, IntArray, PixelArray, Plate
from ..reenact import FaceClip, PairMaker
from ..render import RenderSettings, compose
from ..report import peak_memory_mb
from ..warp import displacement, rasterise, sample
from .identity import identity_distance, load_recogniser
from .pictures import landmark_distance, laplacian_energy, psnr, ssim, unrest

TRAINING_SHARE = 0.75
NEIGHBOUR_SECONDS = 0.2
PROTOCOLS = ("neighbour", "far")
METHODS = ("full", "warp only", "nearest frame", "edges only")
MOST_RETRACKED = 24


@dataclass(frozen=True)
class RenderScore:
    """One method under one protocol on one clip; means over the measured frames.

    Attributes:
        protocol, method: see ``PROTOCOLS`` and ``METHODS``.
        face_psnr, mouth_psnr: dB, in the face and in the box around the lips.
        face_ssim, mouth_ssim: brightness, 0..1.
        sharpness: Laplacian energy of the mouth box against the true frames'.
        flicker: unrest of the face against the true frames'.
        mouth_distance, face_distance: M-LD and F-LD of the re-tracked pictures in % of the
            inter-ocular distance; None for methods that were not re-tracked.
        identity: distance to the true frames' face, by ``identity.py``; that of ``nearest frame``
            is one of the plate's own frames from another. None where nothing measures it.
        frames: measured frames.
    """

    protocol: str
    method: str
    face_psnr: float
    mouth_psnr: float
    face_ssim: float
    mouth_ssim: float
    sharpness: float
    flicker: float
    mouth_distance: float | None
    face_distance: float | None
    identity: float | None
    frames: int


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
        methods = {name: _Tally() for name in METHODS if edges is not None or name != METHODS[3]}
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
class _Pictures:
    """One measured frame: what each method made, and the truth, in the crop."""

    made: dict[str, FloatArray]
    true: FloatArray
    face: FloatArray
    landmarks: FloatArray


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
        features = lip_features(_crop_landmarks(aligned, size), size)
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
    ) -> Iterator[_Pictures]:
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
                pictures["edges only"] = _enlarge(drawn, len(layers.face))
            yield _Pictures(
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


class _Tally:
    """Gathers the measures of one method."""

    def __init__(self) -> None:
        self._rows: list[tuple[float, ...]] = []
        self._recent: list[tuple[FloatArray, FloatArray]] = []
        self._unrest: list[tuple[float, float]] = []
        self._distances: list[tuple[float, float]] = []
        self._identities: list[float] = []
        self._landmarker: Landmarker | None = None

    def add(self, pictures: _Pictures, name: str, size: int) -> None:
        picture, true = np.clip(pictures.made[name], 0.0, 1.0), pictures.true
        face = pictures.face > 0.5
        left, top, right, bottom = mouth_box(pictures.landmarks, size)
        mouth = np.zeros_like(face)
        mouth[top:bottom, left:right] = True
        self._rows.append(
            (
                psnr(picture, true, face),
                psnr(picture, true, mouth),
                ssim(picture, true, face),
                ssim(picture, true, mouth),
                laplacian_energy(picture, mouth),
                laplacian_energy(true, mouth),
            )
        )
        self._recent = [*self._recent[-2:], (picture, true)]
        if len(self._recent) == 3:
            (a, x), (b, y), (c, z) = self._recent
            self._unrest.append((unrest(a, b, c, face), unrest(x, y, z, face)))
        if (
            name in METHODS[:3]
            and len(self._rows) % 4 == 1
            and (len(self._distances) < MOST_RETRACKED)
        ):
            self._retrack(picture, pictures)

    def score(self, protocol: str, method: str) -> RenderScore:
        if self._landmarker is not None:
            self._landmarker.close()
        mean = np.mean(self._rows, axis=0)
        shaky = np.sum(self._unrest, axis=0) if self._unrest else np.ones(2)
        retracked: list[float | None] = [None, None]
        if self._distances:
            retracked = [round(float(v), 2) for v in np.mean(self._distances, axis=0)]
        return RenderScore(
            protocol=protocol,
            method=method,
            face_psnr=round(float(mean[0]), 2),
            mouth_psnr=round(float(mean[1]), 2),
            face_ssim=round(float(mean[2]), 3),
            mouth_ssim=round(float(mean[3]), 3),
            sharpness=round(float(mean[4] / max(mean[5], 1e-9)), 3),
            flicker=round(float(shaky[0] / max(shaky[1], 1e-9)), 3),
            mouth_distance=retracked[0],
            face_distance=retracked[1],
            identity=round(float(np.mean(self._identities)), 3) if self._identities else None,
            frames=len(self._rows),
        )

    def _retrack(self, picture: FloatArray, pictures: _Pictures) -> None:
        """Against the true picture tracked alike: what is left is the renderer's error."""
        if self._landmarker is None:
            self._landmarker = Landmarker(1, video=False)
        made, true = _bytes(picture), _bytes(pictures.true)
        found, wanted = self._landmarker.detect(made, 0.0), self._landmarker.detect(true, 0.0)
        if found and wanted:
            one, other = found[0].landmarks[:, :2], wanted[0].landmarks[:, :2]
            self._distances.append(
                (
                    landmark_distance(one, other, list(LIPS)),
                    landmark_distance(one, other, list(range(468))),
                )
            )
            recogniser = load_recogniser()
            if recogniser is not None:
                faces = recogniser.embed(made, one), recogniser.embed(true, other)
                self._identities.append(identity_distance(*faces))


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
    report = yield from adapt_renderer(
        part,
        aligned.take(np.arange(stop)),
        renderer,
        RenderSettings(adapt_seconds=seconds),
        checkpoint,
    )
    return report.mode if report is not None else ""


def _crop_landmarks(aligned: AlignedFace, size: int) -> FloatArray:
    crops = face_crops(aligned.plate_landmarks, aligned.valid, size)
    points = np.nan_to_num(np.asarray(aligned.plate_landmarks, dtype=np.float64))
    return np.stack([apply(crop, frame) for crop, frame in zip(crops, points, strict=True)])


def _enlarge(made: RenderedCrop, size: int) -> FloatArray:
    picture: FloatArray = cv2.resize(  # type: ignore[assignment]
        made.picture, (size, size), interpolation=cv2.INTER_LINEAR
    )
    return picture


def _bytes(picture: FloatArray) -> PixelArray:
    return np.rint(np.clip(picture, 0.0, 1.0) * 255).astype(np.uint8)
