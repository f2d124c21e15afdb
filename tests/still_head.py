"""A fit whose head stands still, for tests that are about its face."""

import numpy as np

from evp.core.face.head import load_head
from evp.core.fit import default_camera
from evp.core.records import FaceFit, FloatArray


def still_fit(
    expression: FloatArray, size: tuple[int, int], place: tuple[float, float, float]
) -> FaceFit:
    """The average head, looking into the camera.

    Args:
        expression: (T, 52) ARKit weights.
        size: width and height of the plate.
        place: of the head, metres in the camera's frame.
    """
    count = len(expression)
    return FaceFit(
        camera=default_camera(*size),
        identity=np.zeros(50),
        offset=np.zeros_like(load_head().neutral),
        rotation=np.tile(np.diag([1.0, -1.0, -1.0]), (count, 1, 1)),
        translation=np.tile(place, (count, 1)),
        expression=expression,
        valid=np.ones(count, bool),
        error=np.zeros(count),
    )
