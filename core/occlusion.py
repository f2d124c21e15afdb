"""Tell hands, microphones and the like before the face: there it does not look like this person."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt

from .appearance import COMPONENTS, FEW_COMPONENTS, Appearance, learn_appearance
from .ease import ease
from .face.head import load_head
from .face.topology import EYE_LEFT, EYE_RIGHT, LIPS_INNER, LIPS_OUTER
from .records import BoolArray, FloatArray, IntArray
from .warp import OVAL, MeshMap, displacement, polygon, rasterise, sample, stretch

SIZE = 96
"""Side of the normalised face that is compared, pixels; an inter-ocular distance is 28."""

FEWEST = 8
"""With fewer frames there is no telling what the face looks like."""

USUAL = 0.70
"""Correlation of the lower face with the shot's median face from which a frame is learnt from.

Measured: a hand before the mouth gives .12 to .59, faces that talk and turn .73 and more.
"""

SURE, LIKELY = 3.2, 1.9
"""Strangeness from which something covers the face, and from which what touches it does too."""

SMALLEST = 20
"""Pixels of the normalised face below which a strange spot is left alone."""

COVERED_SHARE = 0.03
"""Share of the face that is covered from which a frame is not learnt from."""

AROUND = 8
"""Frames around a covered one that are not learnt from either."""

RIM = (5, 13)
"""Height and width of what a sure spot is away from the face's edge on all sides, pixels: where a
head turns, hair and wall come in at the sides."""

GAPS = 9
"""Gaps between fingers, and parts of a hand that look like the cheek behind it, up to this wide."""

MEMORY = 2
"""Frames before that a cover lingers for; rendering warms up over at least as many."""

HIDDEN, SEEN = 0.25, 0.5
"""Share of the lips in sight at which the mouth counts as hidden, and as seen."""


@dataclass(frozen=True)
class FaceReference:
    """What the face of a shot looks like where nothing covers it.

    Attributes:
        landmarks: (478, 2) of the normalised face, pixels of ``SIZE``.
        mesh: it, rasterised.
        appearance: its colours.
        eased: (SIZE, SIZE) factor on strangeness: eyes and the inside of the mouth do as they like.
        lips: (SIZE, SIZE) lips and mouth.
    """

    landmarks: FloatArray
    mesh: MeshMap
    appearance: Appearance
    eased: FloatArray
    lips: BoolArray

    def covered(self, crop: FloatArray, landmarks: FloatArray) -> FloatArray:
        """Where something is before the face.

        Args:
            crop: (S, S, 3) a frame's crop.
            landmarks: (478, 2) its face, crop pixels.

        Returns:
            (SIZE, SIZE) of the normalised face, 0 in sight .. 1 covered, soft.
        """
        face = _normalise(crop, landmarks, self.mesh, self.landmarks)
        strange = self.appearance.strangeness(face) * self.eased
        # Skin that is turned away has too few pixels to judge.
        strange *= 1.0 - stretch(self.mesh, landmarks * (SIZE / len(crop)))
        return _grow(strange, self.appearance.region)

    def shows_mouth(self, crop: FloatArray, landmarks: FloatArray) -> bool:
        """Whether nothing covers the mouth and the skin around it, so that it may be used."""
        around = cv2.dilate(self.lips.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
        return not self.covered(crop, landmarks)[around].any()

    def visibility(self, covered: FloatArray) -> float:
        """How far the mouth can be seen behind what covers the face: 0 hidden .. 1 seen."""
        seen = 1.0 - float(covered[self.lips].mean())
        return float(ease(seen, (HIDDEN, SEEN)))

    def in_crop(
        self, covered: FloatArray, landmarks: FloatArray, depth: FloatArray, size: int
    ) -> FloatArray:
        """Put a map of the normalised face on a frame's face.

        Args:
            covered: (SIZE, SIZE) from ``covered``.
            landmarks: (478, 2) the frame's face, pixels of a crop of ``size``.
            depth: (478,) larger is farther.
            size: side of the crop, pixels.
        """
        if not covered.any():
            return np.zeros((size, size), dtype=np.float32)
        here = landmarks * (SIZE / size)
        field = displacement(rasterise(here, depth, SIZE), self.landmarks, here)
        moved = sample(covered, field, cv2.INTER_LINEAR)
        placed: FloatArray = cv2.resize(  # type: ignore[assignment]
            moved, (size, size), interpolation=cv2.INTER_LINEAR
        )
        return placed


@dataclass(frozen=True)
class Sight:
    """What can be seen of one frame's face.

    Attributes:
        hidden: the mouth is behind something: the frame passes through.
        visibility: 0..1, how far the new mouth is shown.
        cover: (S, S) of the crop, 0 in sight .. 1 covered.
        share: 0..1, of the face that is covered.
    """

    hidden: bool
    visibility: float
    cover: FloatArray
    share: float


class Lookout:
    """Watches the covers of consecutive frames: they come at once and leave over three frames."""

    def __init__(self, reference: FaceReference | None) -> None:
        self._reference = reference
        self._past: deque[FloatArray] = deque(maxlen=MEMORY)

    def look(self, crop: FloatArray, landmarks: FloatArray, depth: FloatArray) -> Sight:
        """Judge the next frame.

        Args:
            crop: (S, S, 3) its crop.
            landmarks: (478, 2) the plate's own face, crop pixels.
            depth: (478,) larger is farther.
        """
        reference = self._reference
        if reference is None:
            return Sight(False, 1.0, np.zeros(crop.shape[:2], dtype=np.float32), 0.0)
        here = reference.covered(crop, landmarks)
        cover = np.maximum(here, np.mean([here, *self._past], axis=0))
        self._past.append(here)
        # Hidden or not is this frame's alone: rendering may start at any frame.
        return Sight(
            reference.visibility(here) == 0.0,
            reference.visibility(cover),
            reference.in_crop(cover, landmarks, depth, len(crop)),
            float(cover[reference.appearance.region].mean()),
        )

    def forget(self) -> None:
        """The next frame does not follow the last one."""
        self._past.clear()


def face_reference(
    crops: Sequence[FloatArray], landmarks: FloatArray, frames: IntArray
) -> FaceReference | None:
    """Learn what a shot's face looks like; None from too few frames.

    Frames in which something covers the face are sorted out first: those whose lower face is
    unlike the median one, then those that a stiff model of the others cannot explain, and with
    both the frames around them: what covers a face comes and goes.

    Args:
        crops: N crops (S, S, 3).
        landmarks: (N, 478, 2) their faces, crop pixels.
        frames: (N,) their places in time.
    """
    if len(crops) < FEWEST:
        return None
    scale = SIZE / len(crops[0])
    middle = np.median(landmarks, axis=0) * scale
    head = load_head()
    mesh = rasterise(middle, -head.landmarks(head.neutral)[:, 2], SIZE)
    pairs = zip(crops, landmarks, strict=True)
    faces = np.stack([_normalise(crop, points, mesh, middle) for crop, points in pairs])
    region = cv2.erode(polygon(middle[OVAL], SIZE), np.ones((3, 3), np.uint8)) > 0.5
    eased = np.ones((SIZE, SIZE), dtype=np.float32)
    for ring, factor in ((EYE_RIGHT, 0.0), (EYE_LEFT, 0.0), (LIPS_INNER, 0.5)):
        inside = cv2.dilate(polygon(middle[list(ring)], SIZE), np.ones((5, 5), np.uint8))
        eased *= 1.0 - (1.0 - factor) * cv2.GaussianBlur(inside, (0, 0), 1.0)
    lips = polygon(middle[list(LIPS_OUTER)], SIZE) > 0.5
    usual = _usual(faces, region & ~lips, middle)
    if usual.sum() < FEWEST:
        return None
    stiff = learn_appearance(faces[usual], region, FEW_COMPONENTS)
    covers = [_grow(stiff.strangeness(face) * eased, region)[region].mean() for face in faces]
    covered = ~usual | (np.array(covers) >= COVERED_SHARE)
    near = np.abs(frames[:, None] - frames[covered]).min(axis=1, initial=AROUND + 1) <= AROUND
    plain = ~near
    if plain.sum() < max(FEWEST, usual.sum() // 2):
        # So many cannot be covered: this face simply changes more than a stiff model knows.
        plain = usual
    appearance = learn_appearance(faces[plain], region, COMPONENTS)
    return FaceReference(middle, mesh, appearance, eased, lips)


def _usual(faces: FloatArray, skin: BoolArray, middle: FloatArray) -> BoolArray:
    """(N,) faces whose lower half is lit and shaped like the median one."""
    below = skin & (np.arange(SIZE)[:, None] > middle[5, 1])
    grey = faces[:, below].mean(axis=-1)
    grey = grey - grey.mean(axis=1, keepdims=True)
    usual = np.median(grey, axis=0)
    norm = np.linalg.norm(grey, axis=1) * np.linalg.norm(usual) + 1e-9
    alike: BoolArray = grey @ usual / norm >= USUAL
    return alike


def _grow(strange: FloatArray, region: BoolArray) -> FloatArray:
    """From strangeness to a soft cover: sure spots, what touches them, the gaps between them."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((strange > LIKELY).astype(np.uint8))
    sure = np.zeros(count, dtype=bool)
    inner = cv2.erode(region.astype(np.uint8), np.ones(RIM, np.uint8)) > 0
    sure[np.unique(labels[(strange > SURE) & inner])] = True
    sure &= stats[:, cv2.CC_STAT_AREA] >= SMALLEST
    sure[0] = False
    if not sure.any():
        return np.zeros(strange.shape, dtype=np.float32)
    mask = sure[labels].astype(np.uint8)
    # Beyond the face a cover goes on as it leaves the face's edge.
    rows, columns = distance_transform_edt(~region, return_distances=False, return_indices=True)
    mask = mask[rows, columns]
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (GAPS, GAPS))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, disc)
    mask = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    soft: FloatArray = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.2)  # type: ignore[assignment]
    return soft


def _normalise(
    crop: FloatArray, landmarks: FloatArray, mesh: MeshMap, middle: FloatArray
) -> FloatArray:
    """The colours of a face moved into the normalised face's shape: (SIZE, SIZE, 3)."""
    small = cv2.resize(crop, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    clipped: FloatArray = np.clip(small, 0, 1).astype(np.float32)
    moved = sample(clipped, displacement(mesh, landmarks * (SIZE / len(crop)), middle))
    blurred: FloatArray = cv2.GaussianBlur(moved, (0, 0), 1.0)  # type: ignore[assignment]
    return blurred
