"""ARKit weights that make given landmark displacements: bounded least squares over all frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .face.head import HeadModel
from .face.topology import LIPS_INNER, LIPS_OUTER
from .records import FloatArray

MIDDLE_LIP_PAIRS = ((82, 87), (13, 14), (312, 317))
"""Upper and lower landmarks in the middle of the inner lips."""

GAP_WEIGHT = 300.0
LIP_WEIGHT = 3.0
PRIOR = 4e-6
SWEEPS = 60
BLOCK = 2048
"""Frames solved at a time."""

LIPS = (*LIPS_OUTER, *LIPS_INNER)
"""The rings of lip landmarks that lips are compared by."""


class ShapeSolver:
    """Least squares on the head's shapes with 0..1 bounds; the gap between the lips counts most."""

    def __init__(self, head: HeadModel, fixed: Sequence[int] = ()) -> None:
        """Prepare the normal equations.

        Args:
            head: the head whose shapes are weighed.
            fixed: indices of shapes that stay as they start.
        """
        basis = head.landmark_expression_basis
        self.weights = np.asarray(head.landmark_stability, np.float64).copy()
        self.weights[list(LIPS)] = LIP_WEIGHT
        flat = (basis * np.sqrt(self.weights)[:, None]).reshape(len(basis), -1)
        self.gap_rows = self.lip_gaps(basis)
        self.flat = flat
        self.gram = flat @ flat.T + GAP_WEIGHT * self.gap_rows @ self.gap_rows.T
        self.gram[np.diag_indices(len(basis))] += PRIOR
        self.free = [index for index in range(len(basis)) if index not in set(fixed)]

    @staticmethod
    def lip_gaps(displacement: FloatArray) -> FloatArray:
        """How much the three middle lip pairs part: (..., 478, 3) to (..., 3), metres."""
        upper = [pair[0] for pair in MIDDLE_LIP_PAIRS]
        lower = [pair[1] for pair in MIDDLE_LIP_PAIRS]
        gaps: FloatArray = displacement[..., upper, 1] - displacement[..., lower, 1]
        return gaps

    def project(self, displacement: FloatArray) -> FloatArray:
        """What of displacements (T, 478, 3) the shapes can see: (T, 52), linear in them."""
        scaled = displacement * np.sqrt(self.weights)[:, None]
        rows: FloatArray = scaled.reshape(len(displacement), -1) @ self.flat.T
        return rows

    def confine(self, rows: FloatArray, shapes: Sequence[int]) -> FloatArray:
        """The rows (T, 52) of what these shapes alone can make of a displacement's rows (T, 52)."""
        gram = self.flat @ self.flat.T
        gram[np.diag_indices(len(gram))] += PRIOR
        weights = np.linalg.solve(gram[np.ix_(shapes, shapes)], rows[:, shapes].T)
        confined: FloatArray = weights.T @ gram[shapes]
        return confined

    def solve(self, displacement: FloatArray, gaps: FloatArray | None = None) -> FloatArray:
        """Find the weights that make landmark displacements.

        Args:
            displacement: (T, 478, 3) metres, head frame.
            gaps: (T, 3) how much the lip pairs shall part, where it is not the displacement's.

        Returns:
            (T, 52) ARKit weights, 0..1.
        """
        if gaps is None:
            gaps = self.lip_gaps(displacement)
        return self.solve_projected(self.project(displacement), gaps)

    def solve_projected(
        self, rows: FloatArray, gaps: FloatArray, start: FloatArray | None = None
    ) -> FloatArray:
        """The same from the rows (T, 52) of ``project``, by cyclic coordinate descent.

        Args:
            rows: of ``project``.
            gaps: as in ``solve``.
            start: (T, 52) weights that are part of what is looked for. Shapes resemble each other:
                from rest, some would be made of others.
        """
        found = np.zeros_like(rows) if start is None else np.clip(start, 0.0, 1.0)
        for first in range(0, len(rows), BLOCK):
            block = slice(first, first + BLOCK)
            right = rows[block] + GAP_WEIGHT * gaps[block] @ self.gap_rows.T
            weights = found[block]
            for _ in range(SWEEPS):
                for index in self.free:
                    row = self.gram[index]
                    rest = right[:, index] - weights @ row + weights[:, index] * row[index]
                    weights[:, index] = np.clip(rest / row[index], 0.0, 1.0)
        return found
