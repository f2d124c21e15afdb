"""Find where MediaPipe's 478 landmarks lie on the head, and add it to ``core/assets/head.npz``.

Random people with random expressions and poses are drawn, the landmarker looks at them, and what
it finds is projected back onto the mesh. Medians over all pictures, made symmetric and snapped to
the skin, are the landmarks. Two rounds: the second draws brows and lips where the first found them.

Usage:
    python tools/build_correspondence.py core/assets/head.npz
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import cv2
import mediapipe
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision
from scipy.spatial.transform import Rotation

from evp.core.arkit import SHAPE_INDEX, SHAPE_NAMES
from evp.core.face.head import HeadModel
from evp.core.face.portrait import Painter, random_look
from evp.core.face.raster import rasterise
from evp.core.face.topology import (
    CANONICAL,
    IRIS_LEFT,
    IRIS_RIGHT,
    SILHOUETTE,
    SKIN_COUNT,
    mirror_landmarks,
)
from evp.core.records import LANDMARK_COUNT, Camera, FloatArray, IntArray

SIZE = 512
CAMERA = Camera(2.2 * SIZE, np.array([SIZE / 2, SIZE / 2]), SIZE, SIZE)
FRONTAL = np.diag([1.0, -1.0, -1.0])
IRIS_RADIUS = 0.0059
REACH = 7
"""Pixels around a landmark in which skin is looked for."""


def pose(yaw: float, pitch: float, roll: float) -> FloatArray:
    """Camera from head, degrees."""
    turn: FloatArray = FRONTAL @ Rotation.from_euler("yxz", [yaw, pitch, roll], True).as_matrix()
    return turn


def parted(head: HeadModel) -> FloatArray:
    """The neutral with lids and lips apart, so that nearest points are on the right side."""
    expression = np.zeros(len(SHAPE_NAMES))
    for name, weight in (("jawOpen", 0.6), ("eyeWideLeft", 0.5), ("eyeWideRight", 0.5)):
        expression[SHAPE_INDEX[name]] = weight
    return head.vertices(head.neutral, expression)


def outer_triangles(head: HeadModel, painter: Painter) -> IntArray:
    """Skin triangles that can be seen from outside with the mouth closed or nearly closed."""
    skin = np.isin(painter.triangles, head.parts["skin"]).all(1)
    seen = np.zeros(len(painter.triangles), dtype=bool)
    for names in ((), ("eyeBlinkLeft", "eyeBlinkRight"), ("mouthFunnel",)):
        expression = np.zeros(len(SHAPE_NAMES))
        for name in names:
            expression[SHAPE_INDEX[name]] = 0.5 if name == "mouthFunnel" else 1.0
        vertices = head.vertices(head.neutral, expression)
        for yaw in (-60, -30, 0, 30, 60):
            for pitch in (-25, 0, 25):
                points = vertices @ pose(yaw, pitch, 0).T + [0, 0.02, 0.55]
                index, _ = rasterise(
                    CAMERA.project(points), points[:, 2], painter.triangles, SIZE, SIZE
                )
                seen[np.unique(index[index >= 0])] = True
    return np.flatnonzero(seen & skin)


def closest_on_triangles(point: FloatArray, corners: FloatArray) -> tuple[int, FloatArray]:
    """The triangle (of (F, 3, 3)) nearest to a point, and the barycentric place on it."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, ac, ap = b - a, c - a, point - a
    d00, d01, d11 = (ab * ab).sum(1), (ab * ac).sum(1), (ac * ac).sum(1)
    d20, d21 = (ap * ab).sum(1), (ap * ac).sum(1)
    determinant = d00 * d11 - d01**2 + 1e-30
    v = (d11 * d20 - d01 * d21) / determinant
    w = (d00 * d21 - d01 * d20) / determinant
    options = [np.stack([1 - v - w, v, w], 1)]
    options[0] = np.where((options[0] >= 0).all(1)[:, None], options[0], np.nan)
    for i, j in ((0, 1), (1, 2), (2, 0)):
        start, edge = corners[:, i], corners[:, j] - corners[:, i]
        t = np.clip(((point - start) * edge).sum(1) / ((edge * edge).sum(1) + 1e-30), 0, 1)
        place = np.zeros((len(corners), 3))
        place[:, i], place[:, j] = 1 - t, t
        options.append(place)
    places = np.stack(options, 1)
    spots = np.einsum("fok,fkd->fod", places, corners)
    distance = np.nan_to_num(((spots - point) ** 2).sum(-1), nan=np.inf)
    face, option = np.unravel_index(distance.argmin(), distance.shape)
    return int(face), places[face, option]


def observe(
    head: HeadModel,
    painter: Painter,
    allowed: IntArray,
    landmarker: vision.FaceLandmarker,
    count: int,
    seed: int,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Draw people and project the detected landmarks back.

    Returns:
        places (N, 468, 3) on the parted neutral, NaN where not seen; yaw (N,) degrees; jaw
        opening (N,).
    """
    random = np.random.default_rng(seed)
    rest = parted(head)
    is_allowed = np.zeros(len(painter.triangles), dtype=bool)
    is_allowed[allowed] = True
    places, yaws, jaws = [], [], []
    for number in range(count):
        identity = random.normal(0, 0.8, len(head.identity_basis))
        expression = np.zeros(len(SHAPE_NAMES))
        active = random.choice(len(SHAPE_NAMES), 6, replace=False)
        expression[active] = random.uniform(0, 0.6, 6)
        expression[[SHAPE_INDEX["tongueOut"], SHAPE_INDEX["mouthClose"]]] = 0
        jaw = float(random.uniform(0.2, 0.6)) if number % 2 else 0.0
        expression[SHAPE_INDEX["jawOpen"]] = jaw
        if number % 4 == 2:
            expression[SHAPE_INDEX["eyeBlinkLeft"]] = expression[SHAPE_INDEX["eyeBlinkRight"]] = 0
        yaw, pitch, roll = random.uniform(-1, 1, 3) * [38, 18, 8]
        shift = [0, 0.02, random.uniform(0.55, 0.75)]
        points = head.vertices(head.shape(identity), expression) @ pose(yaw, pitch, roll).T + shift
        portrait = painter.draw(points, CAMERA, random_look(random))
        found = landmarker.detect(
            mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=portrait.pixels)
        ).face_landmarks
        if not found:
            continue
        pixels = np.array([[p.x, p.y] for p in found[0]]) * SIZE
        place = np.full((SKIN_COUNT, 3), np.nan)
        good = (portrait.triangle >= 0) & is_allowed[np.maximum(portrait.triangle, 0)]
        for index in range(SKIN_COUNT):
            x, y = pixels[index]
            left, top = int(x) - REACH, int(y) - REACH
            if left < 0 or top < 0:
                continue
            rows, columns = np.nonzero(good[top : top + 2 * REACH + 1, left : left + 2 * REACH + 1])
            if not len(rows):
                continue
            distance = (columns + left + 0.5 - x) ** 2 + (rows + top + 0.5 - y) ** 2
            best = int(distance.argmin())
            if distance[best] > REACH**2:
                continue
            row, column = rows[best] + top, columns[best] + left
            corners = painter.triangles[portrait.triangle[row, column]]
            place[index] = portrait.weights[row, column] @ rest[corners]
        places.append(place)
        yaws.append(yaw)
        jaws.append(jaw)
        if number < 12:
            shown = portrait.pixels[:, :, ::-1].copy()
            for x, y in pixels:
                cv2.circle(shown, (int(x), int(y)), 1, (0, 255, 0), -1)
            cv2.imwrite(str(DEBUG / f"seen{seed}_{number:02d}.png"), shown) if DEBUG else None
    return np.array(places), np.array(yaws), np.array(jaws)


DEBUG: Path | None = None


def settle(
    head: HeadModel,
    painter: Painter,
    allowed: IntArray,
    places: FloatArray,
    yaws: FloatArray,
    jaws: FloatArray,
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Medians, symmetric, snapped: triangles (478, 3), weights (478, 3), stability (478,)."""
    rest = parted(head)
    mirror = mirror_landmarks()
    lips = np.linalg.norm(CANONICAL - CANONICAL[[13]], axis=1) < 3.2
    middle = np.empty((SKIN_COUNT, 3))
    spread = np.empty(SKIN_COUNT)
    for index in range(SKIN_COUNT):
        # A point is trusted where the head does not turn its side away; outlines only in front.
        limit = 12 if index in SILHOUETTE else 38
        side = CANONICAL[index, 0]
        rows = (np.abs(yaws) < limit) & ((side * yaws < 12 * 8) | (np.abs(side) < 3))
        if lips[index]:
            rows &= jaws > 0
        seen = places[rows, index]
        seen = seen[np.isfinite(seen[:, 0])]
        middle[index] = np.median(seen, axis=0) if len(seen) else np.nan
        spread[index] = np.median(np.linalg.norm(seen - middle[index], axis=1)) if len(seen) else 1
    flipped = middle[mirror[:SKIN_COUNT]] * [-1, 1, 1]
    middle = np.nanmean([middle, flipped], axis=0)
    spread = (spread + spread[mirror[:SKIN_COUNT]]) / 2
    triangles = np.empty((LANDMARK_COUNT, 3), dtype=np.int32)
    weights = np.empty((LANDMARK_COUNT, 3))
    skin = painter.triangles[allowed]
    for index in range(SKIN_COUNT):
        other = mirror[index]
        if other < index:
            triangles[index] = head.mirror[triangles[other]]
            weights[index] = weights[other]
            continue
        face, place = closest_on_triangles(middle[index], rest[skin])
        triangles[index], weights[index] = skin[face], place
    stability = np.ones(LANDMARK_COUNT)
    stability[:SKIN_COUNT] = 1 / (1 + (spread / np.median(spread) / 1.5) ** 2)
    stability[list(SILHOUETTE)] *= 0.35
    stability /= np.median(stability)
    stability = np.clip(stability, 0.05, 1)
    for part, ring in (("eye_right", IRIS_RIGHT), ("eye_left", IRIS_LEFT)):
        eye = painter.triangles[np.isin(painter.triangles, head.parts[part]).all(1)]
        corners = head.neutral[eye]
        centre = head.neutral[head.parts[part]].mean(0)
        front = corners[corners[:, :, 2].min(1) > centre[2]]
        rows = np.flatnonzero(corners[:, :, 2].min(1) > centre[2])
        for index, (x, y) in zip(ring, ((0, 0), (1, 0), (0, 1), (-1, 0), (0, -1)), strict=True):
            ray = centre + np.array([x * IRIS_RADIUS, y * IRIS_RADIUS, 0])
            # Along z onto the eyeball: compare in the plane, keep the face that is hit.
            ray[2] = head.neutral[head.parts[part], 2].max() - 0.0005 - 0.25 * abs(x or y) * 0.006
            face, place = closest_on_triangles(ray, front)
            triangles[index], weights[index] = eye[rows[face]], place
    return triangles, weights, stability


def first_guess(arrays: dict[str, np.ndarray]) -> tuple[IntArray, FloatArray]:
    """The canonical face laid over the head by its eyes; nearest vertices of the skin."""
    neutral = arrays["neutral"].astype(float)
    skin = arrays["part_skin"]
    skin = skin[neutral[skin, 2] > 0]
    points = np.zeros((LANDMARK_COUNT, 3))
    points[:SKIN_COUNT] = (CANONICAL - [0, 2.6, 2.4]) * 0.0098
    distance = ((points[:, None] - neutral[skin][None]) ** 2).sum(-1)
    nearest = skin[distance.argmin(1)]
    weights = np.tile([1.0, 0.0, 0.0], (LANDMARK_COUNT, 1))
    return np.repeat(nearest[:, None], 3, axis=1).astype(np.int32), weights


def to_model(arrays: dict[str, np.ndarray]) -> HeadModel:
    """A head model of the stored arrays."""
    step = float(arrays["step"])
    return HeadModel(
        arrays["neutral"].astype(float),
        arrays["identity_basis"] * step,
        arrays["expression_basis"] * step,
        arrays["quads"],
        arrays["uvs"],
        arrays["quad_uvs"],
        {name[5:]: rows for name, rows in arrays.items() if name.startswith("part_")},
        arrays["mirror"],
        arrays["landmark_triangles"],
        arrays["landmark_weights"],
        arrays["landmark_stability"],
    )


def main() -> None:
    """Observe twice and store."""
    global DEBUG
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("head", type=Path)
    parser.add_argument("--pictures", type=int, default=280)
    parser.add_argument("--look", type=Path, help="a folder for some of the pictures")
    options = parser.parse_args()
    DEBUG = options.look
    with np.load(options.head) as stored:
        arrays = {name: stored[name] for name in stored.files}
    triangles, weights = first_guess(arrays)
    arrays |= {
        "landmark_triangles": triangles,
        "landmark_weights": weights,
        "landmark_stability": np.ones(LANDMARK_COUNT),
    }
    task = Path(__file__).resolve().parent.parent / "core" / "assets" / "face_landmarker.task"
    with vision.FaceLandmarker.create_from_options(
        vision.FaceLandmarkerOptions(base_options=BaseOptions(model_asset_path=str(task)))
    ) as landmarker:
        for round_number, count in enumerate((options.pictures // 4, options.pictures)):
            head = to_model(arrays)
            painter = Painter(head)
            allowed = outer_triangles(head, painter)
            observed = observe(head, painter, allowed, landmarker, count, round_number)
            triangles, weights, stability = settle(head, painter, allowed, *observed)
            print(f"round {round_number}: seen in {len(observed[0])} of {count} pictures")
            arrays["landmark_triangles"] = triangles
            arrays["landmark_weights"] = weights.astype(np.float32)
            arrays["landmark_stability"] = stability.astype(np.float32)
    temporary = options.head.with_suffix(".tmp.npz")
    np.savez_compressed(temporary, **arrays)  # type: ignore[arg-type]
    os.replace(temporary, options.head)


if __name__ == "__main__":
    main()
