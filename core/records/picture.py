"""The picture: what is rendered of a frame."""

from __future__ import annotations

from dataclasses import dataclass

from .arrays import FloatArray


@dataclass(frozen=True)
class EdgeMap:
    """The drawing the edge-to-video network renders from (paper, section 3.4).

    Attributes:
        lines: (H, W) float32 0..1: face sketch inside the face, Canny edges of the plate outside.
        face: (H, W) float32 0..1: 1 inside the face region.
    """

    lines: FloatArray
    face: FloatArray


@dataclass(frozen=True)
class Frame:
    """One rendered face in its crop, and where it belongs in the plate.

    Attributes:
        number: the frame's number as its user counts.
        crop: (2, 3) affine map from plate pixels to crop pixels (both with centres at .5).
        face: (S, S, 3) float32 0..1, RGB in the plate's own encoding: the generator's picture.
        matte: (S, S) float32 0..1: where the picture replaces the plate.
        edges: (S, S) float32 0..1: the edge map.
        warp: (S, S, 2) float32: for each crop pixel the plate pixel its texture came from.
        mouth: (S, S) float32 0..1: the mouth interior.
        confidence: 0..1, of the track.
        covered: 0..1, share of the face that something covers.
    """

    number: int
    crop: FloatArray
    face: FloatArray
    matte: FloatArray
    edges: FloatArray
    warp: FloatArray
    mouth: FloatArray
    confidence: float
    covered: float = 0.0
