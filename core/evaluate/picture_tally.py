"""Measure made pictures of a face against the recorded ones: likeness, sharpness, unrest, lips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..face.landmarker import Landmarker
from ..face.topology import LIPS
from ..mouth_detail import mouth_box
from ..records import FloatArray, PixelArray
from .identity import identity_distance, load_recogniser
from .pictures import landmark_distance, laplacian_energy, psnr, ssim, unrest

METHODS = ("full", "warp only", "nearest frame", "edges only")
RETRACKED = METHODS[:3]
MOST_RETRACKED = 24


@dataclass(frozen=True)
class RenderScore:
    """One method under one protocol on one clip; means over the measured frames.

    Attributes:
        protocol, method: how the frames were made, and by what.
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
class MadePictures:
    """One frame: what each method made of it, and the truth, in the crop.

    Attributes:
        made: (S, S, 3) by method.
        true: (S, S, 3) the recorded frame.
        face: (S, S) the face region.
        landmarks: (478, 2) of the recorded frame, crop pixels.
    """

    made: dict[str, FloatArray]
    true: FloatArray
    face: FloatArray
    landmarks: FloatArray


class PictureTally:
    """Gathers the measures of one method, frame by frame."""

    def __init__(self) -> None:
        self._rows: list[tuple[float, ...]] = []
        self._recent: list[tuple[FloatArray, FloatArray]] = []
        self._unrest: list[tuple[float, float]] = []
        self._distances: list[tuple[float, float]] = []
        self._identities: list[float] = []
        self._landmarker: Landmarker | None = None

    def add(self, pictures: MadePictures, name: str, size: int) -> None:
        """Measure what a method made of the next frame, in a crop of ``size``."""
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
        due = len(self._rows) % 4 == 1 and len(self._distances) < MOST_RETRACKED
        if due and name in RETRACKED:
            self._retrack(picture, pictures)

    def score(self, protocol: str, method: str) -> RenderScore:
        """The means; nothing can be added afterwards."""
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

    def _retrack(self, picture: FloatArray, pictures: MadePictures) -> None:
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


def _bytes(picture: FloatArray) -> PixelArray:
    return np.rint(np.clip(picture, 0.0, 1.0) * 255).astype(np.uint8)
