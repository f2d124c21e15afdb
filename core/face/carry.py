"""Carry the landmarks' own displacements to the whole head, smoothly and without tearing."""

from __future__ import annotations

from functools import cache

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import SuperLU, splu

from ..records import FloatArray, IntArray
from .head import HeadModel
from .topology import EYE_LEFT, EYE_RIGHT, LIPS_INNER, SKIN_COUNT

_HOLD = 30.0
"""How much stronger a landmark holds than the mesh bends."""
_REST, _REACH = 0.02, 0.06
"""Pull towards no displacement, and the distance from the landmarks at which it is full, metres."""


@cache
def _system(head: HeadModel) -> tuple[SuperLU, sparse.csr_matrix, IntArray, IntArray]:
    """Factorised biharmonic system of the skin, landmark matrix, skin vertices, their number."""
    skin = head.parts["skin"]
    number = np.full(len(head.neutral), -1)
    number[skin] = np.arange(len(skin))
    quads = number[head.quads]
    quads = quads[(quads >= 0).all(1)]
    edges = np.concatenate([quads[:, [i, (i + 1) % 4]] for i in range(4)])
    edges = np.unique(np.sort(edges, axis=1), axis=0)
    size = len(skin)
    ones = np.ones(len(edges))
    links = sparse.coo_matrix((ones, (edges[:, 0], edges[:, 1])), shape=(size, size))
    links = (links + links.T).tocsr()
    degree = np.asarray(links.sum(1)).ravel()
    laplacian = sparse.identity(size, format="csr") - sparse.diags(1 / degree) @ links
    rows = np.repeat(np.arange(SKIN_COUNT), 3)
    hold = sparse.coo_matrix(
        (
            head.landmark_weights[:SKIN_COUNT].ravel(),
            (rows, number[head.landmark_triangles[:SKIN_COUNT]].ravel()),
        ),
        shape=(SKIN_COUNT, size),
    ).tocsr()
    matrix = laplacian.T @ laplacian + _HOLD * hold.T @ hold
    # What no landmark reaches (the back of the head, the neck) stays where it is.
    landmarks = head.landmarks(head.neutral)[:SKIN_COUNT]
    apart = ((head.neutral[skin][:, None] - landmarks[None]) ** 2).sum(-1).min(1) ** 0.5
    matrix = matrix + sparse.diags(1e-6 + _REST * np.clip(apart / _REACH - 0.3, 0, 1) ** 2)
    return splu(matrix.tocsc()), hold, skin, number


def carry_to_head(head: HeadModel, displacement: FloatArray) -> FloatArray:
    """Displacements of all vertices (V, 3) from those of the 478 landmarks (478, 3), metres.

    The skin bends biharmonically; lashes follow the skin they sit on, eyeballs their lids, teeth
    and tongue the lips.
    """
    result = carry_skin(head, displacement)
    for part, ring in (("eye_left", EYE_LEFT), ("eye_right", EYE_RIGHT)):
        result[head.parts[part]] = _behind(displacement[list(ring)])
    for part in ("teeth_upper", "teeth_lower", "tongue"):
        result[head.parts[part]] = _behind(displacement[list(LIPS_INNER)])
    return result


def carry_skin(head: HeadModel, displacement: FloatArray) -> FloatArray:
    """The same for skin and lashes alone, of several displacements (..., 478, 3) at once."""
    factor, hold, skin, _ = _system(head)
    rows = np.moveaxis(displacement[..., :SKIN_COUNT, :], -2, 0)
    moved = factor.solve(_HOLD * (hold.T @ rows.reshape(SKIN_COUNT, -1)))
    result = np.zeros((*displacement.shape[:-2], *head.neutral.shape))
    result[..., skin, :] = np.moveaxis(moved.reshape(len(skin), *rows.shape[1:]), 0, -2)
    for part in ("lashes_left", "lashes_right"):
        result[..., head.parts[part], :] = result[..., skin[_nearest_skin(head, part)], :]
    return result


def _behind(displacement: FloatArray) -> FloatArray:
    """(3,) along with a ring (N, 3) of skin, but never through it to the front."""
    mean = displacement.mean(0)
    return np.array([mean[0], mean[1], displacement[:, 2].min()])


@cache
def _nearest_skin(head: HeadModel, part: str) -> IntArray:
    """For each vertex of a part the number of the nearest skin vertex."""
    points = head.neutral[head.parts[part]]
    skin = head.neutral[head.parts["skin"]]
    nearest: IntArray = ((points[:, None] - skin[None]) ** 2).sum(-1).argmin(1)
    return nearest
