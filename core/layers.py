"""Everything one frame's rendering starts from, in its crop: textures, masks, edge map."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from .close_lips import close_lips
from .crop import NETWORK_SIZE, SIDE, resize
from .ease import ease
from .face.topology import LIPS_INNER, LIPS_OUTER
from .mouth_bank import StoredMouth, grow, soften, warp_mouth
from .mouth_detail import MouthDetail, mouth_box
from .mouth_mean import MouthMean, average_mouths, replace_coarse
from .records import FloatArray
from .sketch import sketch
from .teeth import HeadMouth, draw_mouth
from .warp import OVAL, MeshMap, displacement, polygon, rasterise, sample, stretch

STILL, MOVED = 0.0015, 0.012
"""Movement up to which a pixel counts as unchanged, and from which it counts as changed in full,
inter-ocular distances."""


BORDER = 0.04
"""Share of the crop at its border in which the matte fades out."""


@dataclass(frozen=True)
class MouthPick:
    """The stored mouths of one frame; see ``MouthChoice``.

    Attributes:
        mouths: one or two stored mouths; none where the shot has no bank.
        share: share of the second.
        weight: how far the bank replaces the plate's own mouth, 0..1.
        cavity: how far the inside of the mouth is drawn, 0..1.
        mean: the mouths whose mean gives everything but the detail; None for the first alone.
        head: what the head's own mouth does, where it is drawn.
    """

    mouths: tuple[StoredMouth, ...] = ()
    share: float = 0.0
    weight: float = 0.0
    cavity: float = 0.0
    mean: MouthMean | None = None
    head: HeadMouth | None = None

    def detail(self, landmarks: FloatArray, size: int) -> MouthDetail | None:
        """What the mouth of a new face (478, 2) in a crop should have; None where not known."""
        if self.mean is None:
            return None
        return MouthDetail(mouth_box(landmarks, size), self.mean.detail)


@dataclass(frozen=True)
class Layers:
    """What the generator sees of one frame, and what its picture is made of.

    Attributes:
        texture: (S, S, 3) the plate's frame warped to the new face, closing lips darkened.
        mouth_texture: (S, S, 3) the same with the bank's mouth around the lips: the mean of many
            mouths with the detail of one.
        doubt: (S, S) how far these mouths disagree, in brightness.
        lines: (S, S) the edge map.
        face: (S, S) the face region.
        mouth: (S, S) the mouth opening.
        stretch: (S, S) skin without enough pixels to come from.
        prior: (S, S) how far ``mouth_texture`` replaces ``texture`` before any learning.
        region: (S, S) where the generator may change the picture.
        moved: (S, S) where the picture differs from the plate, feathered.
        field: (S, S, 2) from each pixel to the place its texture came from, crop pixels.
    """

    texture: FloatArray
    mouth_texture: FloatArray
    doubt: FloatArray
    lines: FloatArray
    face: FloatArray
    mouth: FloatArray
    stretch: FloatArray
    prior: FloatArray
    region: FloatArray
    moved: FloatArray
    field: FloatArray

    @property
    def base(self) -> FloatArray:
        """(S, S, 3) the picture without the generator: warped plate and bank."""
        blended: FloatArray = self.texture + self.prior[..., None] * (
            self.mouth_texture - self.texture
        )
        return blended

    def resized(self, size: int) -> Layers:
        """The same layers at another size (``field`` keeps its unit, pixels of that size)."""
        old = len(self.lines)
        if old == size:
            return self
        values = {
            name: cv2.resize(value, (size, size), interpolation=cv2.INTER_AREA)
            for name, value in vars(self).items()
        }
        values["field"] *= size / old
        return dataclasses.replace(self, **values)


def rasterise_face(landmarks: FloatArray, depth: FloatArray, size: int) -> tuple[MeshMap, MeshMap]:
    """A face (478, 2) of a crop of ``size`` rasterised at that size and at the generator's."""
    mesh = rasterise(landmarks, depth, size)
    if size == NETWORK_SIZE:
        return mesh, mesh
    return mesh, rasterise(landmarks * (NETWORK_SIZE / size), depth, NETWORK_SIZE)


def build_layers(
    crop: FloatArray,
    source: FloatArray,
    new: FloatArray,
    depth: FloatArray,
    pick: MouthPick,
    meshes: tuple[MeshMap, MeshMap] | None = None,
) -> Layers:
    """Warp the plate and the bank to the new face and draw the masks.

    Args:
        crop: (S, S, 3) the plate's frame in its crop.
        source: (478, 2) its own face, crop pixels.
        new: (478, 2) the new face, crop pixels.
        depth: (478,) of the new face, larger is farther.
        pick: the mouths to use.
        meshes: the new face rasterised by ``rasterise_face``, where the caller has it.
    """
    size = len(crop)
    unit = size / SIDE
    mesh, small = rasterise_face(new, depth, size) if meshes is None else meshes
    field = displacement(mesh, source, new)
    texture = close_lips(sample(crop, field), source, new)
    mouth_texture, doubt = _bank_texture(texture, new, mesh, small, pick)
    inside = polygon(new[list(LIPS_INNER)], size)
    lips = polygon(grow(new[list(LIPS_OUTER)], 0.035 * unit), size)
    prior = np.float32(max(pick.weight, pick.cavity)) * soften(lips, 0.03 * unit)
    drawing = sketch(crop, new)
    moved = _movement(field, unit)
    # The mouth is new wherever the bank shows, even if no point of the mesh moved there.
    moved = np.maximum(moved, np.clip(1.6 * soften(prior, 0.05 * unit), 0.0, 1.0))
    moved *= _border_fade(size)
    oval = np.asarray(new, dtype=np.float64)[OVAL]
    skin = soften(polygon(grow(oval, -0.08 * unit), size), 0.045 * unit)
    return Layers(
        texture=texture,
        mouth_texture=mouth_texture,
        doubt=doubt,
        lines=drawing.lines,
        face=drawing.face,
        mouth=soften(inside, 0.006 * unit),
        stretch=soften(stretch(mesh, source), 0.01 * unit),
        prior=prior,
        region=skin * moved,
        moved=moved,
        field=field,
    )


def network_layers(layers: Layers) -> Layers:
    """The layers at the size the generator works at."""
    return layers.resized(NETWORK_SIZE)


def _bank_texture(
    texture: FloatArray, new: FloatArray, mesh: MeshMap, small: MeshMap, pick: MouthPick
) -> tuple[FloatArray, FloatArray]:
    size = len(texture)
    result, doubt = texture, np.zeros((size, size), dtype=np.float32)
    if pick.mouths:
        result = warp_mouth(pick.mouths[0], mesh, new, texture)
        if len(pick.mouths) > 1 and pick.share > 0.0:
            other = warp_mouth(pick.mouths[1], mesh, new, texture)
            result = result + np.float32(pick.share) * (other - result)
        if pick.mean is not None:
            landmarks = new * (NETWORK_SIZE / size)
            under = resize(texture, NETWORK_SIZE)
            mean, doubt = average_mouths(pick.mean, small, landmarks, under)
            result = replace_coarse(result, mean)
            doubt = resize(doubt, size)
    if pick.cavity > 0.0 and pick.head is not None:
        # Where the mouth is drawn, the bank's lips still only show by their own weight.
        share = np.float32(pick.weight / max(pick.weight, pick.cavity))
        result = texture + share * (result - texture)
        drawn = draw_mouth(result, new, pick.head)
        result = result + np.float32(pick.cavity) * (drawn - result)
    return result, doubt


@cache
def _border_fade(size: int) -> FloatArray:
    """1 inside the crop, falling to 0 at its border: a face beyond the crop has no box seam."""
    line = np.minimum(np.arange(size), np.arange(size)[::-1]) / (BORDER * size)
    fade = np.clip(line, 0.0, 1.0).astype(np.float32)
    return fade[:, None] * fade[None, :]


def _movement(field: FloatArray, unit: float) -> FloatArray:
    length = np.sqrt(np.square(field).sum(axis=-1))
    if not length.any():
        return np.zeros_like(length)
    wide: FloatArray = cv2.dilate(length, np.ones((3, 3), np.uint8))  # type: ignore[assignment]
    return ease(soften(wide, 0.05 * unit) / unit, (STILL, MOVED))
