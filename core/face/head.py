"""The head model: a quad mesh with identities and the 52 ARKit shapes.

Head frame (see ``records``): origin midway between the eyeballs of the neutral head, x towards
the subject's left, y up, z out of the face; metres. The neutral has its lips closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from ..arkit import SHAPE_NAMES
from ..errors import MissingDependencyError
from ..records import FloatArray, IntArray

ASSETS = Path(__file__).resolve().parent.parent / "assets"


@dataclass(frozen=True, eq=False)
class HeadModel:
    """Linear head: ``vertices = neutral + identity + offset + expression``.

    Attributes:
        neutral: (V, 3) metres, head frame.
        identity_basis: (50, V, 3) displacement per standard deviation.
        expression_basis: (52, V, 3) in the order of ``SHAPE_NAMES``.
        quads: (Q, 4) vertex indices, counter-clockwise seen from outside.
        uvs: (M, 2) texture coordinates, v up.
        quad_uvs: (Q, 4) indices into ``uvs``.
        parts: vertex indices of skin, eye_left, eye_right, teeth_upper, teeth_lower, tongue,
            lashes_left, lashes_right.
        mirror: (V,) the vertex on the other side.
        landmark_triangles: (478, 3) vertices that carry each MediaPipe landmark.
        landmark_weights: (478, 3) their weights, which sum to one.
        landmark_stability: (478,) 0..1, how well a landmark sticks to the skin: silhouette
            landmarks slide over it when the head turns.
    """

    neutral: FloatArray
    identity_basis: FloatArray
    expression_basis: FloatArray
    quads: IntArray
    uvs: FloatArray
    quad_uvs: IntArray
    parts: dict[str, IntArray]
    mirror: IntArray
    landmark_triangles: IntArray
    landmark_weights: FloatArray
    landmark_stability: FloatArray

    @cached_property
    def triangles(self) -> IntArray:
        """(2Q, 3) the quads, split."""
        result: IntArray = np.concatenate([self.quads[:, [0, 1, 2]], self.quads[:, [0, 2, 3]]])
        return result

    @cached_property
    def landmark_identity_basis(self) -> FloatArray:
        """(50, 478, 3) the identities at the landmarks."""
        return self.landmarks(self.identity_basis)

    @cached_property
    def landmark_expression_basis(self) -> FloatArray:
        """(52, 478, 3) the ARKit shapes at the landmarks."""
        return self.landmarks(self.expression_basis)

    def displacement(self, expression: FloatArray) -> FloatArray:
        """What expressions (..., 52) move the landmarks by: (..., 478, 3) metres."""
        moved: FloatArray = np.tensordot(expression, self.landmark_expression_basis, axes=1)
        return moved

    def shape(self, identity: FloatArray, offset: FloatArray | None = None) -> FloatArray:
        """Neutral vertices (V, 3) of a person.

        Args:
            identity: (50,) standard deviations.
            offset: (V, 3) the person's own residual shape, metres; None for none.
        """
        shape: FloatArray = self.neutral + np.tensordot(identity, self.identity_basis, axes=1)
        return shape if offset is None else shape + offset

    def shapes(self, own: FloatArray | None) -> FloatArray:
        """A person's 52 shapes (52, V, 3), metres; ``own`` is how they differ from the head's."""
        return self.expression_basis if own is None else self.expression_basis + own

    def vertices(
        self, shape: FloatArray, expression: FloatArray, own: FloatArray | None = None
    ) -> FloatArray:
        """Vertices (..., V, 3) of a person with an expression (..., 52).

        Args:
            shape: (V, 3) at rest.
            expression: 0..1.
            own: (52, V, 3) as in ``FaceFit``; None for the head's own shapes.
        """
        moved: FloatArray = shape + np.tensordot(expression, self.shapes(own), axes=1)
        return moved

    def landmarks(self, vertices: FloatArray) -> FloatArray:
        """The 478 landmarks (..., 478, 3) on vertices (..., V, 3)."""
        corners = vertices[..., self.landmark_triangles, :]
        points: FloatArray = np.einsum("...lkd,lk->...ld", corners, self.landmark_weights)
        return points


def read_head(path: Path) -> HeadModel:
    """Read a head asset; see ``tools/build_head.py`` for how it is made.

    Raises:
        MissingDependencyError: the file is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        step = float(arrays["step"])
        if tuple(arrays["names"].tolist()) != SHAPE_NAMES:
            raise ValueError("its shapes are not the 52 of ARKit")
        return HeadModel(
            neutral=arrays["neutral"].astype(np.float64),
            identity_basis=arrays["identity_basis"] * step,
            expression_basis=arrays["expression_basis"] * step,
            quads=arrays["quads"],
            uvs=arrays["uvs"],
            quad_uvs=arrays["quad_uvs"],
            parts={
                name[len("part_") :]: rows
                for name, rows in arrays.items()
                if name.startswith("part_")
            },
            mirror=arrays["mirror"],
            landmark_triangles=arrays["landmark_triangles"],
            landmark_weights=arrays["landmark_weights"].astype(np.float64),
            landmark_stability=arrays["landmark_stability"].astype(np.float64),
        )
    except (OSError, ValueError, KeyError) as error:
        raise MissingDependencyError(
            f"The head model {path} cannot be read ({error}); install the package again."
        ) from error


@cache
def load_head() -> HeadModel:
    """The project's head, read once.

    Raises:
        MissingDependencyError: the asset is missing or damaged.
    """
    return read_head(ASSETS / "head.npz")
