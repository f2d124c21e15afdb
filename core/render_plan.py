"""What is decided for a whole shot before its first face is rendered: crops, mouths, grain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .crop import apply, crop_pixels, crop_size, face_crops, resize
from .layers import MouthPick
from .media.plate import read_frames
from .mouth_bank import (
    MouthChoice,
    StoredMouth,
    bank_frames,
    choose_mouths,
    lip_features,
    lip_gap,
    store_mouth,
)
from .mouth_mean import BANK_SIZE as MEAN_SIZE
from .mouth_mean import mean_shares, pick_mean, settle_shares, store_small
from .occlusion import SIZE as NORMAL
from .occlusion import FaceReference, face_reference
from .outline import hold_outline
from .records import AlignedFace, BoolArray, FloatArray, PixelArray, Plate
from .teeth import HeadMouth

SEEK_GAP = 24
"""Frames that are cheaper to decode and drop than to seek over."""

GRAIN_FRAMES = 3


@dataclass(frozen=True)
class RenderSettings:
    """How faces are rendered.

    Attributes:
        crop_size: side of the crop in pixels; None takes the plate's own sampling of the face.
        adapt_seconds: wall-clock seconds for learning from the plate; 0 for none.
        seed: of learning and grain.
    """

    crop_size: int | None = None
    adapt_seconds: float = 90.0
    seed: int = 0


@dataclass(frozen=True)
class RenderPlan:
    """The decisions for a shot; the same whichever frames of it are rendered.

    Attributes:
        size: side of the crop, pixels.
        crops: (T, 2, 3) plate pixels to crop pixels.
        new, old: (T, 478, 2) the new face and the plate's own, crop pixels.
        depth: (T, 478) of the new face.
        rotation: (T, 3, 3) camera from head.
        expression: (T, 52) ARKit weights of the new face.
        active: (T,) frames that get a face.
        opacity: (T,) 0..1, how much of it is shown.
        mouths: stored mouths by frame of the plate, ascending.
        choice: which of them each frame shows; None where there are none.
        small: these and more at the generator's size.
        shares: (T, len(small)) how much each counts in the mean mouth of each frame.
        reference: what the lower face looks like where nothing hides it.
        grain: (3,) standard deviation of the plate's own noise.
    """

    size: int
    crops: FloatArray
    new: FloatArray
    old: FloatArray
    depth: FloatArray
    rotation: FloatArray
    expression: FloatArray
    active: BoolArray
    opacity: FloatArray
    mouths: dict[int, StoredMouth]
    choice: MouthChoice | None
    small: list[StoredMouth]
    shares: FloatArray
    reference: FaceReference | None
    grain: FloatArray

    def pick(self, index: int) -> MouthPick:
        """The mouths of a frame."""
        if self.choice is None:
            return MouthPick()
        first, second = int(self.choice.first[index]), int(self.choice.second[index])
        return MouthPick(
            (self.mouths[first], self.mouths[second]),
            float(self.choice.share[index]),
            float(self.choice.weight[index]),
            float(self.choice.cavity[index]),
            mean=pick_mean(self.small, self.shares[index]),
            head=HeadMouth(self.rotation[index], self.expression[index]),
        )


def plan_render(plate: Plate, aligned: AlignedFace, settings: RenderSettings) -> RenderPlan:
    """Decide crops, mouths and grain for the whole shot; reads the frames whose mouths are kept."""
    size = settings.crop_size or crop_size(aligned.plate_landmarks, aligned.valid)
    crops = face_crops(aligned.plate_landmarks, aligned.valid, size)
    new, old = _to_crop(crops, aligned.landmarks), _to_crop(crops, aligned.plate_landmarks)
    new = hold_outline(old, new)
    features = lip_features(old, size)
    usable = usable_mouths(aligned, old, size)
    candidates = bank_frames(features, usable, MEAN_SIZE)
    whole = bank_frames(features, usable)
    mouths: dict[int, StoredMouth] = {}
    reduced: dict[int, StoredMouth] = {}
    noise: list[FloatArray] = []
    small: list[FloatArray] = []
    grain_frames = set(candidates[:: max(1, len(candidates) // GRAIN_FRAMES)].tolist())
    for index, pixels in read_selected(plate, candidates.tolist()):
        crop = crop_pixels(pixels, crops[index], size)
        if index in whole:
            mouths[index] = store_mouth(crop, old[index])
        reduced[index] = store_small(crop, old[index])
        small.append(resize(crop, NORMAL, cv2.INTER_AREA))
        if index in grain_frames:
            noise.append(measure_grain(crop))
    depth = np.asarray(aligned.depth, dtype=np.float64)
    scaled = old[candidates] * (NORMAL / size)
    some = np.searchsorted(candidates, whole)
    reference = face_reference([small[i] for i in some], scaled[some], depth[whole], whole)
    if reference is not None:
        for index, crop, points in zip(candidates.tolist(), small, scaled, strict=True):
            if not reference.shows_mouth(crop, points):
                mouths.pop(index, None)
                del reduced[index]
    choice, shares = None, np.zeros((len(new), 0), dtype=np.float32)
    if mouths:
        gaps = lip_gap(new, size), lip_gap(old, size)
        wanted, likely = lip_features(new, size), features[list(reduced)]
        shares = settle_shares(mean_shares(wanted, likely))
        kept = np.array(list(mouths), dtype=np.int64)
        choice = choose_mouths(wanted, features, kept, gaps, shares @ likely)
    return RenderPlan(
        size=size,
        crops=crops,
        new=new,
        old=old,
        depth=depth,
        rotation=aligned.rotation,
        expression=aligned.expression,
        active=aligned.valid & (aligned.changed > 0.0),
        opacity=np.clip(aligned.changed, 0.0, 1.0),
        mouths=mouths,
        choice=choice,
        small=list(reduced.values()),
        shares=shares,
        reference=reference,
        grain=np.mean(noise, axis=0) if noise else np.zeros(3),
    )


def usable_mouths(aligned: AlignedFace, old: FloatArray, size: int) -> BoolArray:
    """(T,) frames with a face that lies in the crop with its whole mouth."""
    lips = old[:, [61, 291, 0, 17]]
    inside = ((lips > 2.0) & (lips < size - 2.0)).all(axis=(1, 2))
    usable: BoolArray = aligned.valid & inside & np.isfinite(old).all(axis=(1, 2))
    return usable


def measure_grain(crop: FloatArray) -> FloatArray:
    """(3,) standard deviation of the finest noise in the flat parts of a crop (S, S, 3)."""
    smooth = cv2.GaussianBlur(crop, (0, 0), 1.0)
    edges = np.abs(cv2.Laplacian(cv2.GaussianBlur(smooth, (0, 0), 1.5), cv2.CV_32F)).max(axis=-1)
    flat = edges <= np.median(edges)
    residue = np.abs((crop - smooth)[flat])
    deviation: FloatArray = 1.4826 * np.median(residue, axis=0)
    return deviation


def read_selected(plate: Plate, indices: Sequence[int]) -> Iterator[tuple[int, PixelArray]]:
    """Decode just these frames of the shot (ascending), seeking over long gaps."""
    start = 0
    while start < len(indices):
        end = start + 1
        while end < len(indices) and indices[end] - indices[end - 1] <= SEEK_GAP:
            end += 1
        wanted = set(indices[start:end])
        first, last = indices[start], indices[end - 1]
        for index, pixels in enumerate(read_frames(plate, first, last + 1), first):
            if index in wanted:
                yield index, pixels
        start = end


def _to_crop(crops: FloatArray, landmarks: FloatArray) -> FloatArray:
    points = np.nan_to_num(np.asarray(landmarks, dtype=np.float64))
    return np.stack([apply(affine, frame) for affine, frame in zip(crops, points, strict=True)])
