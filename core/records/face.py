"""The face: as it was seen, as it was fitted, and as it is to be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from .arrays import BoolArray, FloatArray, IntArray, take_rows

LANDMARK_COUNT = 478
"""MediaPipe's face landmarks: 468 on the skin, 10 on the irises."""


class FaceState(IntEnum):
    """What the tracker knows of the face in a frame."""

    LOST = 0
    SEEN = 1
    BRIDGED = 2
    """Put between the frames around a gap of a few frames; not seen."""
    PROFILE = 3
    """Seen, but turned so far away that its landmarks are guesses; treated as lost."""


@dataclass(frozen=True)
class Track:
    """The face seen in each frame.

    Attributes:
        landmarks: (T, 478, 3) plate pixels; z in pixels too, relative to the head. NaN where lost.
        scores: (T, 52) the detector's own ARKit scores, 0..1; NaN where lost.
        confidence: (T,) 0..1.
        state: (T,) values of ``FaceState``.
        segment: (T,) a number that grows by one at each cut of the plate.
    """

    landmarks: FloatArray
    scores: FloatArray
    confidence: FloatArray
    state: IntArray
    segment: IntArray

    @property
    def found(self) -> BoolArray:
        """(T,) whether the frame has landmarks to build on, seen or bridged."""
        found: BoolArray = np.isin(self.state, (FaceState.SEEN, FaceState.BRIDGED))
        return found

    def take(self, order: IntArray) -> Track:
        """The track of other frames, or of the same in another order."""
        return take_rows(self, order)


@dataclass(frozen=True)
class Camera:
    """A pinhole camera with square pixels.

    Attributes:
        focal: focal length in pixels.
        centre: (2,) principal point in plate pixels.
        width, height: the image size in pixels it belongs to.
        world: (T, 4, 4) world from camera, or None for a camera that stands still at the origin.
    """

    focal: float
    centre: FloatArray
    width: int
    height: int
    world: FloatArray | None = None

    def project(self, points: FloatArray) -> FloatArray:
        """Project camera-space points (..., 3) in metres to plate pixels (..., 2)."""
        projected: FloatArray = self.focal * points[..., :2] / points[..., 2:3] + self.centre
        return projected


@dataclass(frozen=True)
class FaceFit:
    """The parametric head fitted to the track; one identity for the shot.

    Attributes:
        camera: the camera the fit was made with.
        identity: (50,) identity coefficients in standard deviations.
        offset: (V, 3) the person's own residual shape on the whole head, metres, head frame.
        rotation: (T, 3, 3) camera from head.
        translation: (T, 3) camera from head, metres.
        expression: (T, 52) ARKit weights, 0..1.
        valid: (T,) whether the frame has a face; arrays hold the nearest valid pose elsewhere.
        error: (T,) mean reprojection error as a share of the inter-ocular distance; NaN where
            the frame has no face.
        own_shapes: (52, V, 3) how the person's shapes differ from the head's, metres, head frame;
            None for not at all.
    """

    camera: Camera
    identity: FloatArray
    offset: FloatArray
    rotation: FloatArray
    translation: FloatArray
    expression: FloatArray
    valid: BoolArray
    error: FloatArray
    own_shapes: FloatArray | None = None

    def to_camera(self, points: FloatArray) -> FloatArray:
        """Take head-frame points (T, N, 3) into the camera's frame."""
        moved: FloatArray = (
            np.einsum("tij,tnj->tni", self.rotation, points) + self.translation[:, None]
        )
        return moved

    def take(self, order: IntArray) -> FaceFit:
        """The fit of other frames, or of the same in another order."""
        return take_rows(self, order, ["rotation", "translation", "expression", "valid", "error"])


@dataclass(frozen=True)
class Performance:
    """What the speech makes the face do, free of head pose.

    Attributes:
        expression: (T, 52) ARKit weights, 0..1, on the fitted head.
        emotion: (T, 8) emotion weights in force.
        presence: (T,) see ``SpeechCode``.
    """

    expression: FloatArray
    emotion: FloatArray
    presence: FloatArray


@dataclass(frozen=True)
class AlignedFace:
    """The new face in the plate's head pose: the handover from prediction (or an artist) to pixels.

    Attributes:
        landmarks: (T, 478, 2) the new face, plate pixels.
        depth: (T, 478) distance of the new landmarks from the camera, metres.
        plate_landmarks: (T, 478, 2) the plate's own face, plate pixels. ``landmarks`` equals it
            where nothing changed.
        rotation: (T, 3, 3) camera from head.
        expression: (T, 52) ARKit weights of the new face.
        plate_expression: (T, 52) ARKit weights of the plate's own face.
        valid: (T,) whether the frame has a face to render.
        changed: (T,) 0..1, how much of the rendered face is shown; 0 passes the plate through.
        confidence: (T,) 0..1, of the track.
    """

    landmarks: FloatArray
    depth: FloatArray
    plate_landmarks: FloatArray
    rotation: FloatArray
    expression: FloatArray
    plate_expression: FloatArray
    valid: BoolArray
    changed: FloatArray
    confidence: FloatArray

    def take(self, order: IntArray) -> AlignedFace:
        """The face of other frames, or of the same in another order."""
        return take_rows(self, order)
