"""What rendering keeps of a plate's own face, gathered once: mouths, its usual look, its grain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from .crop import apply, crop_pixels, crop_size, face_crops, resize
from .media.plate import read_selected
from .mouth_bank import StoredMouth, bank_frames, lip_features, store_mouth
from .mouth_mean import BANK_SIZE as MEAN_SIZE
from .mouth_mean import store_small
from .occlusion import SIZE as NORMAL
from .occlusion import FaceReference, face_reference
from .progress import Job, Progress
from .records import LANDMARK_COUNT, AlignedFace, BoolArray, FloatArray, IntArray, Plate

GRAIN_FRAMES = 3


@dataclass(frozen=True)
class MouthStack:
    """Stored mouths as plain arrays, as a file keeps them.

    Attributes:
        frames: (N,) frames of the plate they are from, indices within the shot, ascending.
        origin: (N, 2) see ``StoredMouth``.
        size: (N, 2) height and width of their windows.
        pixels: (P, 3) float16, all windows' pixels one after the other.
        landmarks: (N, 478, 2) see ``StoredMouth``.
        detail: (N,) see ``StoredMouth``.
    """

    frames: IntArray
    origin: IntArray
    size: IntArray
    pixels: FloatArray
    landmarks: FloatArray
    detail: FloatArray

    @staticmethod
    def pack(mouths: Mapping[int, StoredMouth]) -> MouthStack:
        """Stack mouths by their frames."""
        stored = list(mouths.values())
        return MouthStack(
            np.array(list(mouths), dtype=np.int64),
            np.array([one.origin for one in stored], dtype=np.int64).reshape(-1, 2),
            np.array([one.pixels.shape[:2] for one in stored], dtype=np.int64).reshape(-1, 2),
            np.concatenate(
                [np.empty((0, 3), np.float16), *(one.pixels.reshape(-1, 3) for one in stored)]
            ),
            np.array([one.landmarks for one in stored]).reshape(-1, LANDMARK_COUNT, 2),
            np.array([one.detail for one in stored]),
        )

    @cached_property
    def mouths(self) -> dict[int, StoredMouth]:
        """The mouths by their frames."""
        ends = np.cumsum(self.size.prod(axis=1))
        windows = np.split(self.pixels, ends[:-1]) if len(ends) else []
        return {
            int(self.frames[i]): StoredMouth(
                window.reshape(*self.size[i], 3),
                self.origin[i],
                self.landmarks[i],
                float(self.detail[i]),
            )
            for i, window in enumerate(windows)
        }


@dataclass(frozen=True)
class PlateFace:
    """What the plate's frames show of its face; the same whatever the face is made to say.

    Attributes:
        size: side of the crop, pixels.
        whole: mouths as the crop has them.
        small: these and more at the generator's size.
        reference: what the lower face looks like where nothing hides it.
        grain: (3,) standard deviation of the plate's own noise.
    """

    size: int
    whole: MouthStack
    small: MouthStack
    reference: FaceReference | None
    grain: FloatArray


def gather_face(plate: Plate, aligned: AlignedFace, size: int | None) -> Job[PlateFace]:
    """Read the frames of a plate whose mouths are kept: as unlike each other as possible.

    Args:
        plate: as recorded.
        aligned: its own face counts only.
        size: side of the crop in pixels; None takes the plate's own sampling.
    """
    size = size or crop_size(aligned.plate_landmarks, aligned.valid)
    crops = face_crops(aligned.plate_landmarks, aligned.valid, size)
    faces = to_crops(crops, aligned.plate_landmarks)
    features, usable = lip_features(faces, size), usable_mouths(aligned, faces, size)
    candidates = bank_frames(features, usable, MEAN_SIZE)
    chosen = bank_frames(features, usable)
    noisy = set(candidates[:: max(1, len(candidates) // GRAIN_FRAMES)].tolist())
    whole: dict[int, StoredMouth] = {}
    small: dict[int, StoredMouth] = {}
    normal: dict[int, FloatArray] = {}
    noise: list[FloatArray] = []
    for index, pixels in read_selected(plate, candidates.tolist()):
        yield Progress("gather", len(small), len(candidates), "reading mouths")
        crop = crop_pixels(pixels, crops[index], size)
        if index in chosen:
            whole[index] = store_mouth(crop, faces[index])
        small[index] = store_small(crop, faces[index])
        normal[index] = resize(crop, NORMAL, cv2.INTER_AREA)
        if index in noisy:
            noise.append(measure_grain(crop))
    scaled = faces * (NORMAL / size)
    reference = face_reference([normal[index] for index in whole], scaled[chosen], chosen)
    if reference is not None:
        for index, picture in normal.items():
            if not reference.shows_mouth(picture, scaled[index]):
                whole.pop(index, None)
                del small[index]
    yield Progress("gather", len(candidates), len(candidates))
    grain = np.mean(noise, axis=0) if noise else np.zeros(3)
    return PlateFace(size, MouthStack.pack(whole), MouthStack.pack(small), reference, grain)


def usable_mouths(aligned: AlignedFace, faces: FloatArray, size: int) -> BoolArray:
    """(T,) frames whose face (T, 478, 2) lies in its crop with its whole mouth."""
    lips = faces[:, [61, 291, 0, 17]]
    inside = ((lips > 2.0) & (lips < size - 2.0)).all(axis=(1, 2))
    usable: BoolArray = aligned.valid & inside & np.isfinite(faces).all(axis=(1, 2))
    return usable


def measure_grain(crop: FloatArray) -> FloatArray:
    """(3,) standard deviation of the finest noise in the flat parts of a crop (S, S, 3)."""
    smooth = cv2.GaussianBlur(crop, (0, 0), 1.0)
    edges = np.abs(cv2.Laplacian(cv2.GaussianBlur(smooth, (0, 0), 1.5), cv2.CV_32F)).max(axis=-1)
    flat = edges <= np.median(edges)
    residue = np.abs((crop - smooth)[flat])
    deviation: FloatArray = 1.4826 * np.median(residue, axis=0)
    return deviation


def to_crops(crops: FloatArray, landmarks: FloatArray) -> FloatArray:
    """Landmarks (T, 478, 2) in plate pixels as they lie in their crops (T, 2, 3); NaN become 0."""
    points = np.nan_to_num(np.asarray(landmarks, dtype=np.float64))
    return np.stack([apply(affine, frame) for affine, frame in zip(crops, points, strict=True)])
