"""Build ``core/assets/face_mesh.npz``: MediaPipe's canonical 468-vertex face.

The source is the geometry metadata inside the npm package ``@mediapipe/face_mesh``
0.4.1657299874 (Apache-2.0): a protocol buffer with a mesh of position and texture coordinate.

Usage:
    npm pack @mediapipe/face_mesh@0.4.1657299874
    python tools/build_topology.py mediapipe-face_mesh-0.4.1657299874.tgz core/assets/face_mesh.npz
"""

from __future__ import annotations

import argparse
import os
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

METADATA = "geometry_pipeline_metadata_landmarks.binarypb"


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Read a base-128 integer; returns it and the position after it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def read_fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protocol buffer message, in order: number and raw value."""
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = read_varint(data, at)
            yield number, value
            continue
        if kind == 2:
            size, at = read_varint(data, at)
        else:
            size = {1: 8, 5: 4}[kind]
        yield number, data[at : at + size]
        at += size


def read_metadata(package: Path) -> bytes:
    """Cut the geometry metadata out of the package's bundle of files."""
    with tarfile.open(package) as archive:
        loader = archive.extractfile("package/face_mesh_solution_packed_assets_loader.js")
        bundle = archive.extractfile("package/face_mesh_solution_packed_assets.data")
        assert loader is not None and bundle is not None
        found = re.search(METADATA + r'", "start": (\d+), "end": (\d+)', loader.read().decode())
        assert found is not None
        start, end = (int(number) for number in found.groups())
        return bundle.read()[start:end]


def main() -> None:
    """Build and store the mesh."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    mesh = next(
        value for number, value in read_fields(read_metadata(options.package)) if number == 1
    )
    assert isinstance(mesh, bytes)
    fields = list(read_fields(mesh))
    floats = b"".join(value for number, value in fields if number == 3 and isinstance(value, bytes))
    vertices = np.frombuffer(floats, dtype="<f4").reshape(-1, 5)
    triangles = np.array([value for number, value in fields if number == 4]).reshape(-1, 3)
    temporary = options.out.with_suffix(".tmp.npz")
    np.savez_compressed(
        temporary,
        vertices=vertices[:, :3],
        uvs=vertices[:, 3:],
        triangles=triangles.astype(np.int16),
    )
    os.replace(temporary, options.out)
    print(f"{options.out}: {len(vertices)} vertices, {len(triangles)} triangles")


if __name__ == "__main__":
    main()
