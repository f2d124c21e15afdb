"""A synthetic face for the picture tests: MediaPipe's canonical mesh, textured, talking."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from evp.core.face.topology import CANONICAL, LIPS_INNER, LIPS_OUTER
from evp.core.records import AlignedFace, Plate
from evp.core.reenact import FaceClip

SIZE = (200, 160)


def face_points(jaw: float = 0.0, shift: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """(478, 3) a frontal face about 100 pixels high, its lower lip ``jaw`` pixels down."""
    x, y, z = CANONICAL[:468].T
    scale = 100.0 / (y.max() - y.min())
    points = np.stack([x * scale, -y * scale, -z * scale], axis=1)
    points = points - [points[1, 0], points[1, 1], 0] + [100.0 + shift[0], 82.0 + shift[1], 0]
    points = np.concatenate([points, np.repeat(points[[468 - 1]], 10, axis=0)])
    points[468:473] = points[[33, 133]].mean(axis=0)
    points[473:478] = points[[263, 362]].mean(axis=0)
    middle = points[[13, 14], 1].mean()
    below = np.clip((points[:468, 1] - middle) / 4.0, 0.0, 1.0)
    points[:468, 1] += jaw * below
    return points


def draw(points: np.ndarray, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(H, W, 3) uint8 picture of such a face."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    ground = np.stack([40 + x // 4, 60 + y // 4, 90 + (x + y) // 8], axis=-1).astype(np.uint8)
    hull = cv2.convexHull(points[:468, :2].astype(np.float32)).astype(np.int32)
    cv2.fillPoly(ground, [hull], (200, 150, 130))
    for index in range(0, 468, 9):
        spot = tuple(int(v) for v in points[index, :2])
        cv2.circle(ground, spot, 1, (150, 100 + index % 50, 90), -1)
    cv2.fillPoly(ground, [points[list(LIPS_OUTER), :2].astype(np.int32)], (170, 70, 80))
    cv2.fillPoly(ground, [points[list(LIPS_INNER), :2].astype(np.int32)], (60, 20, 25))
    return ground


def talking(count: int, opening: float = 8.0) -> np.ndarray:
    """(T, 478, 3) a face that opens and closes its mouth."""
    jaws = opening * (0.5 - 0.5 * np.cos(np.arange(count) * 0.7))
    return np.stack([face_points(jaw, (0.3 * i, 0.0)) for i, jaw in enumerate(jaws)])


def write_plate(path: Path, points: np.ndarray, size: tuple[int, int] = SIZE) -> Plate:
    """A lossless movie of the drawn faces."""
    with av.open(str(path), "w") as movie:
        video = movie.add_stream("libx264rgb", rate=25, options={"qp": "0"})
        video.pix_fmt = "rgb24"
        video.width, video.height = size
        for face in points:
            movie.mux(video.encode(av.VideoFrame.from_ndarray(draw(face, size), format="rgb24")))
        movie.mux(video.encode(None))
    times = np.arange(len(points)) / 25.0
    return Plate(path, size[0], size[1], Fraction(25), times)


def align_points(old: np.ndarray, new: np.ndarray) -> AlignedFace:
    """The handover record for plate landmarks (T, 478, 3) and new ones."""
    count = len(old)
    changed = np.abs(new - old).max(axis=(1, 2)) > 0
    return AlignedFace(
        landmarks=new[..., :2],
        depth=new[..., 2],
        plate_landmarks=old[..., :2],
        rotation=np.tile(np.diag([1.0, -1.0, -1.0]), (count, 1, 1)),
        expression=np.zeros((count, 52)),
        plate_expression=np.zeros((count, 52)),
        valid=np.ones(count, dtype=bool),
        changed=changed.astype(float),
        confidence=np.ones(count),
    )


def crop_faces(count: int = 24) -> np.ndarray:
    """(T, 478, 3) a talking face as it lies in a crop at the generator's size."""
    return (talking(count) - [20.0, 0.0, 0.0]) * [1.6, 1.6, 1.0]


def talking_clip(count: int = 24) -> FaceClip:
    """Crops of a talking face at the generator's size."""
    faces = crop_faces(count)
    crops = np.stack([draw(face, (256, 256)) for face in faces])
    return FaceClip(crops, faces[..., :2], faces[..., 2], np.arange(count))
