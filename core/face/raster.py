"""A small z-buffer: which triangle covers each pixel, and where in it."""

from __future__ import annotations

import numpy as np

from ..records import FloatArray, IntArray

_CHUNK = 2_000_000


def rasterise(
    points: FloatArray, depth: FloatArray, triangles: IntArray, width: int, height: int
) -> tuple[IntArray, FloatArray]:
    """Draw triangles, nearest first.

    Args:
        points: (V, 2) pixels; pixel centres lie at .5.
        depth: (V,) larger is farther.
        triangles: (F, 3) vertex indices; both sides are drawn.
        width: of the picture.
        height: of the picture.

    Returns:
        ``(height, width)`` index of the triangle seen, -1 where there is none, and
        ``(height, width, 3)`` its barycentric coordinates there.
    """
    corners = points[triangles]
    low = np.clip(np.ceil(corners.min(1) - 0.5).astype(int), 0, None)
    high = np.floor(corners.max(1) - 0.5).astype(int)
    high = np.minimum(high, [width - 1, height - 1])
    spans = high - low + 1
    edge_a = corners[:, 1] - corners[:, 0]
    edge_b = corners[:, 2] - corners[:, 0]
    area = edge_a[:, 0] * edge_b[:, 1] - edge_a[:, 1] * edge_b[:, 0]
    drawn = np.flatnonzero((spans > 0).all(1) & (np.abs(area) > 1e-9))
    index = np.full(width * height, -1, dtype=np.int64)
    nearest = np.full(width * height, np.inf)
    weights = np.zeros((width * height, 3))
    if not len(drawn):
        return index.reshape(height, width), weights.reshape(height, width, 3)
    size = spans[drawn].max(1)
    by_size = np.argsort(size, kind="stable")
    drawn, size = drawn[by_size], size[by_size]
    start = 0
    while start < len(drawn):
        # Triangles of similar size share one grid of candidate pixels.
        limit = max(int(size[start]) * 2, 4)
        stop = int(np.searchsorted(size, limit, side="right"))
        stop = min(stop, start + max(1, _CHUNK // limit**2))
        chosen = drawn[start:stop]
        grid = np.arange(int(size[stop - 1]))
        start = stop
        x = low[chosen, 0, None, None] + grid[None, None, :]
        y = low[chosen, 1, None, None] + grid[None, :, None]
        dx = x + 0.5 - corners[chosen, 0, 0, None, None]
        dy = y + 0.5 - corners[chosen, 0, 1, None, None]
        scale = 1.0 / area[chosen, None, None]
        b = (dx * edge_b[chosen, 1, None, None] - dy * edge_b[chosen, 0, None, None]) * scale
        c = (dy * edge_a[chosen, 0, None, None] - dx * edge_a[chosen, 1, None, None]) * scale
        a = 1.0 - b - c
        inside = (a >= 0) & (b >= 0) & (c >= 0) & (x < width) & (y < height)
        which, row, column = np.nonzero(inside)
        a, b, c = a[inside], b[inside], c[inside]
        ids = chosen[which]
        corner_depth = depth[triangles[ids]]
        z = a * corner_depth[:, 0] + b * corner_depth[:, 1] + c * corner_depth[:, 2]
        pixel = (low[ids, 1] + row) * width + low[ids, 0] + column
        # Later assignments win: write the farthest first.
        order = np.argsort(-z, kind="stable")
        order = order[z[order] < nearest[pixel[order]]]
        nearest[pixel[order]] = z[order]
        index[pixel[order]] = ids[order]
        weights[pixel[order]] = np.stack([a, b, c], -1)[order]
    return index.reshape(height, width), weights.reshape(height, width, 3)
