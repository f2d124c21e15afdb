"""A stand-in for the speech networks: it opens the jaw and nothing else."""

import numpy as np

from evp.core.arkit import SHAPE_INDEX
from evp.core.expressions import EXPRESSIONS
from evp.core.face.head import load_head
from evp.core.records import FloatArray


class Jaw:
    """A network that opens the jaw by the content's first number."""

    fingerprint = "jaw"
    prototypes = np.eye(8, 128)[:, None]
    expressions = EXPRESSIONS

    def displace(
        self,
        neutral: FloatArray,
        content: FloatArray,
        emotion: FloatArray,
        rate: float,
        frames: range,
    ) -> FloatArray:
        """Landmark displacements of the frames."""
        jaw = load_head().landmark_expression_basis[SHAPE_INDEX["jawOpen"]]
        return np.asarray(content[frames.start : frames.stop, :1, None] * jaw)
